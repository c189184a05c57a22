"""Records of a producer with an id: one line of them, in the order of their sequences."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NoReturn

from streamz_core.broker.backend import Stamp
from streamz_core.broker.checks import NUMBER_MAX, whole
from streamz_core.broker.sending.pile import Pile
from streamz_core.broker.sending.rows import Row
from streamz_core.broker.sending.sent import BEFORE, Delivered, Sent, Told
from streamz_core.errors import Misuse, StreamzError


class Spot:
    """A place in the line; later the record's place in a pile. Of one record: its number is that of the pile."""

    __slots__ = ("_calls", "_hurry", "_place")

    def __init__(self, hurry: Callable[[float | None], None]) -> None:
        self._hurry = hurry
        self._calls: deque[Told] = deque()
        self._place: tuple[Pile, int] | None = None

    def told(self, number: int) -> Delivered | None:  # noqa: ARG002 - there is one
        place = self._place
        return None if place is None else place[0].told(place[1])

    def listen(self, number: int, call: Told) -> None:  # noqa: ARG002 - there is one
        self._calls.append(call)
        if self._place is not None:
            self._hand_over()

    def hurry(self, timeout_s: float | None) -> None:
        self._hurry(timeout_s)

    def stand(self, pile: Pile, number: int) -> None:
        """It waits in that pile from now on."""
        self._place = pile, number
        self._hand_over()

    def _hand_over(self) -> None:
        place = self._place
        assert place is not None, "it stands somewhere"
        while self._calls:
            try:
                call = self._calls.popleft()
            except IndexError:  # another thread has it
                return
            place[0].listen(place[1], call)


class Known:
    """What is told of a record that was written before, by the producer that had this id."""

    def __init__(self, row: Row) -> None:
        self._told = Delivered(row.route.topic, row.partition, BEFORE, row.timestamp)

    def told(self, number: int) -> Delivered:  # noqa: ARG002 - there is one
        return self._told

    def listen(self, number: int, call: Told) -> None:  # noqa: ARG002 - there is one
        call(None, self._told)

    def hurry(self, timeout_s: float | None) -> None:
        """It is written."""


class _Closed(dict[int, "tuple[Row, Spot]"]):
    """What stands in the place of a line where nothing can be sent any more."""

    def __init__(self, error: StreamzError) -> None:
        super().__init__()
        self.error = error

    def __setitem__(self, _: int, __: object) -> NoReturn:
        raise self.error


class Line:
    """`newest`: the sequence of the last record that was sent. `stamp`: up to where they were taken to be written.

    There is no lock: a sender has made everything before he raises `newest` and puts his record in, which is
    without a call, so as CPython runs it no other thread has its turn in between.
    """

    def __init__(self, stamp: Stamp) -> None:
        self.newest = stamp.sequence
        self.stamp = stamp
        self._known = stamp.sequence
        self._rows: dict[int, tuple[Row, Spot]] = {}
        self._waiting: deque[tuple[int, tuple[Row, Spot]]] = deque()

    # ---- for senders, in any thread

    def send(
        self, row: Row, sequence: int | None, hurry: Callable[[float | None], None]
    ) -> Sent | None:
        """Take the record as the next one; None if it was written before, under this sequence.

        Misuse for a sequence that does not go up.
        """
        if sequence is not None:
            sequence = whole("a sequence", sequence, 1, NUMBER_MAX)
        sent = Sent()
        sent.pile = spot = Spot(hurry)
        sent.number = 0
        entry = (row, spot)
        number = self.newest + 1 if sequence is None else sequence
        if number > NUMBER_MAX:
            raise _used_up()
        if number > self.newest:
            self.newest = number
            self._rows[number] = entry
            return sent
        self._check_known(number)
        return None

    def _check_known(self, number: int) -> None:
        if number > self._known:
            raise Misuse(
                f"sequence {number} does not go up: this producer has sent one up to {self.newest}"
            )

    # ---- for the thread that writes

    def shut(self, error: StreamzError) -> None:
        """From now on senders get `error`; what they sent before waits."""
        rows, self._rows = self._rows, _Closed(error)
        self._waiting.extend(rows.items())

    def take(self, most: int, hurry: Callable[[float | None], None]) -> list[Pile]:
        """The first records of the line, as many as weigh `most`, at least one; `stamp` tells up to where."""
        if not isinstance(self._rows, _Closed):
            rows, self._rows = self._rows, {}
            self._waiting.extend(rows.items())
        piles: dict[tuple[str, int], Pile] = {}
        weight = 0
        while self._waiting and (not piles or weight + self._waiting[0][1][0].weight <= most):
            number, (row, spot) = self._waiting.popleft()
            weight += row.weight
            where = row.route.topic, row.partition
            pile = piles.get(where)
            if pile is None:
                pile = piles[where] = Pile(*where, hurry)
            pile.total += row.weight
            pile.extend((row.key, row.value, row.timestamp, row.headers, pile.total))
            spot.stand(pile, pile.total)
            self.stamp = Stamp(self.stamp.producer, self.stamp.epoch, number)
        return list(piles.values())

    def next(self, sequence: int | None) -> int | None:
        """The sequence of something that is written by itself; None if it was written before. Misuse as for `send`."""
        number = self.newest + 1 if sequence is None else sequence
        if number > NUMBER_MAX:
            raise _used_up()
        if number > self.newest:
            self.newest = number
            return number
        self._check_known(number)
        return None

    def give_back(self, sequence: int) -> None:
        """What had that sequence was not written; it may be tried again."""
        if self.newest == sequence:
            self.newest = sequence - 1

    def up_to(self, sequence: int) -> Stamp:
        """The stamp of what goes up to there, and up to where records were taken."""
        most = max(self.stamp.sequence, sequence)
        return Stamp(self.stamp.producer, self.stamp.epoch, most)

    def counts(self) -> dict[str, int]:
        """How many records nobody began to write, by topic."""
        found: dict[str, int] = {}
        for row, _ in [*(entry for _, entry in self._waiting), *list(self._rows.values())]:
            found[row.route.topic] = found.get(row.route.topic, 0) + 1
        return found


def _used_up() -> Misuse:
    return Misuse(
        f"there is no sequence behind {NUMBER_MAX}, which was the last one of this id; take another id"
    )
