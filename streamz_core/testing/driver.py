"""app.test(): the same runtime on the same log, in memory, with a virtual clock.

Nothing runs by itself: `run()` turns every worker until all of them are idle and committed.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from streamz_core.app import App
from streamz_core.broker.backend import Backend
from streamz_core.broker.checks import NUMBER_MAX, whole
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BYTES
from streamz_core.dsl.declared.topics import Kind, Topic
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.env.real import RealEnv
from streamz_core.errors import Misuse
from streamz_core.runtime.job import Job
from streamz_core.runtime.topics import make_topic, topic_codecs
from streamz_core.runtime.worker import Worker
from streamz_core.stores.kinds import kind_of
from streamz_core.testing.owner import Owner
from streamz_core.testing.stores import StoreUnderTest
from streamz_core.testing.topics import InputTopic, OutputTopic, Reach, TopicUnderTest
from streamz_core.topology.spans import Duration, Moment, instant_ms, milliseconds

K = TypeVar("K")
V = TypeVar("V")

HOME = "/test"
STORES = ("memory", "rocksdb")
JUMP_S = 1.0  # how far the hidden clock of waits moves when a worker dies: its lock is looked at


class AppTest:
    """An app under test. `with app.test() as t: t.topic("in").send("k", 1); t.topic("out").records()`.

    `workers` processes of the app share one log; topics get `partitions` unless the app says how many.
    `stores="rocksdb"` keeps state in a real database in a temporary directory. Times in ms UTC; the
    clock begins at 0 and moves only by `advance`. It is for the thread that made it: Misuse in another one, which
    changes nothing.
    """

    def __init__(
        self,
        app: App,
        *,
        stores: str = "memory",
        workers: int = 1,
        partitions: int = 1,
        **settings: Any,
    ) -> None:
        whole("workers", workers, 1)
        if stores not in STORES:
            raise Misuse(f"stores={stores!r}; it can be 'memory' or 'rocksdb'")
        self._machine = MemoryMachine()
        overrides = {"topic_partitions": partitions, "durability": "process", **settings}
        self._job: Job = app.job(overrides, self._machine.process())
        self._job.programs.check()
        self._folder = tempfile.TemporaryDirectory() if stores == "rocksdb" else None
        self._home = self._folder.name if self._folder else HOME
        process = self._process()
        self._owner = Owner(process, app.name)
        self._broker = Broker(process, self._home, self._job.config)
        self._producers: list[Producer[Any, Any]] = []
        self._reach = self._reaching(None, None)
        self._dropped: Counter[str] = Counter()
        self._workers: list[Worker] = []
        self._count = workers
        self.restart()

    # ---- time and turns

    @property
    def now_ms(self) -> int:
        """The virtual wall clock."""
        return self._machine.now_ms

    def advance(self, milliseconds: int) -> None:
        """Let time pass, and whatever was due happen. Misuse, TypeError for what is no time to pass."""
        self._owner.idle()
        most = NUMBER_MAX - self._machine.now_ms  # so late is the last moment there is
        self._machine.advance(whole("milliseconds", milliseconds, 0, most))
        self.run()

    def run(self) -> None:
        """Turn until nothing is left to do. What a failing record raises comes out here."""
        with self._owner.turn():
            while True:
                turned = [worker.step() for worker in self._workers]
                if any(turned):
                    continue
                committed = [worker.commit() for worker in self._workers]
                if not any(committed):
                    return

    # ---- faults

    def crash(self, worker: int | None = None) -> None:
        """Kill one worker, or all: no commit, no goodbye. What was not committed is gone."""
        self._owner.idle()
        gone = self._workers if worker is None else [self._workers[worker]]
        for one in list(gone):
            self._count_drops(one)
            one.kill()
            assert isinstance(one.env, MemoryEnv)
            one.env.kill()
            self._workers.remove(one)
        self._machine.waited_s += JUMP_S

    def restart(self) -> None:
        """Start workers again until there are as many as at the beginning."""
        self._owner.idle()
        while len(self._workers) < self._count:
            self._workers.append(
                Worker(self._job, self._process(), self._home, memory=self._folder is None)
            )
        self.run()

    # ---- looking

    def topic(self, name: str) -> TopicUnderTest:
        """A topic to send to and to read from."""
        return TopicUnderTest(self._reach, name)

    @overload
    def input_topic(
        self, topic: Topic[K, V], *, start: Moment | None = None, advance: Duration = 0
    ) -> InputTopic[K, V]: ...
    @overload
    def input_topic(
        self,
        topic: str,
        *,
        key: Kind[K],
        value: Kind[V],
        start: Moment | None = None,
        advance: Duration = 0,
    ) -> InputTopic[K, V]: ...
    @overload
    def input_topic(
        self,
        topic: str,
        *,
        key: Any = None,
        value: Any = None,
        start: Moment | None = None,
        advance: Duration = 0,
    ) -> InputTopic[Any, Any]: ...
    def input_topic(
        self,
        topic: Any,
        *,
        key: Any = None,
        value: Any = None,
        start: Moment | None = None,
        advance: Duration = 0,
    ) -> InputTopic[Any, Any]:
        """A topic to pipe records into, whose time begins at `start`, now unless said, and goes on by
        `advance` with each record (Kafka: createInputTopic).

        Its types are the app's; `key=` and `value=` are for a topic that the app does not name.
        TopologyError for a start or an advance that is none.
        """
        start_ms = self.now_ms if start is None else instant_ms(start, "start=")
        reached = self._described(topic, key, value)
        return InputTopic(reached, start_ms, milliseconds(advance, "advance="))

    @overload
    def output_topic(self, topic: Topic[K, V]) -> OutputTopic[K, V]: ...
    @overload
    def output_topic(self, topic: str, *, key: Kind[K], value: Kind[V]) -> OutputTopic[K, V]: ...
    @overload
    def output_topic(
        self, topic: str, *, key: Any = None, value: Any = None
    ) -> OutputTopic[Any, Any]: ...
    def output_topic(
        self, topic: Any, *, key: Any = None, value: Any = None
    ) -> OutputTopic[Any, Any]:
        """A topic whose records are read one after the other (Kafka: createOutputTopic); types as of
        `input_topic`. Misuse for a type that has no codec.
        """
        return OutputTopic(self._described(topic, key, value))

    def store(self, name: str) -> StoreUnderTest:
        """The committed rows of a store, over all partitions."""
        self._owner.check()
        spec = self._job.plan.store(name)
        if spec is None:
            known = ", ".join(self._job.plan.readable) or "none"
            raise Misuse(f"there is no store {name!r} (stores: {known})")
        everywhere = name in self._job.plan.everywhere
        workers = self._workers[:1] if everywhere else self._workers
        held = [one for worker in workers for one in worker.held(name)]
        kind = kind_of(spec)
        versions = kind.versions and [kind.versions(*one) for one in held]
        return StoreUnderTest(spec, [kind.rows(*one) for one in held], versions)

    def dropped(self) -> dict[str, int]:
        """Records dropped so far, by reason."""
        self._owner.check()
        total = Counter(self._dropped)
        for worker in self._workers:
            total.update(worker.dropped())
        return dict(total)

    # ---- ends

    def close(self) -> None:
        """Let go of everything; uncommitted work is dropped. A second time it does nothing."""
        if self._owner.over:
            return
        self._owner.end()
        for worker in self._workers:
            worker.kill()
        self._workers.clear()
        for producer in self._producers:
            producer.close()
        self._broker.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _described(self, topic: Any, key: Any, value: Any) -> TopicUnderTest:
        if isinstance(topic, Topic):
            topic, key, value = topic.name, topic.key, topic.value
        reach = self._reach if key is None is value else self._reaching(key, value)
        return TopicUnderTest(reach, topic)

    def _reaching(self, key: Any, value: Any) -> Reach:
        """Topics have the app's codecs, but for what is said."""
        said = _codec(key, key_codec_for), _codec(value, codec_for)

        def codecs(topic: str) -> tuple[Codec[Any], Codec[Any]]:
            apps = topic_codecs(self._job.graph, topic) or (BYTES, BYTES)
            return said[0] or apps[0], said[1] or apps[1]

        def written(backend: Backend, topic: str) -> tuple[Codec[Any], Codec[Any]]:
            make_topic(self._job.graph, topic, self._job.config.topic_partitions, backend)
            return codecs(topic)

        producer: Producer[Any, Any] = Producer(
            self._broker, key=BYTES, value=BYTES, codecs=written, linger_ms=3_600_000
        )
        self._producers.append(producer)
        return Reach(self._broker.backend, producer, codecs, self.run, self._owner.check)

    def _count_drops(self, worker: Worker) -> None:
        self._dropped.update(worker.dropped())

    def _process(self) -> MemoryEnv:
        return _Process(self._machine, self._folder.name if self._folder else None)


def _codec(said: Any, codec_of: Callable[[Any], Codec[Any]]) -> Codec[Any] | None:
    return said if said is None or isinstance(said, Codec) else codec_of(said)


class _Process(MemoryEnv):
    """A process on a machine in memory whose state directories, if it has any, are real ones."""

    def __init__(self, machine: MemoryMachine, folder: str | None) -> None:
        super().__init__(machine)
        machine.processes += 1
        self._folder = folder
        self._disk = RealEnv() if folder else None

    def list(self, path: str) -> list[str]:
        disk = self._real(path)
        return disk.list(path) if disk else super().list(path)

    def make_dirs(self, path: str) -> None:
        disk = self._real(path)
        super().make_dirs(
            path
        )  # locks are the machine's: it lets go of those of a process that crashed
        if disk:
            disk.make_dirs(path)

    def remove_tree(self, path: str) -> None:
        disk = self._real(path)
        if disk:
            disk.remove_tree(path)
        else:
            super().remove_tree(path)

    def _real(self, path: str) -> RealEnv | None:
        below = self._folder is not None and path.startswith(f"{self._folder}/state")
        return self._disk if below else None
