"""A log in memory with topic t, and a janitor beside it."""

from __future__ import annotations

import pytest
from attrs import define, evolve

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.moved.sealed import Row
from streamz_core.log.upkeep.upkeep import Upkeep
from tests.log.conftest import read, send
from tests.log.records.conftest import owned

LIMITS = Limits(seal_bytes=1, inline_bytes=0)


@define
class House:
    """`log`: a writer; `janitor`: the handle of `upkeep`."""

    machine: MemoryMachine
    log: Log
    janitor: Log
    upkeep: Upkeep

    def files(self, folder: str) -> list[str]:
        """Every file below a folder of the log."""
        return [
            path.removeprefix("/log/")
            for path, _ in self.machine.tree.files()
            if path.startswith(f"/log/{folder}/") and not path.endswith("lock")
        ]

    def sealed(self, partition: int = 0) -> Row:
        self.log.refresh()
        return self.log.state.sealed.of(1, partition)

    def settle(self) -> None:
        """Turn until there is nothing left to be done."""
        if self.log.guard.fit:
            self.log.tick()
        for _ in range(20):
            self.upkeep.turn()
        assert not self.upkeep.turn()

    def ask(self, **config: object) -> None:
        """The janitor is told other settings of topic t."""
        state = self.janitor.state
        state.topics[1] = state.names["t"] = evolve(state.topics[1], config=config)

    def another(self, limits: Limits = LIMITS) -> Log:
        return Log.open(self.machine.process(), "/log", limits=limits)


def house(machine: MemoryMachine, limits: Limits = LIMITS, level: str = "power") -> House:
    log = Log.open(machine.process(), "/log", level=level, limits=limits)
    log.create_topic("t", 2, {})
    log.watch(["t"])
    janitor = Log.open(machine.process(), "/log", limits=limits)
    return House(machine, log, janitor, Upkeep(janitor))


@pytest.fixture
def kept() -> House:
    """Everything is sealed at once, and files of about one size are merged by eights."""
    return house(MemoryMachine())


def values(count: int, begin: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(begin, begin + count)]


__all__ = ["LIMITS", "House", "evolve", "house", "kept", "owned", "read", "send", "values"]
