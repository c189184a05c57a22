"""The stores of one task: opened, restored, and changed only after the chained commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from attrs import frozen

from streamz_core.broker.backend import Backend, Committed, Mark, Move, Packed
from streamz_core.env.door import Env
from streamz_core.errors import CodecError, Misuse
from streamz_core.runtime.job import Job, task_name
from streamz_core.runtime.state.changelog import Changelog, Progress, Restore
from streamz_core.runtime.state.differing import differing
from streamz_core.runtime.state.sourced import changelog_of
from streamz_core.runtime.state.statedir import fingerprint, judge, open_state, task_directory
from streamz_core.runtime.state.taken import Taken
from streamz_core.stores.kind import Store
from streamz_core.stores.kinds import kind_of
from streamz_core.stores.rows import Changes
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.subtopologies import SubTopology
from streamz_state import Database, Position, StateError, StateFull, WriteBatch, open_memory

logger = logging.getLogger("streamz.state")


@frozen
class StateOptions:
    """Where state lies; `memory`: nowhere, every store is rebuilt from its changelog."""

    home: str
    memory: bool = False


@frozen
class StateChange:
    """What one commit changes in the stores: batches for the changelogs, rows for the databases."""

    outputs: list[Packed]
    counts: list[tuple[Changelog, int]]  # per changelog with changes: how many of `outputs` are its
    stands: list[tuple[Changelog, int]]  # where each is once the inputs are consumed
    disk: WriteBatch
    memory: WriteBatch


def numbered(sub: SubTopology) -> list[tuple[int, StoreSpec]]:
    """The stores of a sub-topology, with the numbers under which they lie in a task's databases."""
    return list(enumerate(sorted(sub.stores, key=lambda spec: spec.name), 1))


class TaskState:
    """The databases and stores of one task."""

    def __init__(  # noqa: PLR0913 - what a task's state is made of
        self,
        job: Job,
        backend: Backend,
        env: Env,
        sub: SubTopology,
        partition: int,
        options: StateOptions,
        took: Taken | None = None,
    ) -> None:
        """`took`: of topics that are changelogs, as the last commit of the task says."""
        self.took = took or Taken()
        self.behind = False  # a write found no room: it is to be opened again, and restored
        self.stores: dict[str, Store] = {}
        self.disk: Database | None = None
        self.directory = ""
        self._env = env
        self._backend = backend
        self._memory: Database | None = None
        self._in_memory: set[str] = set()
        self._changelogs: list[Changelog] = []
        task = task_name(sub.name, partition)
        specs = [spec for _, spec in numbered(sub)]
        self._maker = fingerprint(backend.identity, task, specs, job.plan.sourced)
        cause = "stores in memory"
        if any(not (spec.memory or options.memory) for spec in specs):
            folder = task_directory(options.home, job.name, sub.name, partition)
            explain = differing(backend, job.plan, task, specs)
            places = {spec.name: (job.plan.changelog(spec.name), partition) for spec in specs}
            opened = open_state(env, folder, self._maker, judge(backend, job.name, places), explain)
            self.disk, self.directory, cause = opened.database, opened.directory, opened.cause
        offsets = self._offsets()
        for number, spec in numbered(sub):
            in_memory = spec.memory or options.memory
            store = kind_of(spec).overlay(spec, number, self._database(memory=in_memory))
            self.stores[spec.name] = store
            if in_memory:
                self._in_memory.add(spec.name)
            offset = None if in_memory else offsets.get(spec.name)
            self._changelogs.append(
                changelog_of(job.plan, backend, store, partition, offset, self.took)
            )
        title = f"{job.name} {task}"
        self._restore: Restore | None = Restore(
            backend, self._changelogs, Progress(env, title, cause or "tail")
        )

    @property
    def restoring(self) -> bool:
        """Whether `restore` must be called again before anything may be read."""
        return self._restore is not None

    def restore(self) -> None:
        """Read some more of the changelogs; `behind` if there is no room for it."""
        assert self._restore is not None, "restored already"
        found = self._restore.step()
        if found is None:
            self._restore = None
            return
        name, rows = found
        disk, memory = WriteBatch(), WriteBatch()
        _extend(memory if name in self._in_memory else disk, rows)
        self._write(disk, memory, self._backend.mark)

    def collect(self, moves: Sequence[Move] = ()) -> StateChange:
        """What changed since the last commit, by which these inputs are consumed. Changes nothing; may be asked
        again.
        """
        change = StateChange([], [], [], WriteBatch(), WriteBatch())
        for one in self._changelogs:
            change.stands.append((one, one.after(moves)))
            changes = one.store.collect()
            packed = one.pack(self._backend, changes)
            if packed:
                change.outputs.extend(packed)
                change.counts.append((one, len(packed)))
            _extend(change.memory if one.name in self._in_memory else change.disk, changes)
        return change

    def verify(self) -> dict[str, int]:
        """How many bytes a commit of what the stores' nested overlays hold would write, by changelog.

        CodecError or Misuse, with the topic, if it could never be committed.
        """
        return {one.topic: self._verified(one) for one in self._changelogs}

    def _verified(self, one: Changelog) -> int:
        try:
            packed = one.pack(self._backend, one.store.verify())
        except (CodecError, Misuse) as error:
            error.topic = one.topic
            raise
        return sum(len(each.data) for each in packed)

    def apply(self, change: StateChange, done: Committed) -> None:
        """Write what a commit changed, whose outputs begin with those of `change`; `behind` if there is no room."""
        at = 0
        for changelog, offset in change.stands:
            changelog.offset = offset
        for changelog, count in change.counts:
            last = at + count - 1
            changelog.offset = done.bases[last] + change.outputs[last].count
            at += count
        self._write(change.disk, change.memory, done.mark)
        for store in self.stores.values():
            store.committed()

    def find(self, name: str) -> tuple[StoreSpec, int, Database] | None:
        """A store of this task as readers need it: spec, number, database."""
        for number, one in enumerate(self._changelogs, 1):
            if one.name == name:
                return one.store.spec, number, self._database(memory=name in self._in_memory)
        return None

    def rollback(self) -> None:
        """Forget every change since the last commit."""
        for store in self.stores.values():
            store.rollback()

    def close(self) -> None:
        """Let go of the databases."""
        for database in (self.disk, self._memory):
            if database is not None:
                database.close()

    def discard(self) -> None:
        """Let go of the databases, and remove the one on disk."""
        with suppress(StateError):  # a damaged one may not be able to flush
            self.close()
        if self.directory:
            self._env.remove_tree(self.directory)

    def _write(self, disk: WriteBatch, memory: WriteBatch, mark: Mark) -> None:
        if self.disk is not None:
            offsets = {
                one.name: one.offset for one in self._changelogs if one.name not in self._in_memory
            }
            self._write_disk(disk, Position(mark.number, mark.proof, self._maker, offsets, b""))
        if self._memory is not None:
            self._memory.write(memory, Position(mark.number, mark.proof, self._maker))

    def _write_disk(self, batch: WriteBatch, position: Position) -> None:
        assert self.disk is not None, "asked by the caller"
        try:
            self.disk.write(batch, position)
        except StateFull as error:
            self.behind = True
            logger.warning("%s", error)

    def _offsets(self) -> dict[str, int]:
        position = self.disk.position if self.disk is not None else None
        return dict(position.changelog) if position is not None else {}

    def _database(self, *, memory: bool) -> Database:
        if not memory:
            assert self.disk is not None, "opened before the first store that needs it"
            return self.disk
        if self._memory is None:
            self._memory = open_memory()
        return self._memory


def _extend(target: WriteBatch, more: Changes) -> None:
    target.puts.extend(more.puts)
    target.deletes.extend(more.deletes)
    target.ranges.extend(more.ranges)
