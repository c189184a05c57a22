"""What anybody can see of a running app who follows its log: progress, owners, commits."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from examples.flights.app import app
from streamz_core.broker.admin import Admin
from streamz_core.broker.backend import next_offset
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import STR

PROBE_S = 0.05
Inputs = list[tuple[str, int]]  # (topic, partition)


class Watch:
    """The app as its broker tells it; `look()` again for what is new."""

    def __init__(self) -> None:
        self.broker = app.broker(create=False)
        self.backend = self.broker.backend
        self.subs = app.job().subs
        self.look()

    def look(self) -> None:
        self.backend.refresh()

    def tasks(self) -> Iterator[tuple[str, Inputs]]:
        """(task, the partitions it reads), of all whose topics are there."""
        known = self.backend.topics()
        for sub in self.subs.values():
            topics = [known[one.topic] for one in sub.inputs if one.topic in known]
            for partition in range(max((topic.partitions for topic in topics), default=0)):
                yield (
                    f"{sub.name}/{partition}",
                    [(topic.name, partition) for topic in topics if partition < topic.partitions],
                )

    def reading(self, topic: str) -> list[str]:
        """The tasks that read this topic."""
        return [task for task, inputs in self.tasks() if topic in dict(inputs)]

    def owners(self) -> dict[str, int]:
        """The process of each task that has one."""
        found = {task: self.backend.owner(app.name, task) for task, _ in self.tasks()}
        return {task: int(one.info["pid"]) for task, one in found.items() if one is not None}

    def consumed(self, topic: str) -> int:
        """How many records of the topic the app has committed."""
        return sum(
            next_offset(self.backend, app.name, topic, p)
            for p in range(self.backend.topics()[topic].partitions)
        )

    def offsets(self, task: str) -> list[int]:
        """How far a task has committed, for each of its inputs."""
        return [next_offset(self.backend, app.name, *where) for where in dict(self.tasks())[task]]

    def finished(self) -> bool:
        """Whether everything in every input was consumed, those between the steps included."""
        inputs = [where for _, inputs in self.tasks() for where in inputs]
        return all(
            self.backend.end(*where) == next_offset(self.backend, app.name, *where)
            for where in inputs
        )


class Probe:
    """Commits of one record, now and then: what a program beside the workers waits for its own."""

    def __init__(self, broker: Broker) -> None:
        Admin(broker).create_topic("probe", 1)
        self.took_ms: list[float] = []
        self._producer = Producer(broker, key=STR, value=STR)
        self._next_s = 0.0

    def commit(self) -> None:
        """One, if the last was a while ago. When it returns, it is as safe as the log promises."""
        start_s = perf_counter()
        if start_s < self._next_s:
            return
        self._next_s = start_s + PROBE_S
        self._producer.send("probe", "")
        self._producer.flush()
        self.took_ms.append((perf_counter() - start_s) * 1000)
