"""The commit of a worker's tasks: everybody sees all of it or nothing, and only then the stores.

1. Every task says what it did: outputs, changes of its stores, consumed offsets, position.
2. The broker commits that as one. From here on every process sees all of it, or none.
3. It is acknowledged: as safe as the broker promises.
4. The stores are written, each task's in one batch with the commit's mark.
"""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from streamz_core.broker.backend import Backend, Committed, Packed, TaskCommit
from streamz_core.errors import Fenced, TooLarge


@frozen
class Pending:
    """What one task wants committed."""

    told: TaskCommit
    outputs: list[Packed]


class Committable(Protocol):
    """A task as its worker commits it."""

    @property
    def name(self) -> str: ...

    @property
    def dirty(self) -> bool:
        """Whether there is something to commit."""
        ...

    def collect(self) -> Pending | None:
        """What it did since the last commit, or None; the same again until applied or rolled back."""
        ...

    def applied(self, done: Committed) -> None:
        """Everybody sees it: write the stores, go on from here. `bases`: its own outputs."""
        ...

    def lost(self) -> None:
        """Another worker owns the task: drop everything, touch nothing."""
        ...

    def divide(self, error: TooLarge) -> None:
        """What it collected is too large for one commit: drop it and do less at once, or raise."""
        ...


Work = tuple[Committable, Pending]


def commit_tasks(backend: Backend, group: str, tasks: list[Committable]) -> Committed | None:
    """Commit all of them, together if that fits into one commit; None if there was nothing to do.

    A task that was taken over is told so (`lost`) and left out; the others commit on. StorageFull and
    Poisoned pass: nothing was applied of what could not be committed.
    """
    done = None
    pending = [(task, told) for task in tasks if (told := task.collect()) is not None]
    for portion in _portions(pending, backend.commit_bytes):
        try:
            done = _commit(backend, group, portion) or done
        except TooLarge as error:
            for task, _ in portion:
                task.divide(error)
    return done


def _portions(pending: list[Work], bytes_max: int) -> list[list[Work]]:
    """Parts that fit into one commit each, in order; a task that does not fit is alone."""
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


def _commit(backend: Backend, group: str, pending: list[Work]) -> Committed | None:
    while pending:
        outputs = [output for _, told in pending for output in told.outputs]
        try:
            done = backend.commit(group, [told.told for _, told in pending], outputs)
        except Fenced:
            gone = [task for task, told in pending if not backend.owns(group, told.told)]
            for task in gone:
                task.lost()
            pending = [(task, told) for task, told in pending if task not in gone]
            if not gone:
                raise
            continue
        apply_all(pending, done)
        return done
    return None


def apply_all(pending: list[Work], done: Committed) -> None:
    """Tell each task where its part of the commit stands."""
    at = 0
    for task, told in pending:
        own = done.bases[at : at + len(told.outputs)]
        task.applied(Committed(done.mark, own))
        at += len(told.outputs)
