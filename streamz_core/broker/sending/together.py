"""Records and consumed offsets that are written in one commit, or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

from streamz_core.broker.backend import TaskCommit
from streamz_core.broker.checks import callback
from streamz_core.broker.sending.outbox import Outbox, Parts
from streamz_core.broker.sending.outbox import told as told_of
from streamz_core.broker.sending.pile import Pile, counts
from streamz_core.broker.sending.rows import Given, Row
from streamz_core.broker.sending.sent import BEFORE, Delivered, Sent, Told
from streamz_core.errors import Misuse, Retriable, StreamzError
from streamz_core.record import NO_HEADERS, HeadersGiven


class _Mine(Pile):
    """Records of a transaction. Those that were written before, by one with the same sequence, are told so."""

    __slots__ = ("before",)

    def __init__(self, topic: str, partition: int) -> None:
        super().__init__(topic, partition, _refuse)
        self.before = False

    def _find(self, number: int) -> Delivered:
        if self.before:
            return Delivered(self.topic, self.partition, BEFORE, 0)
        return super()._find(number)


Moves = dict[tuple[str, int], tuple[int, int]]


class Consuming(Protocol):
    """What a transaction asks of a consumer."""

    @property
    def group(self) -> str:
        """Whose offsets it moves; "" for nobody's."""
        ...

    def moves(self) -> Moves:
        """From where to where, by (topic, partition)."""
        ...

    def tasks(self, moves: Moves) -> list[TaskCommit]:
        """As a commit says it."""
        ...

    def moved(self) -> None:
        """That was committed."""
        ...


class ProducerTransaction:
    """What is sent in it is seen all at once, when its `with` block ends, or not at all if that is left by an error.

    With it go the offsets of a consumer's group: `consumed`. It is one commit: what it holds has to fit into that.
    """

    def __init__(
        self, outbox: Outbox, row: Callable[[Given], Row], sequence: int | None = None
    ) -> None:
        """`row`: what makes a record for a partition of one."""
        self._outbox = outbox
        self._row = row
        self._sequence = sequence
        self._piles: dict[tuple[str, int], _Mine] = {}
        self._consumers: list[Consuming] = []
        self._over = ""

    def send(  # noqa: PLR0913 - the parts of a record
        self,
        topic: str,
        value: Any,
        *,
        key: Any = None,
        timestamp: int | None = None,
        headers: HeadersGiven | None = NO_HEADERS,
        partition: int | None = None,
        on_delivery: Told | None = None,
    ) -> Sent:
        """As `Producer.send`; where it stands is known when the transaction is over. What is wrong is told here."""
        self._open()
        callback("on_delivery", on_delivery)
        row = self._row(Given(topic, value, key, timestamp, headers, partition))
        where = topic, row.partition
        pile = self._piles.get(where)
        if pile is None:
            pile = self._piles[where] = _Mine(*where)
        sent = Sent()
        sent.pile = pile
        sent.number = pile.total = pile.total + row.weight
        pile.extend((row.key, row.value, row.timestamp, row.headers, pile.total))
        if on_delivery is not None:
            sent.then(on_delivery)
        return sent

    def consumed(self, consumer: Consuming) -> None:
        """With it the group of this consumer has consumed what that polled: its `commit` is part of this one.

        Where it stands is asked at the end. Misuse for one without a group, and for a second group.
        """
        self._open()
        groups = {one.group for one in (*self._consumers, consumer)}
        if not consumer.group or len(groups) > 1:
            raise Misuse("what was consumed is told of one group: Consumer(..., group=...)")
        if consumer not in self._consumers:
            self._consumers.append(consumer)

    def commit(self) -> None:
        """Write it, and wait until it is as safe as the log promises. With the block it comes by itself.

        Fenced: somebody else moved the offsets of the group, or another producer has this id. StorageFull,
        TooLarge: nothing was done. What was sent, then fails.
        """
        self._open()
        self._over = "committed"
        try:
            tasks = [task for each in self._consumers for task in _tasks(each)]
            if self._piles or tasks:
                group = self._consumers[0].group if tasks else ""
                parts = Parts(list(self._piles.values()), group, tasks, self._sequence)
                self._before(written=self._outbox.together(parts))
        except StreamzError as error:
            self._fail(error)
            raise
        for each in self._consumers:
            each.moved()

    def abort(self) -> None:
        """Nothing of it is written. A consumer stays where it is: `seek` goes back."""
        if not self._over:
            self._over = "aborted"
            self._fail(Retriable("the transaction was aborted, and nothing of it written"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.abort()
        elif not self._over:
            self.commit()

    def __del__(self) -> None:
        if self._piles and not self._over:
            told = counts(iter(self._piles.values()))
            warnings.warn(
                f"a transaction was forgotten, with {told_of(told)} that nobody committed: nothing of it is written. "
                "Use it in a with block, or say commit() or abort()",
                ResourceWarning,
                stacklevel=2,
            )

    def _open(self) -> None:
        if self._over:
            raise Misuse(f"this transaction was {self._over}; begin another one")

    def _before(self, *, written: bool) -> None:
        for pile in self._piles.values():
            if not written:
                pile.before, pile.done = True, pile.total
                pile.tell()

    def _fail(self, error: StreamzError) -> None:
        for pile in self._piles.values():
            pile.fail(error)
            pile.tell()


def _tasks(consumer: Consuming) -> list[TaskCommit]:
    """What it consumed, as a commit says it. Misuse if it went back."""
    moves = consumer.moves()
    if any(stop < start for start, stop in moves.values()):
        raise Misuse("a consumer went back: that is told by its commit(), not in a transaction")
    return consumer.tasks(moves)


def _refuse(_: float | None) -> None:
    raise Misuse(
        "where a record of a transaction stands is known when that is over, and not before"
    )
