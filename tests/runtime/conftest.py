"""An app on a machine in memory, turned by hand."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field

from streamz_core.app import App
from streamz_core.broker.embedded import Broker, EmbeddedBackend
from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.env.real import RealEnv
from streamz_core.record import Batch
from streamz_core.runtime.job import Job
from streamz_core.runtime.worker import Worker

HOME = "/home"
Row = tuple[Any, Any, int]


class OnDisk(MemoryEnv):
    """A process on a machine in memory whose state directories are real ones: RocksDB needs them."""

    real = RealEnv()

    def list(self, path: str) -> list[str]:
        return self.real.list(path) if "/state/" in path else super().list(path)

    def make_dirs(self, path: str) -> None:
        super().make_dirs(path)  # locks are the machine's
        if "/state/" in path:
            self.real.make_dirs(path)

    def remove_tree(self, path: str) -> None:
        (self.real if "/state/" in path else super()).remove_tree(path)


@define
class House:
    """One app, its log, and as many workers as a test starts. Nothing runs by itself.

    Stores lie in memory, or under `home` if that is a real directory.
    """

    job: Job
    home: str = HOME
    machine: MemoryMachine = field(factory=MemoryMachine)
    workers: list[Worker] = field(factory=list)
    broker: Broker = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.broker = Broker(self.machine.process(), self.home, Config(durability="process"))

    @property
    def backend(self) -> EmbeddedBackend:
        """The broker as the test's own process sees it."""
        return self.broker.backend

    def worker(self, env: MemoryEnv | None = None) -> Worker:
        """One more."""
        in_memory = self.home == HOME
        env = env or (self.machine.process() if in_memory else OnDisk(self.machine))
        self.workers.append(Worker(self.job, env, self.home, memory=in_memory))
        return self.workers[-1]

    def kill(self, worker: Worker) -> None:
        """As kill -9 does."""
        worker.kill()
        assert isinstance(worker.env, MemoryEnv)
        worker.env.kill()
        self.workers.remove(worker)

    def send(self, topic: str, *rows: Row, partition: int = 0) -> None:
        """Records of (key, value, timestamp), all strings, in one commit."""
        self.backend.refresh()
        transaction = self.broker.transaction()
        keys, values = (
            [None if row[i] is None else row[i].encode() for row in rows] for i in (0, 1)
        )
        transaction.send(topic, partition, keys, values, [row[2] for row in rows])
        transaction.commit()

    def turn(self, turns: int = 1, *, wait_s: float = 0.2) -> None:
        """Every worker in turn, so many times; time passes in between."""
        for _ in range(turns):
            for worker in list(self.workers):
                worker.step()
            self.machine.waited_s += wait_s

    def settle(self) -> None:
        """Until everything is consumed and nobody had anything to do for a second."""
        quiet = 0
        for _ in range(5000):
            done = [worker.step() for worker in self.workers]
            quiet = 0 if any(done) else quiet + 1
            if quiet == 5 and all(worker.finished for worker in self.workers):
                return
            self.machine.waited_s += 0.2 if quiet else 0.0
        raise AssertionError("no end to it")

    def batches(self, topic: str, partition: int = 0) -> list[Batch]:
        """Everything in a partition, as bytes."""
        self.backend.watch([topic])
        self.backend.refresh()
        return self.backend.fetch(topic, partition, 0, bytes_max=1 << 60)

    def rows(self, topic: str, partition: int = 0, *, value: Any = STR) -> list[Row]:
        """Everything in a partition."""
        return [
            (*(codec.decode_all([data])[0] for codec, data in ((STR, key), (value, data))), stamp)
            for batch in self.batches(topic, partition)
            for key, data, stamp in zip(batch.keys, batch.values, batch.timestamps, strict=True)
        ]

    def counts(self, topic: str = "out", partition: int = 0) -> list[tuple[str, int]]:
        """Keys and values of a partition of ints."""
        return [(key, value) for key, value, _ in self.rows(topic, partition, value=INT)]


def counting(**settings: Any) -> App:
    """in -> a count for each key -> out."""
    app = App("count", **settings)
    lines = app.stream("in", key=str, value=str)

    @lines.group_by_key().aggregate(initial=int, value=int)
    def total(count: int, line: str) -> int:
        if line == "fail":
            raise ValueError(line)
        return count + 1

    total.to("out")
    return app


def house_of(app: App, partitions: int = 1, home: str = HOME, **overrides: Any) -> House:
    """An app on a machine in memory."""
    settings = {"durability": "process", "topic_partitions": partitions, "log_free_bytes": 0}
    return House(app.job({**settings, **overrides}, MemoryEnv()), home)


@pytest.fixture
def house() -> House:
    """The counting app, one partition."""
    return house_of(counting())
