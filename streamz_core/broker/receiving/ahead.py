"""Records that were read and not given yet: those that an iterator gives one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Mapping, Sequence
from typing import Generic, TypeVar

from streamz_core.broker.receiving.topics import Where
from streamz_core.record import Record

K = TypeVar("K")
V = TypeVar("V")


class Ahead(Generic[K, V]):
    """What is given next, in order. One thread may take while another looks."""

    def __init__(self) -> None:
        self.left: deque[Record[K | None, V | None]] = deque()

    def standing(
        self,
        at: Mapping[Where, int],
        kept: Sequence[Record[K | None, V | None]] = (),
    ) -> dict[Where, int]:
        """Where a consumer stands that has read up to `at`: before what is not given, and before what was `kept`."""
        found = dict(at)
        for record in (*kept, *list(self.left)):
            where = (record.topic, record.partition)
            if where in found:
                found[where] = min(found[where], record.offset)
        return found

    def drop(self, parts: Container[Where]) -> None:
        """What is of these is not given any more."""
        if self.left:
            kept = [one for one in self.left if (one.topic, one.partition) not in parts]
            self.left.clear()
            self.left.extend(kept)

    def take(self, most: int) -> list[Record[K | None, V | None]]:
        """The next ones, `most` at most."""
        return [self.left.popleft() for _ in range(min(most, len(self.left)))]
