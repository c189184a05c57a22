"""The compiled functions of one task: called with its records; what they write waits for a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from streamz_core.broker.backend import Backend, Packed
from streamz_core.broker.sending.routes import refuse_internal
from streamz_core.compiler.by_time.advances import Advance
from streamz_core.compiler.by_time.expiries import Expire
from streamz_core.compiler.entries import Batch
from streamz_core.compiler.program import Bound, Call, Program
from streamz_core.compiler.ticks import Called, Tick
from streamz_core.env.door import Env
from streamz_core.errors import CodecError, Misuse, TooLarge
from streamz_core.metrics import Uncommitted
from streamz_core.operators.exits.buffers import Buffer
from streamz_core.operators.processors.context import Place
from streamz_core.operators.processors.hands import Hand, Supplier
from streamz_core.runtime.schemas import tell_chosen
from streamz_core.runtime.state.state import TaskState
from streamz_core.runtime.task.calling.answers import Answers
from streamz_core.runtime.task.calling.attempt import Attempt, Marks
from streamz_core.runtime.task.calling.calls import Asking, Askings
from streamz_core.runtime.task.calling.closing import Closing
from streamz_core.runtime.task.position import Position
from streamz_core.runtime.task.printing import printer
from streamz_core.runtime.task.queue import Extract, Queue
from streamz_core.runtime.task.timers import Timers
from streamz_core.stores.kind import Store
from streamz_core.topology.nodes import AnyCodec, Graph, Timing


class Binding:
    """What the functions of one task reach for."""

    def __init__(  # noqa: PLR0913 - what there is to reach for
        self,
        graph: Graph,
        backend: Backend,
        env: Env,
        counted: Uncommitted,
        partition: int,
        stores: Mapping[str, Store],
        follow: Callable[[Iterable[Any]], Iterator[Any]],
        task: str = "",
        timers: Timers | None = None,
        wake: Callable[[], object] = bool,
    ) -> None:
        self.task = task
        self.timers = Timers({}, env.now_ms) if timers is None else timers
        self.hands: list[Hand] = []
        self.askings = Askings(env, wake)
        self.urgent = False  # whether a function asked for a commit
        self.partition = partition
        self.outputs: dict[str, Buffer] = {}
        self._graph = graph
        self._backend = backend
        self._stores = stores
        self.counted = counted
        self.follow = follow

    def drop(self, reason: str, node: str) -> None:
        self.counted.drop(reason, node)

    def wall_ms(self) -> int:
        return self.askings.env.now_ms()

    def store(self, name: str) -> Store:
        return self._stores[name]

    def alone(self, store: str) -> Callable[[], None]:
        thread, mine = self.askings.env.thread, self.askings.env.thread()

        def check() -> None:
            if thread() != mine:
                raise Misuse(
                    f"store {store} belongs to the worker's thread {self.askings.env.thread_name(mine)}, and thread "
                    f"{self.askings.env.thread_name(thread())} uses it: read and write it in the step itself, and "
                    "give other threads what they need"
                )

        return check

    def asking(self, step: str, concurrency: int, timeout_ms: int | None) -> Asking:
        return self.askings.of(step, concurrency, timeout_ms)

    def output(self, topic: str) -> Buffer:
        found = self.outputs.get(topic)
        if found is None:
            found = self.outputs[topic] = Buffer(topic)
        return found

    def chosen(self, topic: str, key: AnyCodec, value: AnyCodec) -> Buffer:
        """UnknownTopic, and Misuse where other types would be written than those that are there, or than
        those that the app itself has for the topic."""
        refuse_internal(self._backend.topic(topic))
        tell_chosen(self._graph, self._backend, topic, key, value)
        return self.output(topic)

    def hand(self, step: str, supplier: Supplier, stores: Mapping[str, Any]) -> Hand:
        made = Hand(step, supplier, stores, self)
        self.hands.append(made)
        return made

    def width(self, topic: str) -> int:
        return self._backend.topic(topic).partitions

    @property
    def place(self) -> Place:
        return self

    def schedule(self, timer: str, every_ms: int | None, start_ms: int | None) -> None:
        self.timers.schedule(timer, every_ms, start_ms)

    def cancel(self, timer: str) -> None:
        self.timers.cancel(timer)

    def request_commit(self) -> None:
        self.urgent = True

    def printer(self, path: str | None) -> Callable[[str], None]:
        return printer(self.askings.env, path)


def _call(run: Call, call: Callable[[int], object], now: int) -> None:
    run(now, call)


class Functions:
    """Runs spans of records. An exception leaves stores and outputs half written: undo them.

    `trying`: what is run alone, while its calls are under way. `answers`: what it waits for.
    """

    def __init__(
        self,
        program: Program,
        binding: Binding,
        backend: Backend,
        state: TaskState,
        closing: Closing,
    ) -> None:
        self._backend = backend
        self._state = state
        self._binding = binding
        self._bound: Bound = program.bind(binding)
        self._batches = {
            key.topic: call for key, call in self._bound.entries.items() if isinstance(key, Batch)
        }
        self._begun = False
        self._told: Position | None = None
        self.trying: Attempt | None = None
        self.answers = Answers(self._bound, binding.askings, closing)
        self._marks: Marks | None = None
        self.timers = binding.timers
        entries = self._bound.entries
        self.timers.calls = {timer: entries[Tick(timer)] for timer in self.timers.declared}
        self._expiring: dict[str, tuple[Any, Call]] = {
            key.store: (state.stores[key.store], call)
            for key, call in entries.items()
            if isinstance(key, Expire)
        }

    @property
    def urgent(self) -> bool:
        """Whether a function asked for a commit since the last one."""
        return self._binding.urgent

    @property
    def task_time(self) -> int:
        """The task's stream time, where a step looks at it."""
        return self._bound.task_time

    def extract(self, topic: str) -> Extract | None:
        """What finds the event times of an input, where the app says how."""
        return self._bound.extract.get(topic)

    def times(self) -> dict[str, int]:
        """The times the operators reached, ms by name."""
        return self._bound.position()

    def rewind(self, position: Position) -> None:
        """Back to where that says the task was."""
        self._bound.restore(position.operators)
        self._bound.set_task_time(position.task_time)
        self.timers.rewind(position.timers, position.task_time)
        self._begun, self._told = not self._binding.hands, position
        self.answers.rewind()

    def begin(self) -> None:
        """New processors begin, where what the last ones did was undone: the stores are as they were then, and the
        timers.
        """
        if self._begun:
            return
        self._renew()
        if self._told is not None:
            self.timers.rewind(self._told.timers, self._told.task_time)
        self._begun, self._told = True, None

    def end(self) -> None:
        """The processors are let go of, and nobody waits for answers any more."""
        self.answers.close()
        for hand in self._binding.hands:
            hand.end()

    def _renew(self) -> None:
        """What processors remember beside their stores was not undone with the rest: others take their places."""
        found: dict[str, tuple[Timing, Callable[[int], object]]] = {}
        for hand in self._binding.hands:
            hand.begin(self.task_time)
            run = self._bound.entries[Called(hand.step)]
            for timer, one in hand.scheduled.items():
                found[timer] = one.timing, partial(_call, run, one.call)
        self.timers.adopt(found)

    def run(self, queue: Queue, start: int, stop: int) -> None:
        """Run these rows of what was read ahead."""
        entry = self._batches[queue.topic]
        columns, timestamps = queue.columns, queue.timestamps
        if start > 0 or stop < queue.stop:
            columns, timestamps = columns.between(start, stop), timestamps[start:stop]
        entry(columns.keys, columns.values, timestamps, columns.headers, columns.offsets)
        if self._bound.lines:
            self.answers.opened()

    def passed(self, timestamp: int) -> None:
        """A record that is skipped moves the task's stream time all the same."""
        self._bound.set_task_time(max(timestamp, self._bound.task_time))

    @property
    def waits(self) -> bool:
        """Whether there may be changes that wait for a commit."""
        return self._bound.waits

    # ---- what is run alone

    def run_alone(self, queue: Queue, row: int) -> bool:
        """Run one row, as if a commit came behind it, and no timer that is due behind it. If it fails, or
        what it left could never be committed, nothing of it remains. False: it waits for answers, and `go_on` says more.
        """
        return self._alone(lambda: self.run(queue, row, row + 1))

    def tick_alone(self, timer: str, now: int) -> bool:
        """Call a timer, while nothing waits for a commit; for the rest see `run_alone`."""
        return self._alone(lambda: self.timers.calls[timer](now))

    def advance_alone(self, topics: Iterable[str], time: int) -> None:
        """Time goes on for these inputs, while nothing waits for a commit. If it fails, nothing of it remains, as
        of a row.
        """

        def call() -> None:
            for topic in topics:
                self._bound.entries[Advance(topic)](time)

        self._alone(call)

    def over(self, now: int) -> str:
        """The first store of which rows may be over at that stream time; "" if there is none."""
        stores = self._expiring.items()
        return next((name for name, (kept, _) in stores if kept.ripening.due <= now), "")

    def expire_alone(self, store: str, now: int, rows: int) -> bool:
        """Take out so many rows that are over, while nothing waits for a commit; for the rest see `run_alone`."""
        return self._alone(lambda: self._expiring[store][1](now, rows))

    def expired(self, store: str) -> int:
        """How many rows of a store were taken out so far."""
        return int(self._expiring[store][0].expired)

    def let_go(self, store: str, now: int) -> None:
        """Take out the first row that is over, and tell nobody."""
        for _ in self._expiring[store][0].let_go(now, 1):
            pass

    def _alone(self, call: Callable[[], object]) -> bool:
        self._marks = Marks(
            self.timers.mark(),
            {topic: output.mark() for topic, output in self._binding.outputs.items()},
            self._bound.position(),
            self._binding.counted.mark(),
        )
        for store in self._state.stores.values():
            store.begin()
        self.timers.hold(held=True)
        return self.go_on(call)

    def go_on(self, call: Callable[[], object] = bool) -> bool:
        """With what is run alone, as far as it gets; whether that is all. See `run_alone`."""
        assert self._marks is not None, "something is run alone"
        try:
            call()
            if not self.answers.complete():
                return False
            self._verify(self._marks.outputs)
        except Exception:
            self._take_back()
            self._begun = not self._binding.hands
            self.begin()
            raise
        for store in self._state.stores.values():
            store.keep()
        self._marks = None
        self.timers.hold(held=False)
        return True

    def _take_back(self) -> None:
        """Nothing remains of what is run alone, if anything is."""
        marks, self._marks = self._marks, None
        if marks is None:
            return
        self.timers.undo(marks.timers)
        for store in self._state.stores.values():
            store.undo()
        for topic, output in self._binding.outputs.items():
            output.truncate(marks.outputs.get(topic, 0))
        self._bound.forget()
        self._bound.restore(marks.times)
        self._binding.counted.undo(marks.counted)
        self.timers.hold(held=False)

    def collect(self) -> list[Packed]:
        """Everything written since `clear()`, by partition, as a commit takes it."""
        backend, packed = self._backend, []
        for topic, output in self._binding.outputs.items():
            for part in output.take(backend.topic(topic).partitions):
                packed += backend.pack(topic, *part)
        return packed

    def clear(self, *, committed: bool = False) -> None:
        """Forget what was written and counted, and what waits: it was committed, or is undone."""
        self._take_back()
        if committed:
            self._binding.counted.settle()
        self._binding.counted.dropped.clear()
        self.trying = None
        self._binding.urgent = False
        self._bound.forget()
        for output in self._binding.outputs.values():
            output.clear()

    def _verify(self, marks: Mapping[str, int]) -> None:
        """What a commit would refuse is refused now, when it is known which record it comes from."""
        sizes = self._state.verify()
        for topic, output in self._binding.outputs.items():
            try:
                sizes[topic] = self._verified(output, marks.get(topic, 0))
            except (CodecError, Misuse) as error:
                error.topic = topic
                raise
        size, limit = sum(sizes.values()), self._backend.commit_bytes
        if size > limit:
            too_large = TooLarge(
                f"what this record alone leaves has {size} bytes; the limit of a commit is {limit} "
                "(log.commit.bytes)"
            )
            too_large.topic = max(sizes, key=sizes.__getitem__)
            raise too_large

    def _verified(self, output: Buffer, mark: int) -> int:
        """How many bytes a commit would write of the records from `mark` on."""
        output.settle()
        rows = slice(mark, None)
        headers = [output.headers.get(at, ()) for at in range(len(output))[rows]]
        columns = output.keys[rows], output.values[rows], output.timestamps[rows]
        packed = self._backend.pack(output.topic, 0, *columns, headers)
        return sum(len(each.data) for each in packed)
