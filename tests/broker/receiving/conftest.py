"""Members of a group in one machine in memory, each a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import INT, STR
from streamz_core.env.memory import MemoryEnv, MemoryMachine

Another = Callable[[], Broker]
Where = tuple[str, int]


@define
class Crew:
    """Consumers of the group g, with what they were told, by their number."""

    machine: MemoryMachine
    another: Another
    members: list[Consumer[str, int]] = field(factory=list)
    brokers: list[Broker] = field(factory=list)
    told: dict[int, list[tuple[str, list[Where]]]] = field(factory=dict)

    def join(self, topics: Any = ("t",), **options: Any) -> Consumer[str, int]:
        """One more, in a new process."""
        number = len(self.members)
        self.told[number] = []

        def tell(what: str) -> Callable[[Any, Any], None]:
            return lambda _, parts: self.told[number].append((what, sorted(parts)))

        listening = {f"on_{what}": tell(what) for what in ("assigned", "revoked", "lost")}
        broker = self.another()
        told = {"key": STR, "value": INT, "group": "g", **listening, **options}
        self.brokers.append(broker)
        self.members.append(Consumer(broker, topics, **told))
        return self.members[-1]

    def settle(self, *members: Consumer[str, int], turns: int = 6) -> list[int]:
        """All poll, or these, for a while; what they are given."""
        found = []
        for _ in range(turns):
            for one in members or self.members:
                found += [record.value for record in one.poll(0)]
            self.machine.advance(150)  # the locks of the others are looked at again
        return found

    def parts(self) -> list[list[Where]]:
        """What each has."""
        return [sorted(one.positions()) for one in self.members]

    def all(self) -> list[Where]:
        """What all of them have; one that two have stands there twice."""
        return sorted(where for parts in self.parts() for where in parts)

    def kill(self, one: Consumer[str, int]) -> None:
        """As kill -9 does."""
        number = self.members.index(one)
        env = self.brokers.pop(number).env
        assert isinstance(env, MemoryEnv)
        env.kill()
        self.members.remove(one)

    def write(self, topic: str, partition: int, *numbers: int) -> None:
        """Records with these values."""
        broker = self.another()
        transaction = broker.transaction()
        values = [INT.encode(number) for number in numbers]
        transaction.send(topic, partition, [b"k"] * len(values), values, [5] * len(values))
        transaction.commit()
        broker.close()


@pytest.fixture
def crew(machine: MemoryMachine, another: Another) -> Crew:
    """Topic t has four partitions, with a record each, that of the partition's number."""
    broker = another()
    Admin(broker).create_topic("t", 4)
    broker.close()
    crew = Crew(machine, another)
    for partition in range(4):
        crew.write("t", partition, partition)
    return crew
