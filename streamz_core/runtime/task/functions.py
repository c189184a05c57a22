"""The compiled functions of one task: called with its records; what they write waits for a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from streamz_core.broker.backend import Backend, Packed
from streamz_core.compiler.entries import Batch
from streamz_core.compiler.program import Bound, Program
from streamz_core.env.door import Env
from streamz_core.errors import CodecError, Misuse, TooLarge
from streamz_core.metrics import Metrics
from streamz_core.operators.exits.buffers import Buffer
from streamz_core.runtime.schemas import tell_chosen
from streamz_core.runtime.state.state import TaskState
from streamz_core.runtime.task.printing import printer
from streamz_core.runtime.task.queue import Extract, Queue
from streamz_core.stores.kind import Store
from streamz_core.topology.nodes import AnyCodec


class Binding:
    """What the functions of one task reach for."""

    def __init__(  # noqa: PLR0913 - what there is to reach for
        self,
        app: str,
        backend: Backend,
        env: Env,
        metrics: Metrics,
        partition: int,
        stores: Mapping[str, Store],
        follow: Callable[[Iterable[Any]], Iterator[Any]],
    ) -> None:
        self.partition = partition
        self.outputs: dict[str, Buffer] = {}
        self._app = app
        self._backend = backend
        self._env = env
        self._stores = stores
        self.wall_ms = env.now_ms
        self.drop = metrics.drop
        self.follow = follow

    def store(self, name: str) -> Store:
        return self._stores[name]

    def alone(self, store: str) -> Callable[[], None]:
        thread, mine = self._env.thread, self._env.thread()

        def check() -> None:
            if thread() != mine:
                raise Misuse(
                    f"store {store} belongs to the worker's thread {self._env.thread_name(mine)}, and thread "
                    f"{self._env.thread_name(thread())} uses it: read and write it in the step itself, and "
                    "give other threads what they need"
                )

        return check

    def output(self, topic: str) -> Buffer:
        found = self.outputs.get(topic)
        if found is None:
            found = self.outputs[topic] = Buffer(topic)
        return found

    def chosen(self, topic: str, key: AnyCodec, value: AnyCodec) -> Buffer:
        """UnknownTopic, and Misuse where other types would be written than those that are there."""
        self._backend.topic(topic)
        tell_chosen(self._app, self._backend, topic, key, value)
        return self.output(topic)

    def printer(self, path: str | None) -> Callable[[str], None]:
        return printer(self._env, path)


class Functions:
    """Runs spans of records. An exception leaves stores and outputs half written: undo them."""

    def __init__(
        self, program: Program, binding: Binding, backend: Backend, state: TaskState
    ) -> None:
        self._backend = backend
        self._state = state
        self._outputs = binding.outputs
        self._bound: Bound = program.bind(binding)

    def extract(self, topic: str) -> Extract | None:
        """What finds the event times of an input, where the app says how."""
        return self._bound.extract.get(topic)

    def times(self) -> dict[str, int]:
        """The times the operators reached, ms by name."""
        return self._bound.position()

    def rewind(self, times: Mapping[str, int], task_time: int) -> None:
        """Back to these times; `task_time`: the largest timestamp taken by the task."""
        self._bound.restore(times)
        self._bound.set_task_time(task_time)

    def run(self, queue: Queue, start: int, stop: int) -> None:
        """Run these rows of what was read ahead."""
        entry = self._bound.entries[Batch(queue.topic)]
        columns, timestamps = queue.columns, queue.timestamps
        if start > 0 or stop < queue.stop:
            columns, timestamps = columns.between(start, stop), timestamps[start:stop]
        entry(columns.keys, columns.values, timestamps, columns.headers, columns.offsets)

    @property
    def waits(self) -> bool:
        """Whether there may be changes that wait for a commit."""
        return self._bound.waits

    def pass_on(self) -> None:
        """What waits for a commit goes on, before it."""
        self._bound.pass_on()

    def run_alone(self, queue: Queue, row: int) -> None:
        """Run one row, as if a commit came behind it. If it fails, or what it left could never be committed,
        nothing of it remains.
        """
        stores = self._state.stores.values()
        marks = {topic: output.mark() for topic, output in self._outputs.items()}
        times = self._bound.position()
        for store in stores:
            store.begin()
        try:
            self.run(queue, row, row + 1)
            self.pass_on()
            self._verify(marks)
        except Exception:
            for store in stores:
                store.undo()
            for topic, output in self._outputs.items():
                output.truncate(marks.get(topic, 0))
            self._bound.forget()
            self._bound.restore(times)
            raise
        for store in stores:
            store.keep()

    def collect(self) -> list[Packed]:
        """Everything written since `clear()`, by partition, as a commit takes it."""
        backend, packed = self._backend, []
        for topic, output in self._outputs.items():
            for part in output.take(backend.topic(topic).partitions):
                packed += backend.pack(topic, *part)
        return packed

    def clear(self) -> None:
        """Forget what was written, and what waits: it was committed, or is undone."""
        self._bound.forget()
        for output in self._outputs.values():
            output.clear()

    def _verify(self, marks: Mapping[str, int]) -> None:
        """What a commit would refuse is refused now, when it is known which record it comes from."""
        sizes = self._state.verify()
        for topic, output in self._outputs.items():
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
