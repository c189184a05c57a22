"""One task: a sub-topology on one partition. Reads, runs the compiled functions, says what to commit.

Nothing it does is shared before the commit: outputs, changes, offsets and times are an overlay that
`lost` and failures drop. What it does when is the table in `phases`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from streamz_core.broker.backend import Committed, Move, TaskCommit
from streamz_core.compiler.ticks import timers_of
from streamz_core.errors import (
    CodecError,
    Misuse,
    OffsetOutOfRange,
    StorageFull,
    TooLarge,
    Unanswered,
)
from streamz_core.metrics import Uncommitted
from streamz_core.runtime.commit import Pending
from streamz_core.runtime.everywhere.copy import CopyDamaged
from streamz_core.runtime.job import task_name
from streamz_core.runtime.place import Place
from streamz_core.runtime.state.state import StateChange, TaskState
from streamz_core.runtime.state.taken import taken_by
from streamz_core.runtime.task.calling.attempt import Attempt
from streamz_core.runtime.task.calling.closing import Closing
from streamz_core.runtime.task.failing import Handler, among_note, unreadable
from streamz_core.runtime.task.functions import Binding, Functions
from streamz_core.runtime.task.inputs import Inputs
from streamz_core.runtime.task.pausing.above import Above
from streamz_core.runtime.task.pausing.advancing import Advancing, Step, advancing_of
from streamz_core.runtime.task.phases import Event, Phase, after
from streamz_core.runtime.task.portion import Portion
from streamz_core.runtime.task.position import Position, unpack
from streamz_core.runtime.task.queue import Queue
from streamz_core.runtime.task.starting import Starting
from streamz_core.runtime.task.timers import NEVER, Timers
from streamz_core.runtime.task.waiting.idling import idling_of
from streamz_core.runtime.task.waiting.resting import Rest
from streamz_core.topic_config import config_of
from streamz_core.topology.idleness import pauses_of
from streamz_core.topology.subtopologies import SubTopology
from streamz_state import StateCorrupt, StateError

logger = logging.getLogger("streamz.task")

EXPIRED_ROWS = 500
"""So many rows of a store go at once where what they cause is looked at by itself."""

WALL_S = (
    1.0  # the wall clock is looked at so often: it may have been put forward, or the machine slept
)

MUCH = 8  # with input of this share of a commit's limit it waits for its answers at once


class Task:
    """See the module. `epoch` is that of its ownership. One of the worker's turns."""

    def __init__(self, place: Place, sub: SubTopology, partition: int, epoch: int) -> None:
        self.name = task_name(sub.name, partition)
        self.epoch = epoch
        self.phase = Phase.RESTORING
        self._place = place
        self._shard = sub, partition
        self._portion = Portion()
        self._pending: tuple[Pending, StateChange, Position] | None = None
        self._open()

    def _open(self) -> None:
        """The state as it lies on the disk, and everything else as of the last commit."""
        place, (sub, partition) = self._place, self._shard
        job, backend = place.job, place.backend
        took = taken_by(job, backend, sub, self.name)
        self.state = TaskState(job, backend, place.env, sub, partition, place.state, took)
        program = job.programs[sub.name]
        stores = {**place.everywhere, **self.state.stores}
        follow = place.following.follow
        timers = Timers(timers_of(sub, partition), place.env.now_ms)
        counted = Uncommitted(place.metrics)
        binding = Binding(
            job.graph,
            backend,
            place.env,
            counted,
            partition,
            stores,
            follow,
            self.name,
            timers,
            place.wake,
        )
        closing = Closing(place.env.monotonic, job.config.commit_interval_ms / 1000)
        self._functions = Functions(program, binding, backend, self.state, closing)
        writers = job.plan.writers(sub)
        self._handler = Handler(self.name, program, writers, job.config, counted)
        queues = [
            Queue(one.topic, partition, self._functions.extract(one.topic), self._handler.decide)
            for one in sub.inputs
            if partition < backend.topic(one.topic).partitions
        ]
        idling = idling_of(queues, job.config.max_task_idle_ms, place.env)
        starting = Starting(backend, place.env, sub.inputs)
        pauses, above = pauses_of(job.plan)[sub.name], Above(job.name, backend)
        advancing = advancing_of(pauses, queues, backend, place.env, above.told)
        self._inputs = Inputs(backend, queues, idling, starting, advancing)
        self._rewind()

    @property
    def restoring(self) -> bool:
        """Whether its stores are not yet what its last commit left."""
        return self.phase is Phase.RESTORING

    @property
    def behind(self) -> bool:
        """Whether its disk had no room for what was committed, or has none for what is restored."""
        return self.state.behind

    @property
    def gone(self) -> bool:
        """Whether it is to be closed: it is another worker's."""
        return self.phase is Phase.GONE

    @property
    def rest(self) -> Rest:
        """Whether it took all there is, and what will give it something to do."""
        return self._inputs.rest

    @property
    def bytes(self) -> int:
        """How many bytes were read since the last commit."""
        return sum(queue.bytes for queue in self._inputs.queues)

    @property
    def full(self) -> bool:
        """Whether it takes nothing more before a commit, and waits for nothing else."""
        return self._portion.full and self.ripe

    @property
    def urgent(self) -> bool:
        """Whether a step asked for a commit."""
        return self._functions.urgent

    @property
    def dirty(self) -> bool:
        """Whether there is something to commit."""
        return self._portion.taken > 0 or self._inputs.moved

    @property
    def ripe(self) -> bool:
        """Whether a commit may be asked for: it has something, and does not wait for the answers of calls; or it is time
        that it takes nothing more until it has them.
        """
        return self.dirty and self._may_commit()

    @property
    def negative(self) -> int:
        """Records dropped because their timestamp was negative."""
        return self._inputs.dropped

    # ---- its turn

    def turn(self) -> bool:
        """Restore some records, or run some; whether there were any.

        Damaged state is thrown away and had again from the changelogs. A task whose inputs were lost
        from where it stands is gone: it is opened anew where they begin now. StorageFull: nothing can be restored.
        """
        try:
            if self.restoring:
                self._restore()
                return True
            return self._process_for_a_while()
        except OffsetOutOfRange as error:
            logger.warning("task %s: %s", self.name, error)
            self.lost()
            return True
        except CopyDamaged:
            return True  # the worker makes it anew before the record is taken again
        except StateCorrupt as error:
            logger.warning(
                "the state of task %s is discarded and restored: %s", self.name, error.damage
            )
            self._begin_anew()
            return True

    def _may_rest(self) -> bool:
        """Whether only a record, or the time, will give it something to do."""
        waiting = self._functions.waits or self._functions.answers.possible
        if not self._may_take() or waiting or self._inputs.advancing is not None:
            return False
        return self.rest.possible

    def due_s(self) -> float:
        """When it waited long enough for an empty input, or a timer is due by the wall clock.

        New records wake the worker, and its commits have a time of their own.
        """
        due_ms, env = self._functions.timers.by_wall.due, self._place.env
        due_s = min(self._inputs.due_s, self._functions.answers.closing.due_s)
        if due_ms == NEVER or self._functions.answers.waited_for:
            return due_s  # a call is made behind those that wait, whose answers wake the worker
        left_s = max(due_ms - env.now_ms(), 0) / 1000
        return min(due_s, env.monotonic() + min(left_s, WALL_S))

    def close(self) -> None:
        """Let go of the processors and the state. What was not committed is lost, as after a kill.

        A database that cannot be flushed (the disk is full) stays behind, which its next owner makes good.
        """
        self._functions.end()
        try:
            self.state.close()
        except StateError as error:
            logger.warning(
                "task %s: what its state lacks is restored next time: %s", self.name, error
            )

    def _restore(self) -> None:
        if self.state.behind:
            self._open_again()
        self.state.restore()
        if self.state.behind:
            raise StorageFull(f"the state of task {self.name} cannot be restored: its disk is full")
        if not self.state.restoring:
            self._happened(Event.RESTORED)

    def _open_again(self) -> None:
        """There was no room for the last commit, or for what is restored: what lies there goes on from where it stands."""
        self._functions.end()
        with suppress(StateError):
            self.state.close()
        self._portion = Portion()
        self._open()

    def _begin_anew(self) -> None:
        self._functions.end()
        self.state.discard()
        self._happened(Event.DAMAGED)
        self._portion = Portion()
        self._open()

    def _happened(self, event: Event) -> None:
        self.phase = after(self.phase, event)

    # ---- processing

    def _process_for_a_while(self) -> bool:
        """Some milliseconds' worth of records, at least one; whether there were any."""
        self.rest.end()
        portion, clock = self._portion, self._place.env.monotonic
        self._functions.begin()
        started_s = clock()
        arrived = self._arrive()
        taken = self.process(min(portion.at_once, self._place.job.config.poll_records_max))
        portion.turned(taken, clock() - started_s)
        self._functions.begin()  # a record that failed undid what processors did
        ticked = self._functions.timers.by_wall.heap and self._tick_all(
            by_wall=True, now=self._place.env.now_ms()
        )
        if taken or ticked or arrived or self._functions.answers.idle():
            return True
        if self._may_rest():
            self.rest.begin(self.due_s(), self._functions.timers.by_wall.due)
        return self._inputs.advancing is not None and self._advance(self._inputs.advancing)

    def _arrive(self) -> bool:
        """Let go on what waited for its answers; whether any came."""
        functions = self._functions
        if functions.trying is not None:
            return self._try(functions.trying, functions.go_on)
        try:
            return functions.answers.move()
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything; it is run again
            self._failed(error)
            return True

    def process(self, records: int) -> int:
        """Run up to `records` of the next records of one partition; how many were taken.

        A record that fails is undone, alone; then its handler decides: the exception, with its place in
        its notes, or on to the next record.
        """
        if not self._may_take():
            return 0
        functions = self._functions
        if functions.timers.by_time.heap and self._tick_all(by_wall=False, now=functions.task_time):
            return 1  # those that were due behind a record that was run alone
        if self._portion.suspects and self._expire_some(records):
            return 1
        room = self._portion.room(records)
        if not self._portion.suspects:
            room = self._functions.answers.room(room)  # what is run again has its calls
        if not room:
            return 0
        taken = self._inputs.take(room)
        if taken is None:
            self._portion.suspects = 0
            return 0
        queue, start, stop = taken
        self._portion.taken += stop - start
        if self._portion.suspects:
            self._portion.suspects -= 1
            self._run_alone(queue, start)
        else:
            self._run_whole(queue, start, stop)
        return stop - start

    def _run_whole(self, queue: Queue, start: int, stop: int) -> None:
        self._happened(Event.TAKEN)
        try:
            self._functions.run(queue, start, stop)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything; it is run again
            self._failed(error)

    def _run_alone(self, queue: Queue, row: int) -> None:
        attempt = Attempt(self._kept, lambda error: self._blame(error, queue, row))
        self._try(attempt, lambda: self._functions.run_alone(queue, row))

    def _blame(self, error: Exception, queue: Queue, row: int) -> None:
        """Until the handler has decided, the record was not taken: what it raises leaves it the next one."""
        queue.at = row
        self._portion.taken -= 1
        self._handler.decide(error, queue, row)
        if not unreadable(error):
            self._functions.passed(queue.timestamps[row])
        self._skip(queue, row, read=not unreadable(error))
        queue.at = row + 1
        self._portion.taken += 1

    def _skip(self, queue: Queue, row: int, *, read: bool) -> None:
        """The record leaves nothing. Whoever restores a table by it sees that of one that cannot be read; a janitor
        that compacts its topic does not.
        """
        backend = self._place.backend
        if read or config_of(backend.topic(queue.topic).config).compacts:
            start = backend.start(queue.topic, queue.partition)
            self.state.took.skip(queue.topic, queue.columns.offsets[row], start)

    def _kept(self) -> None:
        """What it changed went on already; two such changes of a row are of two commits."""
        self._portion.closed = self._functions.waits

    def _try(self, attempt: Attempt, call: Callable[[], bool]) -> bool:
        """Run something alone, or go on with it; whether it is over. While it is not, nothing else is done."""
        self._functions.trying = attempt
        try:
            over = call()
        except Exception as error:  # noqa: BLE001 - whatever it is, the handler decides
            self._functions.trying = None
            attempt.failed(error)
            return True
        if over:
            self._functions.trying = None
            attempt.kept()
        return over

    def _tick_all(self, *, by_wall: bool, now: int) -> bool:
        """Call the timers that are due, each alone; whether there were any."""
        timers, ticked = self._functions.timers, False
        while timers.clock(by_wall=by_wall).due <= now and self._may_take():
            if self._functions.answers.waited_for or (
                self._functions.waits and self._portion.taken
            ):
                self._portion.closed = True  # what waits is not to go on, or fail, with the call
                break
            self._tick(timers, by_wall=by_wall, now=now)
            ticked = True
        return ticked

    def _tick(self, timers: Timers, *, by_wall: bool, now: int) -> None:
        before = timers.mark()
        due, timer = timers.clock(by_wall=by_wall).take()

        def kept() -> None:
            timers.clock(by_wall=by_wall).again(due, timer, now)
            timers.show()
            self._portion.taken += 1
            self._kept()

        def failed(error: Exception) -> None:
            timers.undo(before)  # until the handler has decided, the timer is due
            self._handler.decide_timer(error, timer, now)
            timers.clock(by_wall=by_wall).take()
            kept()

        self._try(Attempt(kept, failed), lambda: self._functions.tick_alone(timer, now))

    def _expire_some(self, records: int) -> bool:
        """Of what is over at the time of the next record some rows, as a commit of their own; whether there were any."""
        functions, next_time = self._functions, self._inputs.ahead(self._portion.room(records))
        now = max(functions.task_time, -1 if next_time is None else next_time)
        while store := functions.over(now):
            self._expire(store, now, EXPIRED_ROWS)
            if functions.trying is not None or self._portion.closed:
                return True
        return False

    def _expire(self, store: str, now: int, rows: int) -> None:
        functions = self._functions
        before = functions.expired(store)

        def kept() -> None:
            if functions.expired(store) > before:
                self._portion.taken += 1
                self._portion.closed = True

        def failed(error: Exception) -> None:
            if rows > 1:
                self._expire(store, now, 1)  # one of them is to blame
                return
            self._handler.decide_expiry(error, store, now)
            functions.let_go(store, now)
            self._portion.taken += 1
            self._portion.closed = True

        self._try(Attempt(kept, failed), lambda: functions.expire_alone(store, now, rows))

    def _advance(self, advancing: Advancing) -> bool:
        """Let time go on though no record comes, as a commit of its own; whether it did."""
        step = None if self._portion.taken or not self._may_take() else advancing.look()
        if step is None:
            return False
        try:
            step = self._advance_to(step)
        except Exception as error:  # noqa: BLE001 - whatever it is, the handler decides
            idle = "+".join(step.paused.pause.topics)
            self._handler.decide_timer(error, f"idle {idle}", step.time)
            advancing.put_off(step)
            return False
        advancing.done(step)
        self._portion.taken += 1
        self._portion.closed = True
        return True

    def _advance_to(self, step: Step) -> Step:
        """As far as what comes of it fits into one commit."""
        try:
            self._functions.advance_alone(step.paused.pause.topics, step.time)
        except TooLarge:
            if step.half is None:
                raise
            return self._advance_to(step.half)
        return step

    def _may_take(self) -> bool:
        """What was collected comes first: the commit of it speaks of these offsets."""
        if self._functions.trying is not None:
            return False
        return self.phase in (Phase.RUNNING, Phase.CAREFUL) and not self._portion.full

    def _failed(self, error: Exception) -> None:
        """Undo what was done since the last commit; record by record it will be known who is to blame. What no
        record can be blamed for is raised.
        """
        if isinstance(error, Unanswered):
            error.add_note(among_note(self._moves(), self.name))
        self._portion.suspect()
        self._happened(Event.FAILED)
        self._undo()
        if isinstance(error, Unanswered):
            raise error

    # ---- committing

    def collect(self) -> Pending | None:
        """What was done since the last commit, or None; the same again until applied or dropped."""
        if self._pending is None and self.ripe and self._completed():
            try:
                self._pending = self._collected()
            except (CodecError, Misuse) as error:
                if self.phase is Phase.CAREFUL:
                    raise  # each record was looked at alone, and none is to blame
                self._failed(error)
            else:
                self._happened(Event.COLLECTED)
        return self._pending[0] if self._pending else None

    def _may_commit(self) -> bool:
        functions = self._functions
        if functions.trying is not None:
            return False
        if not functions.answers.called_for or functions.answers.closing.due:
            return True
        much = self.bytes * MUCH > self._place.backend.commit_bytes
        return (functions.urgent or much) and not self._portion.closed

    def _completed(self) -> bool:
        """Pass on what waits for the commit. False if some of it waits for answers, before which nothing more is taken;
        or if that failed, and all is undone to be done again.
        """
        try:
            done = self._functions.answers.complete()
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything; it is run again
            self._failed(error)
            return False
        if not done:
            self._portion.closed = True
            self._functions.answers.closing.close()
        return done

    def _collected(self) -> tuple[Pending, StateChange, Position]:
        moves, functions, took = self._moves(), self._functions, self.state.took
        change = self.state.collect(moves)
        outputs = change.outputs + functions.collect()
        position = Position(
            self._inputs.times(),
            functions.times(),
            functions.timers.told(),
            *self._inputs.advanced(),
            dict(took.begins),
            dict(took.skipped),
        )
        changed = position.changed(self._position) or None
        told = TaskCommit(self.name, self.epoch, moves, changed)
        return Pending(told, outputs), change, position

    def applied(self, done: Committed) -> None:
        """Everybody sees the commit: now the stores may follow."""
        assert self._pending is not None, "applied without a commit"
        _, change, self._position = self._pending
        self.state.apply(change, done)
        self._functions.clear(committed=True)
        self._functions.timers.settle()
        for queue in self._inputs.queues:
            queue.settle()
        self._functions.answers.settle(
            lambda: {one.topic: one.committed for one in self._inputs.queues}
        )
        self._pending = None
        self._portion.committed()
        self._happened(Event.BEHIND if self.state.behind else Event.COMMITTED)

    def lost(self) -> None:
        """Somebody else owns the task: drop the overlay, touch nothing."""
        self._portion.taken, self._portion.closed = 0, False
        self._happened(Event.LOST)
        self._undo()

    def divide(self, error: TooLarge) -> None:
        """What was collected does not fit into one commit: half as many records next time.

        A record that does not fit alone is run again by itself, as one that fails.
        """
        if self._portion.taken <= 1:
            if self.phase is Phase.CHECKED:
                raise error  # it was looked at alone, and is not to blame
            self._failed(error)
            return
        self._portion.halve()
        self._happened(Event.DIVIDED)
        self._undo()

    def _undo(self) -> None:
        """Back to the last commit."""
        self._functions.clear()
        self.state.rollback()
        self._pending = None
        self._rewind()

    def _rewind(self) -> None:
        """To what the broker knows of this task: offsets, partition times, operator times."""
        backend, queues = self._place.backend, self._inputs.queues
        inputs = [(queue.topic, queue.partition) for queue in queues]
        found = backend.standing(self._place.job.name, self.name, inputs)
        self._position = unpack(found.position)
        self._inputs.rewind(found.offsets, self._position.partitions)
        if self._inputs.advancing is not None:
            self._inputs.advancing.rewind(self._position)
        self.state.took.rewind(self._position.begins, self._position.skipped)
        for queue in queues:
            if (queue.topic, queue.partition) not in found.offsets:
                self.state.took.begin(queue.topic, queue.next_offset)
            elif queue.topic not in self.state.took.begins:
                start = backend.start(queue.topic, queue.partition)
                self.state.took.begin(queue.topic, start)
        self._functions.rewind(self._position)

    def _moves(self) -> list[Move]:
        return [
            (queue.topic, queue.partition, queue.committed, queue.next_offset)
            for queue in self._inputs.queues
            if queue.next_offset != queue.committed
        ]
