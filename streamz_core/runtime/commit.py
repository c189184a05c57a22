"""The commit of a worker's tasks: one chained record, and only then the stores.

1. Every task says what it did: outputs, changes of its stores, consumed offsets, position.
2. One record is chained. From here on every process sees all of it, or none.
3. It is acknowledged: as safe as the level promises.
4. The stores are written, each task's in one batch with the commit's number and hash.
"""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from streamz_core.errors import Fenced, TooLarge
from streamz_core.log.log import Log
from streamz_core.log.values import Appended, Output, TaskCommit


@frozen
class Pending:
    """What one task wants committed. `topics`: names of those it writes, to wake their readers."""

    told: TaskCommit
    outputs: list[Output]
    topics: frozenset[str]


class Committable(Protocol):
    """A task as its worker commits it."""

    @property
    def name(self) -> str: ...

    @property
    def epoch(self) -> int: ...

    def collect(self) -> Pending | None:
        """What it did since the last commit, or None; the same again until applied or rolled back."""
        ...

    def applied(self, done: Appended) -> None:
        """The commit is on the chain: write the stores, go on from here. `bases`: its own outputs."""
        ...

    def lost(self) -> None:
        """Another worker owns the task: drop everything, touch nothing."""
        ...

    def divide(self, error: TooLarge) -> None:
        """What it collected is too large for one record: drop it and do less at once, or raise."""
        ...


Work = tuple[Committable, Pending]


def commit_tasks(log: Log, group: str, tasks: list[Committable]) -> Appended | None:
    """Commit all of them, together if that fits into one record; None if there was nothing to do.

    A task that was taken over is told so (`lost`) and left out; the others commit on. StorageFull and
    Poisoned pass: nothing was applied of what could not be committed.
    """
    done = None
    pending = [(task, told) for task in tasks if (told := task.collect()) is not None]
    for portion in _portions(pending, log.limits.commit_bytes):
        try:
            done = _commit(log, group, portion) or done
        except TooLarge as error:
            for task, _ in portion:
                task.divide(error)
    return done


def _portions(pending: list[Work], bytes_max: int) -> list[list[Work]]:
    """Parts that fit into one record each, in order; a task that does not fit is alone."""
    portions: list[list[Work]] = []
    room = 0
    for task, told in pending:
        size = sum(len(output.data) for output in told.outputs)
        if not portions or size > room:
            portions.append([])
            room = bytes_max
        portions[-1].append((task, told))
        room -= size
    return portions


def _commit(log: Log, group: str, pending: list[Work]) -> Appended | None:
    while pending:
        outputs = [output for _, told in pending for output in told.outputs]
        try:
            done = log.commit([told.told for _, told in pending], outputs)
        except Fenced:
            gone = [task for task, told in pending if not owns(log, group, told.told)]
            for task in gone:
                task.lost()
            pending = [(task, told) for task, told in pending if task not in gone]
            if not gone:
                raise
            continue
        log.acknowledge(done.lsn)
        log.ring({topic for _, told in pending for topic in told.topics})
        apply_all(pending, done)
        return done
    return None


def apply_all(pending: list[Work], done: Appended) -> None:
    """Tell each task that its part of the commit is on the chain."""
    at = 0
    for task, told in pending:
        own = done.bases[at : at + len(told.outputs)]
        task.applied(Appended(done.lsn, done.hash, own))
        at += len(told.outputs)


def owns(log: Log, group: str, told: TaskCommit) -> bool:
    """Whether this process may still commit for the task, by the chain."""
    known = log.state.group(group)
    owner = known.owners.get(told.task)
    if owner is None or owner.incarnation != log.incarnation or owner.epoch != told.epoch:
        return False
    return all(
        log.state.next_offset(group, topic, partition) == start
        for topic, partition, start, _ in told.moves
    )
