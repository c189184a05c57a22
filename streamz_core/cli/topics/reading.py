"""The records that `consume` wants: from where they are wanted to where they end, partition by partition."""

from __future__ import annotations

from typing import Any

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.cli.talk import say
from streamz_core.cli.times import milliseconds
from streamz_core.cli.words import NUMBER_MAX
from streamz_core.codecs.codec import Codec
from streamz_core.errors import CodecError, Corrupt, Misuse

POLL_S = 0.1
FROM_TIME = "s@"
TOLD = 8  # partitions that a sentence names
Where = tuple[str, int]


class Reading:
    """A partition in which something cannot be read is left there; the others go on.

    `unread`: those that were left, with the error and the offset where.
    """

    def __init__(
        self, broker: Broker, parts: list[Where], codecs: tuple[Codec[Any], Codec[Any]], start: str
    ) -> None:
        self.unread: dict[Where, tuple[CodecError | Corrupt, int]] = {}
        self._broker = broker
        self._codecs = codecs
        self._consumer = self._reader(parts)
        self._ends = self._consumer.end_offsets()
        self._begin(start)

    @property
    def at_end(self) -> bool:
        """Whether everything that was there at the start has been read, as far as it can be."""
        return all(self._consumer.position(*where) >= end for where, end in self._left().items())

    @property
    def over(self) -> bool:
        """Whether nothing more can be read, whatever comes."""
        return not self._left()

    def some(self, most: int) -> list[Any]:
        """The next records; none after a while without any, or where a partition was left."""
        try:
            return self._consumer.poll(POLL_S, most)
        except (CodecError, Corrupt) as error:
            if error.place is None:
                raise
            self._leave(error, error.place)
            return []

    def printed(self) -> None:
        """Nobody remembers it."""

    def tell_unread(self) -> None:
        """Say what was not read, and why."""
        for (topic, partition), (error, at) in sorted(self.unread.items()):
            behind = max(0, self._ends[topic, partition] - at)
            some = f"{behind} record{'' if behind == 1 else 's'}"
            say(
                f"{topic}[{partition}] was read up to offset {at}, not what follows ({some}): {error}",
                *getattr(error, "__notes__", ()),
            )

    def close(self) -> None:
        self._consumer.close()

    def _begin(self, start: str) -> None:
        """Go where it is to begin; where that is not there, it is said."""
        if start.startswith(FROM_TIME):
            self._consumer.seek_to_time(milliseconds(start.removeprefix(FROM_TIME)))
            return
        missing = []
        for where, end in self._ends.items():
            first = self._consumer.position(*where)
            wanted = _offset(start, first, end)
            at = min(max(wanted, first), end)
            self._consumer.seek(*where, at)
            if wanted != at:
                missing.append(f"{where[0]}[{where[1]}] from {at} on")
        if missing:
            told = f"{', '.join(missing[:TOLD])}{', ...' * (len(missing) > TOLD)}"
            say(f"there is no offset {start}, or none any more: what is shown is {told}")

    def _left(self) -> dict[Where, int]:
        return {where: end for where, end in self._ends.items() if where not in self.unread}

    def _leave(self, error: CodecError | Corrupt, place: tuple[str, int, int]) -> None:
        topic, partition, at = place
        self.unread[topic, partition] = (error, at)
        stands = {where: self._consumer.position(*where) for where in self._left()}
        if not stands:
            return
        self._consumer.close()
        self._consumer = self._reader(list(stands))
        for where, offset in stands.items():
            self._consumer.seek(*where, offset)

    def _reader(self, parts: list[Where]) -> Consumer[Any, Any]:
        key, value = self._codecs
        return Consumer(self._broker, parts, key=key, value=value)


def _offset(text: str, first: int, end: int) -> int:
    """The offset that is meant, whether it is there or not; from the end, as far as there are records."""
    if text in {"beginning", "earliest"}:
        return first
    if text in {"end", "latest"}:
        return end
    try:
        number = int(text)
        if abs(number) > NUMBER_MAX:
            raise ValueError
    except ValueError:
        raise Misuse(
            f"-o {text}; it can be beginning, end, N, -N from the end, or s@TIME"
        ) from None
    return number if number >= 0 else max(end + number, first)
