"""The process beside the workers."""

from __future__ import annotations

import pytest

from streamz_core.broker.embedded import Broker
from streamz_core.env.memory import MemoryMachine
from streamz_core.runtime.beside.janitor import TURN_S, tend


class Tended:
    """Counts what it is asked for."""

    def __init__(self, machine: MemoryMachine, busy: int) -> None:
        self.machine = machine
        self.busy = busy
        self.turns: list[float] = []
        self.kept = 0

    def tend(self) -> bool:
        self.turns.append(self.machine.monotonic())
        return len(self.turns) <= self.busy

    def upkeep(self) -> None:
        self.kept += 1

    def refresh(self) -> bool:
        return False

    def wait(self, timeout_s: float) -> None:
        self.machine.advance(int(min(timeout_s, 0.1) * 1000) or 1)


def test_it_has_turns_at_once_while_there_is_something_to_do() -> None:
    machine = MemoryMachine()
    backend, start_s = Tended(machine, 3), machine.monotonic()
    stop_s = start_s + 3 * TURN_S + 0.5
    tend(machine.process(), backend, lambda: machine.monotonic() >= stop_s)  # type: ignore[arg-type]
    waited = [round(at_s - start_s, 1) for at_s in backend.turns]
    assert waited == pytest.approx([0, 0, 0, 0, TURN_S, 2 * TURN_S, 3 * TURN_S], abs=0.11)
    assert backend.kept > 30


def test_one_tends_and_the_others_wait_for_its_end() -> None:
    machine = MemoryMachine()
    first, second = Broker(machine.process(), "/home"), Broker(machine.process(), "/home")
    for broker in (first, second):
        assert not broker.backend.tend()
    assert first.backend.log.index.everything
    assert not second.backend.log.index.everything
    first.close()
    second.backend.tend()
    assert second.backend.log.index.everything
    second.close()
