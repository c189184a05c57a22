"""What goes into a commit and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen


@frozen
class Appended:
    """A record on the chain; `bases` are the offsets its ranges begin at (COMMIT only)."""

    lsn: int
    hash: bytes
    bases: tuple[int, ...] = ()


@frozen
class Output:
    """Records for one partition, packed: `data` are the bytes of a batch of `count` records. `stamp`: the timestamp
    that they got when they were packed, if the topic says so."""

    topic: int
    partition: int
    count: int
    data: bytes
    stamp: int | None = None


@frozen
class Stamp:
    """Who writes a commit, and how far he got: what he writes under a `sequence` that is on the chain is refused."""

    producer: str
    epoch: int
    sequence: int


@frozen
class TaskCommit:
    """What a commit says of one task. moves: (topic id, partition, from, to); `position`: changes."""

    group: str
    task: str
    epoch: int
    moves: Sequence[tuple[int, int, int, int]]
    position: dict[str, Any] | None = None
