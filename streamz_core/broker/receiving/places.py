"""Where a consumer reads: its partitions, the offsets it reads next, and what is wrong to ask for."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from streamz_core.broker.backend import Backend
from streamz_core.broker.receiving.topics import Topics, Wanted, Where
from streamz_core.errors import OffsetOutOfRange

__all__ = ["POLICIES", "Parts", "Wanted", "Where", "in_range", "tell_lost"]

logger = logging.getLogger("streamz.consumer")

POLICIES = ("error", "earliest", "latest")


class Parts:
    """The partitions that are read: those that are wanted, and of whole topics those too that come later."""

    def __init__(self, backend: Backend, topics: Topics) -> None:
        self.all = topics.partitions()
        self._backend = backend
        self._topics = topics
        self._changes = backend.topic_changes

    def news(self) -> list[Where]:
        """Partitions that are there now and were not before, also of a topic that was deleted and made anew; they are read
        from now on, from their beginning."""
        changes = self._backend.topic_changes
        if changes == self._changes:
            return []
        self._changes = changes
        anew = self._topics.made_anew()
        tell_anew(anew)
        there = self._topics.partitions()
        fresh = [where for where in there if where not in self.all]
        self.all += fresh
        return fresh + [where for where in there if where[0] in anew and where not in fresh]


def in_range(backend: Backend, where: Where, offset: int, policy: str) -> int:
    """`offset` if the partition has it, or will give it next; else what the policy says.

    OffsetOutOfRange if that is "error".
    """
    start, end = backend.start(*where), backend.end(*where)
    if start <= offset <= end:
        return offset
    if policy == "error":
        raise OffsetOutOfRange(
            f"{where[0]}[{where[1]}] has no offset {offset!r:.40}: it has those from {start} on, and the next "
            f"will be {end}; seek to one of these, or say on_out_of_range='earliest' or 'latest'",
            start,
            end,
        )
    return start if policy == "earliest" else end


def tell_anew(topics: Iterable[str]) -> None:
    """Say that these are other topics by now."""
    for name in topics:
        logger.warning(
            "topic %s was deleted, and made anew: reading begins with its first record", name
        )


def tell_lost(where: Where, offset: int, found: int) -> None:
    """Say that a reader at `offset` goes on at `found`, for what was between is no more."""
    if found > offset:
        logger.warning(
            "%s[%d]: %d records from offset %d on are lost; reading goes on at %d",
            *where,
            found - offset,
            offset,
            found,
        )
