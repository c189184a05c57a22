"""What anybody can see of a running app who follows its log: progress, owners, commits."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from examples.flights.app import app
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import STR

PROBE_S = 0.05
Inputs = list[tuple[int, int]]  # (topic id, partition)


class Watch:
    """The app as its log tells it; `look()` again for what is new."""

    def __init__(self) -> None:
        self.broker = app.broker(create=False)
        self.subs = app.job().subs
        self.look()

    def look(self) -> None:
        self.broker.log.refresh()

    def tasks(self) -> Iterator[tuple[str, Inputs]]:
        """(task, the partitions it reads), of all whose topics are there."""
        names = self.broker.log.state.names
        for sub in self.subs.values():
            topics = [names[one.topic] for one in sub.inputs if one.topic in names]
            for partition in range(max((topic.partitions for topic in topics), default=0)):
                yield (
                    f"{sub.name}/{partition}",
                    [(topic.id, partition) for topic in topics if partition < topic.partitions],
                )

    def reading(self, topic: str) -> list[str]:
        """The tasks that read this topic."""
        known = self.broker.log.state.names[topic].id
        return [task for task, inputs in self.tasks() if known in dict(inputs)]

    def owners(self) -> dict[str, int]:
        """The process of each task that has one."""
        state = self.broker.log.state
        found = {}
        for task, owner in state.group(app.name).owners.items():
            member = state.members.get(owner.incarnation)
            if member is not None:
                found[task] = int(member.info["pid"])
        return found

    def consumed(self, topic: str) -> int:
        """How many records of the topic the app has committed."""
        state = self.broker.log.state
        known = state.names[topic]
        return sum(state.next_offset(app.name, known.id, p) for p in range(known.partitions))

    def offsets(self, task: str) -> list[int]:
        """How far a task has committed, for each of its inputs."""
        state = self.broker.log.state
        return [state.next_offset(app.name, *where) for where in dict(self.tasks())[task]]

    def finished(self) -> bool:
        """Whether everything in every input was consumed, those between the steps included."""
        state = self.broker.log.state
        inputs = [where for _, inputs in self.tasks() for where in inputs]
        return all(state.end(*where) == state.next_offset(app.name, *where) for where in inputs)


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
