"""A small app with a store of each kind, run in this process by as many workers as a test wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamz_core import App, memory, tumbling, versioned
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import STR
from streamz_core.config import Config
from streamz_core.env.real import RealEnv
from streamz_core.query.answers import Answers
from streamz_core.query.routing import ADDRESS
from streamz_core.query.server import Server
from streamz_core.runtime.job import Job
from streamz_core.runtime.state.reading import OpenTasks
from streamz_core.runtime.worker import Worker

PARTITIONS = 2
KEYS = [f"k{number}" for number in range(12)]


def counting() -> App:
    app = App("counting", home="/nowhere", topic_partitions=PARTITIONS, durability="process")
    lines = app.stream("lines", key=str, value=str)
    seen = app.store("seen", key=str, value=str)
    lines.group_by_key().count(name="counts")
    lines.to_table(name="said", materialized=versioned("1h"))
    lines.group_by_key().count(name="brief", materialized=memory())

    @lines.group_by_key().window(tumbling("1m")).aggregate(initial=int, retention="1h")
    def sizes(total: int, line: str) -> int:
        return total + len(line)

    @lines.flat_map_values(store=seen)
    def noted(line: str, seen: Any) -> list[str]:
        seen[line] = line.upper()
        return []

    return app


class Place:
    """A home directory, its producer, and workers that turn when they are told to."""

    def __init__(self, folder: Path, app: App | None = None) -> None:
        self.home = str(folder)
        self.env = RealEnv()
        self.job: Job = (app or counting()).job(env=self.env)
        self.plan = self.job.plan
        self.broker = Broker(self.env, self.home, Config(durability="process"))
        self.backend = self.broker.backend
        self._workers: list[OneWorker] = []

    def worker(self) -> OneWorker:
        found = OneWorker(self.job, self.env, self.home)
        self._workers.append(found)
        return found

    def send(self, key: str, value: str, timestamp: int = 5, *, topic: str = "lines") -> None:
        with Producer(self.broker, key=STR, value=STR) as producer:
            producer.send(topic, value, key=key, timestamp=timestamp)

    def settle(self) -> None:
        """Turn all workers until none has anything to do."""
        living = [one.worker for one in self._workers if one.worker is not None]
        while sum(worker.step() for worker in living) or sum(worker.commit() for worker in living):
            continue
        self.backend.refresh()

    def close(self) -> None:
        for one in self._workers:
            one.close()
        self.broker.close()


class OneWorker:
    """A worker and its server, which is there first."""

    def __init__(self, job: Job, env: RealEnv, home: str) -> None:
        self.shown = OpenTasks()
        self.answers = Answers(job.plan, self.shown, env)
        self.server = Server(self.answers, env)
        self.server.start()
        self.address = self.server.address
        self.port = int(self.address.partition(":")[2])
        self.worker: Worker | None = None
        self._make = lambda: Worker(
            job, env, home, info={ADDRESS: self.address, "pid": env.pid()}, shown=self.shown
        )

    def join(self) -> OneWorker:
        self.worker = self._make()
        return self

    @property
    def partitions(self) -> set[int]:
        """Those whose tasks it owns."""
        assert self.worker is not None
        return {int(task.rpartition("/")[2]) for task in self.worker.tasks}

    def die(self) -> None:
        """As after SIGKILL: no word to anybody, the locks are free."""
        assert self.worker is not None
        self.worker.kill()
        self.worker.backend.close()
        self.worker = None

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()
            self.worker = None
        self.server.close()
