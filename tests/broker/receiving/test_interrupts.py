"""An interrupt anywhere in a poll that gives partitions away, or takes some: nothing is left out, and nobody is stuck."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import NotReady
from tests.broker.conftest import HOME
from tests.broker.test_consumer import interrupted_at, write

MOST = 4000


class Pair:
    """Two members of a group, of which one may have to be made anew."""

    def __init__(self) -> None:
        self.machine = MemoryMachine()
        self.found: list[int | None] = []
        self.brokers: list[Broker] = []
        self.members: list[Consumer[str, int]] = []
        broker = self.opened()
        Admin(broker).create_topic("t", 2)
        write(broker, 0, [0, 1, 2])
        write(broker, 1, [10, 11])

    def opened(self) -> Broker:
        return Broker(self.machine.process(), HOME, Config(durability="process"))

    def join(self, *, commits: bool) -> Consumer[str, int]:
        listening: dict[str, Any] = {}
        if commits:
            listening = {"on_revoked": lambda consumer, _: consumer.commit()}
        self.brokers.append(self.opened())
        self.members.append(
            Consumer(self.brokers[-1], ["t"], key=STR, value=INT, group="g", **listening)
        )
        return self.members[-1]

    def poll(self, one: Consumer[str, int]) -> None:
        self.found += [record.value for record in one.poll(0, 2)]

    def again(self, number: int) -> None:
        """It is of no use any more: its process ends, and another one comes."""
        env = self.brokers.pop(number).env
        assert isinstance(env, MemoryEnv)
        env.kill()
        del self.members[number]
        self.join(commits=False)

    def settle(self) -> None:
        for _ in range(12):
            for one in self.members:
                self.poll(one)
            self.machine.advance(150)


@pytest.mark.parametrize("who", ["giver", "taker"])
@pytest.mark.parametrize("commits", [False, True])
def test_everything_is_given_and_each_has_one(who: str, commits: bool) -> None:
    hit = broken = 0
    for number in range(1, MOST, 3):
        pair = Pair()
        giver = pair.join(commits=commits)
        pair.poll(giver)
        taker = pair.join(commits=False)
        if who == "taker":
            pair.poll(giver)
        one = giver if who == "giver" else taker
        if not interrupted_at(number, lambda one=one, pair=pair: pair.poll(one)):
            break
        hit += 1
        try:
            pair.poll(one)
        except NotReady:
            broken += 1
            pair.again(pair.members.index(one))
        pair.settle()
        assert set(pair.found) >= {0, 1, 2, 10, 11}, number
        assert sorted(len(each.positions()) for each in pair.members) == [1, 1], number
        for each in pair.members:
            each.commit()
        backend = pair.brokers[0].backend
        backend.refresh()
        assert [backend.committed("g", "t", part) for part in (0, 1)] == [3, 2], number
    assert hit > broken > 10, "both happen, and it came to an end"
    assert number < MOST - 3
