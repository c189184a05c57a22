"""Where a consumer reads: its partitions, the offsets it reads next, and what is wrong to ask for."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from streamz_core.broker.backend import Backend
from streamz_core.broker.checks import named, partition_in
from streamz_core.errors import Misuse, OffsetOutOfRange

logger = logging.getLogger("streamz.consumer")

Where = tuple[str, int]
"""(topic, partition)."""
Wanted = Sequence[str | Where]
POLICIES = ("error", "earliest", "latest")


def partitions_of(backend: Backend, wanted: Wanted) -> list[Where]:
    """The partitions of these topics, and those that are named alone; UnknownTopic, Misuse, TypeError."""
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        raise TypeError(f"topics are {wanted!r:.80}; they have to be a list, such as ['clicks']")
    found: list[Where] = []
    for one in wanted:
        name, partition = one if isinstance(one, tuple) and len(one) == 2 else (one, None)
        count = backend.topic(named(name)).partitions
        if partition is None:
            found += [(name, each) for each in range(count)]
        else:
            found.append((name, partition_in(name, partition, count)))
    if not found:
        raise Misuse("no topic is named: a consumer reads at least one")
    return list(dict.fromkeys(found))


class Parts:
    """The partitions that are read: those that are `wanted`, and of whole topics those too that come later."""

    def __init__(self, backend: Backend, wanted: Wanted) -> None:
        self.all = partitions_of(backend, wanted)
        self._backend = backend
        self._whole = [one for one in wanted if isinstance(one, str)]
        self._changes = backend.topic_changes

    def news(self) -> list[Where]:
        """Partitions that topics have now and had not before; they are read from now on."""
        backend = self._backend
        if backend.topic_changes == self._changes:
            return []
        self._changes = backend.topic_changes
        known = backend.topics()
        found = [
            (name, partition)
            for name in self._whole
            if name in known
            for partition in range(known[name].partitions)
        ]
        fresh = [where for where in found if where not in self.all]
        self.all += fresh
        return fresh


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
