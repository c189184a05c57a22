"""When a worker commits."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from attrs import define

from streamz_core.app import App
from streamz_core.broker.backend import Mark
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import StorageFull
from streamz_core.runtime.rounds import pace as paces
from streamz_core.runtime.rounds.pace import FULL_RETRY_S, PAUSE_MIN_S, Pace
from streamz_core.runtime.rounds.waking import Waking

MIB = 1 << 20


@define
class Fake:
    """A task as far as the pace looks at it."""

    dirty: bool = False
    bytes: int = 0
    full: bool = False
    urgent: bool = False
    behind: bool = False

    @property
    def ripe(self) -> bool:
        return self.dirty


class Backend:
    commit_bytes = 64 * MIB

    def __init__(self) -> None:
        self.mark = Mark(7, b"")


@define
class Bench:
    """One task, and commits that take `cost_s` and may fail."""

    machine: MemoryMachine
    pace: Pace
    task: Fake
    backend: Backend
    cost_s: float = 0.0001
    commits: int = 0
    error: Exception | None = None

    def commit(self, _backend: Any, _group: str, tasks: list[Fake]) -> object:
        assert tasks == [self.task]
        self.machine.waited_s += self.cost_s
        if self.error is not None:
            raise self.error
        self.commits += 1
        self.task.dirty = self.task.full = False
        self.task.bytes = 0
        return self

    def turn(self, *, idle: bool) -> bool:
        """As a worker does in each round."""
        return self.pace.due(idle=idle) and self.pace.commit()

    def work(self) -> None:
        self.task.dirty = True

    def turns(self, seconds: float, step_s: float, *, idle: bool) -> int:
        """Commits in so much time, with work in every step."""
        before, end_s = self.commits, self.machine.monotonic() + seconds
        while self.machine.monotonic() < end_s:
            self.work()
            self.turn(idle=idle)
            self.machine.waited_s += step_s
        return self.commits - before


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    machine, task = MemoryMachine(), Fake()
    machine.waited_s = 100.0
    job = App("a").job({"commit_interval_ms": 100}, MemoryEnv())
    backend = Backend()
    tasks: Any = {"t/0": task}
    pace = Pace(job, backend, machine.process(), tasks, Waking(bool))  # type: ignore[arg-type]
    found = Bench(machine, pace, task, backend)
    monkeypatch.setattr(paces, "commit_tasks", found.commit)
    return found


def test_nothing_is_committed_unless_something_was_done(bench: Bench) -> None:
    assert not bench.turn(idle=True)
    assert bench.pace.due_s() == inf
    assert bench.commits == 0


def test_rest_ends_with_its_time_or_with_the_next_commit_of_anybody(bench: Bench) -> None:
    pace, now_s = bench.pace, bench.machine.monotonic()
    assert not pace.resting
    pace.rest(now_s + 1.0)
    assert pace.resting
    bench.machine.waited_s += 1.0
    assert not pace.resting
    pace.rest(inf)
    assert pace.resting
    bench.backend.mark = Mark(8, b"")
    assert not pace.resting


def test_rest_ends_when_somebody_wakes_it(bench: Bench) -> None:
    pace = bench.pace
    pace.rest(inf)
    pace._waking()
    assert not pace.resting
    pace.rouse()
    pace.rest(inf)
    assert pace.resting


def test_at_once_when_nothing_more_comes(bench: Bench) -> None:
    bench.work()
    assert bench.pace.due_s() <= bench.machine.monotonic()
    assert bench.turn(idle=True)
    assert bench.commits == 1


def test_at_the_interval_while_more_comes(bench: Bench) -> None:
    bench.turns(1.0, 0.001, idle=False)
    assert 9 <= bench.turns(1.0, 0.001, idle=False) <= 11


def test_not_too_often_for_what_a_commit_costs(bench: Bench) -> None:
    """A third of the time at most, whatever it costs."""
    assert bench.turns(1.0, 0.0001, idle=True) > 0.3 / PAUSE_MIN_S
    bench.cost_s = 0.01
    bench.turns(1.0, 0.0001, idle=True)
    assert 30 <= bench.turns(1.0, 0.0001, idle=True) <= 36


def test_one_commit_that_took_long_says_little(bench: Bench) -> None:
    bench.turns(1.0, 0.0001, idle=True)
    bench.cost_s = 10.0
    bench.work()
    bench.turn(idle=True)
    bench.cost_s = 0.0001
    bench.work()
    assert bench.pace.due_s() - bench.machine.monotonic() < 2 * PAUSE_MIN_S


@pytest.mark.parametrize("much", [{"bytes": 16 * MIB}, {"full": True}, {"urgent": True}])
def test_earlier_if_it_would_become_too_much(bench: Bench, much: dict[str, Any]) -> None:
    bench.work()
    bench.pace.commit()
    bench.work()
    bench.machine.waited_s += 0.05
    assert not bench.turn(idle=False)
    for name, value in much.items():
        setattr(bench.task, name, value)
    assert bench.turn(idle=False)


def test_while_the_disk_is_full_it_is_tried_once_a_second(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.error = StorageFull("no room")
    bench.work()
    assert not bench.turn(idle=True)
    assert bench.pace.paused
    assert bench.pace.due_s() == bench.machine.monotonic() + FULL_RETRY_S
    bench.machine.waited_s += FULL_RETRY_S / 2
    assert bench.pace.paused
    bench.machine.waited_s += FULL_RETRY_S / 2
    assert not bench.pace.paused
    assert not bench.turn(idle=True)
    assert bench.pace.paused
    bench.error = None
    bench.machine.waited_s += FULL_RETRY_S
    assert bench.turn(idle=True)
    assert not bench.pace.paused
    assert [record.getMessage() for record in caplog.records] == [
        "paused: no room",
        "there is room again: going on",
    ]


def test_it_got_on_also_if_all_was_undone_to_be_done_again(bench: Bench) -> None:
    """A record that failed at the commit: the task is clean, and has work to do."""
    bench.work()
    assert bench.pace.commit()
    assert not bench.pace.commit()
