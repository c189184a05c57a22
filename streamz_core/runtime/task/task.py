"""One task: a sub-topology on one partition. Reads, runs the compiled functions, says what to commit.

Nothing it does is shared before the chained commit: outputs, changes, offsets and times are an overlay
that `lost` and failures drop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from attrs import frozen

from streamz_core.compiler.entries import Batch
from streamz_core.compiler.program import Bound, Program
from streamz_core.env.door import Env
from streamz_core.errors import CodecError, Misuse, TooLarge
from streamz_core.log.log import Log
from streamz_core.log.transaction import pack
from streamz_core.log.values import Appended, Output, TaskCommit
from streamz_core.metrics import Metrics
from streamz_core.operators.exits.buffers import Buffer
from streamz_core.runtime.commit import Pending
from streamz_core.runtime.job import Job, task_name
from streamz_core.runtime.state.state import StateChange, StateOptions, TaskState
from streamz_core.runtime.task.failing import (
    handler_for,
    node_of,
    of_a_record,
    place_note,
    way_out,
)
from streamz_core.runtime.task.inputs import Inputs, Queue
from streamz_core.runtime.task.printing import printer
from streamz_core.stores.kind import Store
from streamz_core.topology.subtopologies import SubTopology
from streamz_state import StateError

logger = logging.getLogger("streamz.task")
ALL = 1 << 60
TIME = "time:"  # prefix of partition times in a position; operator times have their own


@frozen
class Place:
    """What the tasks of a worker share."""

    job: Job
    log: Log
    env: Env
    metrics: Metrics
    state: StateOptions


class Binding:
    """What the compiled functions of one task reach for."""

    def __init__(self, place: Place, partition: int, stores: dict[str, Store]) -> None:
        self.partition = partition
        self.outputs: dict[str, Buffer] = {}
        self._place = place
        self._stores = stores

    def store(self, name: str) -> Store:
        return self._stores[name]

    def output(self, topic: str) -> Buffer:
        found = self.outputs.get(topic)
        if found is None:
            self._place.log.topic(topic)  # UnknownTopic: a computed topic must exist
            found = self.outputs[topic] = Buffer(topic)
        return found

    def wall_ms(self) -> int:
        return self._place.env.now_ms()

    def printer(self, path: str | None) -> Callable[[str], None]:
        return printer(self._place.env, path)

    def drop(self, reason: str, node: str) -> None:
        self._place.metrics.drop(reason, node)


class Task:
    """See the module. `epoch` is that of its OWNER record."""

    def __init__(self, place: Place, sub: SubTopology, partition: int, epoch: int) -> None:
        self.name = task_name(sub.name, partition)
        self.sub = sub
        self.partition = partition
        self.epoch = epoch
        self.gone = False
        self._place = place
        self._group = place.job.name
        self._program: Program = place.job.programs[sub.name]
        self.state = TaskState(place.job, place.log, place.env, sub, partition, place.state)
        self._binding = Binding(place, partition, self.state.stores)
        self._bound: Bound = self._program.bind(self._binding)
        self._inputs = Inputs(place.log, self._queues())
        self._since = 0  # records taken since the last commit
        self._careful = 0  # records that must be run one by one
        self._most = ALL  # records that one commit takes at most
        self.again = False  # whether records were undone, to be run again
        self._unverified = False  # whether some of them were not
        self._position: dict[str, int] = {}
        self._pending: tuple[Pending, StateChange] | None = None
        self._rewind()

    @property
    def restoring(self) -> bool:
        return self.state.restoring

    @property
    def bytes(self) -> int:
        """How many bytes were read since the last commit."""
        return sum(queue.bytes for queue in self._inputs.queues)

    @property
    def waits(self) -> bool:
        """Whether it takes nothing more before a commit."""
        return self._since >= self._most

    @property
    def dirty(self) -> bool:
        """Whether there is something to commit."""
        return self._since > 0 or any(
            queue.next_offset != queue.committed for queue in self._inputs.queues
        )

    def restore(self) -> None:
        """Read some more of the changelogs."""
        self.state.restore()

    @property
    def negative(self) -> int:
        """Records dropped because their timestamp was negative."""
        return self._inputs.dropped

    # ---- processing

    def process(self, records: int) -> int:
        """Run up to `records` of the next records of one partition; how many were taken.

        A record that fails is undone, alone; then its handler decides: the exception, with its place in
        its notes, or on to the next record.
        """
        if self._pending is not None:
            return 0  # what was collected comes first: the commit of it speaks of these offsets
        if self.waits:
            return 0
        careful = self._careful > 0
        taken = self._inputs.take(1 if careful else min(records, self._most - self._since))
        self.again = False
        if taken is None:
            self._careful = 0
            return 0
        queue, start, stop = taken
        self._since += stop - start
        if careful:
            self._careful -= 1
            self._run_one(queue, start)
            return 1
        self._unverified = True
        try:
            self._run(queue, start, stop)
        except Exception:  # noqa: BLE001 - the user's code may raise anything; it is run again below
            self._careful = self._since
            self.again = True
            self.rollback()
        return stop - start

    def _run(self, queue: Queue, start: int, stop: int) -> None:
        entry = self._bound.entries[Batch(queue.topic)]
        if start == 0 and stop == queue.stop:
            entry(queue.keys, queue.values, queue.timestamps, queue.headers, queue.offsets)
            return
        rows = slice(start, stop)
        headers = None if queue.headers is None else queue.headers[rows]
        entry(
            queue.keys[rows],
            queue.values[rows],
            queue.timestamps[rows],
            headers,
            queue.offsets[rows],
        )

    def _run_one(self, queue: Queue, row: int) -> None:
        stores = self.state.stores.values()
        marks = {topic: buffer.mark() for topic, buffer in self._binding.outputs.items()}
        times = self._bound.position()
        for store in stores:
            store.begin()
        try:
            self._run(queue, row, row + 1)
            self._verify(marks)
        except Exception as error:  # noqa: BLE001 - whatever it is, the record's effects are undone
            for store in stores:
                store.undo()
            for topic, buffer in self._binding.outputs.items():
                buffer.truncate(marks.get(topic, 0))
            self._bound.restore(times)
            queue.at = row
            self._since -= 1
            self._failed(error, queue, row)
            queue.at = row + 1
            self._since += 1
        else:
            for store in stores:
                store.keep()

    def _verify(self, marks: dict[str, int]) -> None:
        """What a commit would refuse is refused now, when it is known which record it comes from."""
        self.state.verify()
        for name, buffer in self._binding.outputs.items():
            buffer.settle()
            rows = slice(marks.get(name, 0), None)
            found = range(len(buffer))[rows]
            headers = [buffer.headers.get(at, ()) for at in found]
            columns = buffer.keys[rows], buffer.values[rows], buffer.timestamps[rows]
            pack(self._place.log, self._place.log.topic(name), 0, *columns, headers)

    def _failed(self, error: Exception, queue: Queue, row: int) -> None:
        """Skip the record, or raise with its place; it stays the next one then."""
        if not of_a_record(error):
            raise error
        node = node_of(error, self._program.filename, self._program.node_at)
        place = f"{queue.topic}[{queue.partition}]@{queue.offsets[row]}"
        setting, handler = handler_for(error, self._place.job.config)
        note = place_note(place, queue.keys[row], node, self.name)
        if handler == "continue":
            self._place.metrics.drop("error", node or queue.topic)
            logger.warning("skipped a record: %s: %s %s", type(error).__name__, error, note)
            return
        error.add_note(note)
        error.add_note(way_out(setting))
        raise error

    # ---- committing

    def collect(self) -> Pending | None:
        """What was done since the last commit, or None; the same again until applied or dropped."""
        if self._pending is None and self.dirty and not self.gone:
            try:
                self._pending = self._collected()
            except (CodecError, Misuse):
                if not self._unverified:
                    raise
                self._careful = self._since  # which record left something that cannot be written?
                self.again = True
                self.rollback()
        return self._pending[0] if self._pending else None

    def _collected(self) -> tuple[Pending, StateChange]:
        change = self.state.collect()
        outputs, topics = self._packed_outputs()
        told = TaskCommit(
            self._group, self.name, self.epoch, self._moves(), self._changed_position()
        )
        names = frozenset(topics) | {one.topic.name for one, _ in change.counts}
        return Pending(told, change.outputs + outputs, names), change

    def applied(self, done: Appended) -> None:
        """The commit is on the chain: now the stores may follow."""
        assert self._pending is not None, "applied without a commit"
        told, change = self._pending
        self.state.apply(change, done.lsn, done.hash, done.bases)
        for buffer in self._binding.outputs.values():
            buffer.clear()
        for queue in self._inputs.queues:
            queue.settle()
        self._position.update(told.told.position or {})
        self._pending = None
        self._since = 0
        self._unverified = False
        self._most = min(self._most + self._most // 8 + 1, ALL)

    def lost(self) -> None:
        """Somebody else owns the task: drop the overlay, touch nothing."""
        self.gone = True
        self.rollback()

    def divide(self, error: TooLarge) -> None:
        """What was collected does not fit into one record of the log: half as many records next time."""
        if self._since <= 1:
            for queue in self._inputs.queues:
                if queue.next_offset != queue.committed:
                    place = f"{queue.topic}[{queue.partition}]@{queue.committed}"
                    error.add_note(f"at {place} task={self.name}: the results of this record alone")
            raise error
        self._most = self._since // 2
        self.again = True
        self.rollback()

    def rollback(self) -> None:
        """Back to the last commit."""
        self.state.rollback()
        for buffer in self._binding.outputs.values():
            buffer.clear()
        self._pending = None
        self._since = 0
        self._unverified = False
        self._rewind()

    def close(self) -> None:
        """Let go of the state. What was not committed is lost, as after a kill.

        A database that cannot be flushed (the disk is full) stays behind, which its next owner makes good.
        """
        try:
            self.state.close()
        except StateError as error:
            logger.warning(
                "task %s: what its state lacks is restored next time: %s", self.name, error
            )

    def discard(self) -> None:
        """Close the state and throw it away: it is damaged, and can be had again from the changelogs."""
        self.state.discard()

    # ---- the rest

    def _queues(self) -> list[Queue]:
        log, found = self._place.log, []
        for one in self.sub.inputs:
            topic = log.topic(one.topic)
            if self.partition < topic.partitions:
                extract = self._bound.extract.get(one.topic)
                found.append(Queue(one.topic, topic.id, self.partition, extract, self._failed))
        return found

    def _rewind(self) -> None:
        """To what the chain says of this task: offsets, partition times, operator times."""
        state = self._place.log.state
        self._position = dict(state.group(self._group).positions.get(self.name, {}))
        times = {
            name.removeprefix(TIME): value
            for name, value in self._position.items()
            if name.startswith(TIME)
        }
        offsets = {
            queue.topic: state.next_offset(self._group, queue.topic_id, queue.partition)
            for queue in self._inputs.queues
        }
        self._inputs.rewind(offsets, times)
        operators = {k: v for k, v in self._position.items() if not k.startswith(TIME)}
        self._bound.restore(operators)
        self._bound.set_task_time(max(times.values(), default=-1))

    def _moves(self) -> list[tuple[int, int, int, int]]:
        return [
            (queue.topic_id, queue.partition, queue.committed, queue.next_offset)
            for queue in self._inputs.queues
            if queue.next_offset != queue.committed
        ]

    def _changed_position(self) -> dict[str, Any] | None:
        now = {f"{TIME}{queue.topic}": queue.time for queue in self._inputs.queues}
        now.update(self._bound.position())
        known = self._position
        return {name: value for name, value in now.items() if known.get(name) != value} or None

    def _packed_outputs(self) -> tuple[list[Output], list[str]]:
        log, outputs, topics = self._place.log, [], []
        for name, buffer in self._binding.outputs.items():
            topic = log.topic(name)
            for part in buffer.take(topic.partitions):
                outputs += pack(
                    log,
                    topic,
                    part.partition,
                    part.keys,
                    part.values,
                    part.timestamps,
                    part.headers,
                )
                topics.append(name)
        return outputs, topics
