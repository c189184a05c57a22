"""A worker's loop asks nothing of what has its turn but what Turn says."""

from __future__ import annotations

import pytest
from attrs import define, field

from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import StorageFull
from streamz_core.runtime.rounds.turns import Turn
from streamz_core.runtime.worker import Worker
from tests.runtime.conftest import House


@define
class Clockwork:
    """Something that wants its turn every second, and is no task."""

    env: MemoryEnv
    turns: list[float] = field(factory=list)
    error: Exception | None = None
    closed: int = 0

    def turn(self) -> bool:
        if self.env.monotonic() < self.due_s():
            return False
        if self.error is not None:
            raise self.error
        self.turns.append(self.env.monotonic())
        return True

    def due_s(self) -> float:
        return self.turns[-1] + 1.0 if self.turns else 0.0

    def close(self) -> None:
        self.closed += 1


class WithClockwork(Worker):
    """A further kind of turn is one more entry in the list."""

    def __init__(self, house: House) -> None:
        env = house.machine.process()
        self.clockwork = Clockwork(env)
        super().__init__(house.job, env, house.home, memory=True)
        house.workers.append(self)

    def turns(self) -> list[Turn]:
        return [*super().turns(), self.clockwork]


def test_a_further_kind_of_turn_needs_nothing_in_the_loop(house: House) -> None:
    worker = WithClockwork(house)
    house.send("in", ("a", "x", 1))
    house.settle()
    assert house.counts() == [("a", 1)]
    house.machine.waited_s += 10.0
    worker.clockwork.turns.clear()
    assert worker.step()
    assert not worker.step()
    assert worker.idle_s() == pytest.approx(0.1)
    house.machine.waited_s += 0.95
    assert worker.idle_s() == pytest.approx(0.05)
    assert not worker.step()
    house.machine.waited_s += 0.05
    assert worker.idle_s() == 0
    assert worker.step()
    assert worker.clockwork.turns[1] - worker.clockwork.turns[0] == pytest.approx(1.0)
    house.workers.clear()
    worker.close()
    assert worker.clockwork.closed == 1


def test_what_fails_in_a_turn_leaves_what_the_others_did_committed(house: House) -> None:
    worker = WithClockwork(house)
    house.settle()
    house.send("in", ("a", "x", 1))
    house.machine.waited_s += 10.0
    worker.clockwork.error = ValueError("out of order")
    with pytest.raises(ValueError, match="out of order"):
        worker.step()
    assert house.counts() == [("a", 1)]


def test_while_the_disk_is_full_nothing_that_is_due_keeps_the_worker_awake(house: House) -> None:
    worker = WithClockwork(house)
    house.settle()
    house.machine.waited_s += 10.0
    assert worker.idle_s() == 0
    worker._pace.pause(StorageFull("no room"))
    assert not worker.step()
    assert worker.idle_s() == pytest.approx(0.1)


def test_a_round_in_which_nothing_came_gives_nobody_a_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = WithClockwork(house)
    house.settle()
    house.machine.waited_s += 10.0
    worker.step()
    while worker.step():
        pass
    asked: list[float] = []
    turn = worker.turn
    monkeypatch.setattr(worker, "turn", lambda: bool(asked.append(0.0)) or turn())
    assert worker.idle_s() > 0
    assert not worker.step()
    assert asked == []
    house.send("in", ("a", "x", 1))
    while not asked:
        worker.step()
    house.settle()
    assert house.counts() == [("a", 1)]
    assert worker.idle_s() > 0
    house.machine.waited_s += 1.0
    asked.clear()
    assert worker.step()  # the clockwork is due
    assert asked == [0.0, 0.0]  # the second time nothing is left


def test_a_round_goes_on_until_a_commit_is_due_or_its_time_is_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = house.worker()
    house.settle()
    asked: list[float] = []
    clock = house.machine

    def turn() -> bool:
        asked.append(clock.waited_s)
        clock.waited_s += 0.002
        return True

    monkeypatch.setattr(worker, "turn", turn)
    worker._pace.rouse()
    assert worker.step()
    assert len(asked) == 4  # one, and those that begin within 5 ms
    monkeypatch.setattr(worker._pace, "due", lambda *, idle: True)
    worker.step()
    assert len(asked) == 5


def test_a_round_while_the_disk_was_full_is_no_rest(house: House) -> None:
    """What is there to be read waits for the disk, and for nothing else."""
    worker = WithClockwork(house)
    house.settle()
    house.send("in", ("a", "x", 1))
    worker.backend.refresh()
    worker._pace.pause(StorageFull("no room"))
    assert not worker.step()
    assert worker.idle_s() > 0
    house.machine.waited_s += 1.0
    house.settle()
    assert house.counts() == [("a", 1)]
