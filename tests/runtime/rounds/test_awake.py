"""A task without anything to do costs a round nothing, and is there when something comes."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from attrs import define, field

from streamz_core import App
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.runtime.rounds.awake import Awake
from streamz_core.runtime.task.task import Task
from streamz_core.runtime.task.timers import NEVER
from tests.runtime.conftest import house_of


@define
class Fake:
    """A task as far as it is looked at here."""

    name: str
    reads: list[tuple[str, int]]
    until_s: float = inf
    until_ms: int = NEVER
    dirty: bool = False
    possible: bool = True

    @property
    def rest(self) -> Fake:
        return self


@define
class Bench:
    """Three tasks, a backend that has news, and two clocks."""

    machine: MemoryMachine = field(factory=MemoryMachine)
    tasks: dict[str, Any] = field(factory=dict)
    came: list[tuple[str, int]] = field(factory=list)
    wall_ms: int = 1000

    def news(self) -> list[tuple[str, int]]:
        found, self.came = self.came, []
        return found

    def make(self) -> Awake:
        bench = self

        class Env(MemoryEnv):
            def now_ms(self) -> int:
                return bench.wall_ms

        for at in range(3):
            self.tasks[f"t/{at}"] = Fake(f"t/{at}", [("in", at), ("all", 0)])
        awake = Awake(self.tasks, self, Env(self.machine))  # type: ignore[arg-type]
        awake.renew()
        return awake


@pytest.fixture
def bench() -> Bench:
    return Bench()


def names(awake: Awake) -> list[str]:
    awake.look()
    return [task.name for task in awake.tasks]


def test_it_rests_until_a_record_comes_to_it(bench: Bench) -> None:
    awake = bench.make()
    bench.tasks["t/1"].until_s = 0.0
    assert names(awake) == ["t/0", "t/1", "t/2"]
    awake.rest()
    assert names(awake) == ["t/1"]
    bench.tasks["t/1"].until_s = inf
    awake.rest()
    assert names(awake) == []
    assert awake.busy == {}
    bench.came = [("in", 2), ("in", 7), ("other", 0)]
    assert names(awake) == ["t/2"]
    bench.came = [("in", 2), ("in", 0)]
    assert names(awake) == ["t/0", "t/2"], "in their order, whoever came first"
    assert list(awake.busy) == ["t/0", "t/2"]
    bench.came = [("all", 0)]
    assert names(awake) == list(awake._order) == list(bench.tasks)
    assert set(awake.busy) == set(bench.tasks)


def test_it_rests_until_its_time_comes(bench: Bench) -> None:
    awake, now_s = bench.make(), bench.machine.monotonic()
    assert awake.due_s == inf
    for at, task in enumerate(bench.tasks.values()):
        task.until_s = now_s + 10 * (at + 1)
    awake.rest()
    assert awake.due_s == now_s + 10
    assert names(awake) == []
    bench.machine.waited_s += 10
    assert names(awake) == ["t/0"]
    assert awake.due_s == now_s + 20
    bench.came = [("in", 1)]
    assert names(awake) == ["t/0", "t/1"]
    bench.machine.waited_s += 10
    assert names(awake) == ["t/0", "t/1"]
    assert awake.due_s == now_s + 30, "what named a time and woke before leaves none behind"


def test_a_timer_by_the_wall_clock_ends_it_whatever_the_other_clock_says(bench: Bench) -> None:
    awake = bench.make()
    bench.tasks["t/1"].until_ms = 5000
    bench.tasks["t/2"].until_ms = 6000
    awake.rest()
    bench.wall_ms = 4999
    assert names(awake) == []
    bench.wall_ms = 5000
    assert names(awake) == ["t/1"]
    bench.wall_ms = 6000
    assert names(awake) == ["t/1", "t/2"]


def test_one_that_rests_and_has_something_to_commit_is_busy_until_then(bench: Bench) -> None:
    awake = bench.make()
    first, second, _ = bench.tasks.values()
    first.dirty = second.dirty = True
    awake.rest()
    assert names(awake) == []
    assert list(awake.busy) == ["t/0", "t/1"]
    first.dirty = second.dirty = False
    second.possible = False  # it was undone
    awake.settle()
    assert list(awake.busy) == ["t/1"]
    assert names(awake) == ["t/1"]


def test_what_was_opened_anew_has_something_to_do(bench: Bench) -> None:
    awake = bench.make()
    awake.rest()
    del bench.tasks["t/1"]
    awake.renew()
    assert names(awake) == list(awake.busy) == ["t/0", "t/2"]
    bench.came = [("in", 1)]
    assert names(awake) == ["t/0", "t/2"]


def test_only_tasks_that_got_records_are_asked_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App("one")
    app.topic("in", partitions=8)
    app.stream("in", key=str, value=str).to("out")
    house = house_of(app)
    house.worker()
    house.settle()
    asked = []
    work = Task.turn

    def turn(self: Task) -> bool:
        asked.append(self.name)
        return work(self)

    monkeypatch.setattr(Task, "turn", turn)
    house.turn(3)
    assert asked == []
    house.send("in", ("k", "x", 0), partition=5)
    house.settle()
    assert set(asked) == {"in/5"}
    assert house.rows("out") == [("k", "x", 0)]
