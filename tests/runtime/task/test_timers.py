"""When timers are due: the rules of Kafka's PunctuationQueue, and that a position tells them whole."""

from __future__ import annotations

import pytest

from streamz_core.runtime.task.timers import NEVER, Timers, following
from streamz_core.topology.nodes import Timing


class Task:
    """Timers that note when they were called, a position, and a wall clock."""

    def __init__(self, **timings: Timing) -> None:
        self.timings = timings
        self.calls: list[tuple[str, int]] = []
        self.position: dict[str, int] = {}
        self.now = 0
        self.open()

    def open(self, time: int = -1) -> None:
        self.timers = Timers(self.timings, lambda: self.now)
        self.timers.calls = {name: self._call(name) for name in self.timings}
        self.timers.rewind(self.position, time)

    def commit(self) -> None:
        self.position |= self.timers.told()
        self.timers.settle()

    def _call(self, name: str):
        return lambda time: self.calls.append((name, time))

    def at(self, *times: int) -> list[tuple[str, int]]:
        """What is called at these stream times."""
        self.calls.clear()
        for time in times:
            if time >= self.timers.due:
                self.timers.run(time)
        return list(self.calls)

    def wall(self, now: int) -> list[str]:
        """What is due by the wall clock at that moment."""
        self.now, found = now, []
        clock = self.timers.by_wall
        while clock.due <= now:
            due, name = clock.take()
            found.append(name)
            clock.again(due, name, now)
        return found


def test_the_grid_is_kept_and_what_was_missed_comes_once() -> None:
    task = Task(a=Timing(10))
    assert task.at(20, 25, 30, 142, 149, 150, 155, 160, 3) == [
        ("a", time) for time in (20, 30, 142, 150, 160)
    ]


@pytest.mark.parametrize(
    "due, now, expected", [(0, 20, 30), (0, 0, 10), (30, 142, 150), (50, 7, 60)]
)
def test_the_next_one_is_behind_now_on_the_grid(due: int, now: int, expected: int) -> None:
    assert following(due, 10, now) == expected


def test_nothing_is_called_before_its_start() -> None:
    task = Task(a=Timing(10, start_ms=33), b=Timing(100))
    assert task.at(5, 32, 33, 42, 43, 44) == [("b", 5), ("a", 33), ("a", 43)]


def test_those_that_are_due_together_come_as_in_javas_heap() -> None:
    task = Task(a=Timing(10), b=Timing(10), c=Timing(10))
    assert [name for name, _ in task.at(0)] == ["a", "c", "b"]
    assert [name for name, _ in task.at(10)] == ["c", "b", "a"]


@pytest.mark.parametrize("commits", [{0}, {7}, {0, 7, 10, 14}, {20}])
def test_a_position_tells_the_order_too(commits: set[int]) -> None:
    timings = {"a": Timing(10), "b": Timing(7), "c": Timing(5), "d": Timing(1)}
    times = (0, 7, 10, 14, 15, 20, 21, 70, 71, 75)
    whole = Task(**timings).at(*times)
    task, found, time = Task(**timings), [], -1
    for time in times:
        found += task.at(time)
        if time in commits:
            task.commit()
            task.open(time)
    assert found == whole
    assert time == 75


def test_what_was_not_committed_is_called_again() -> None:
    task = Task(a=Timing(10))
    task.at(20)
    task.commit()
    assert task.at(30) == [("a", 30)]
    task.open(20)
    assert task.at(25, 31) == [("a", 31)]


def test_a_timer_that_waits_is_scheduled_by_a_step_and_cancelled() -> None:
    task = Task(a=Timing(10, waits=True))
    assert task.at(20) == []
    task.timers.schedule("a", None, None)
    assert task.at(20, 25, 30) == [("a", 20), ("a", 30)]
    task.timers.cancel("a")
    assert task.at(50) == []
    assert task.timers.due == NEVER
    task.commit()
    task.open(50)
    assert task.at(70) == []


def test_an_interval_and_a_start_that_a_step_chose_outlive_a_crash() -> None:
    task = Task(a=Timing(10))
    task.at(20)
    task.timers.schedule("a", 7, 31)
    task.commit()
    task.open(20)
    assert task.at(30, 31, 37, 38) == [("a", 31), ("a", 38)]
    task.timers.schedule("a", None, 41)
    task.commit()
    task.open(38)
    assert task.at(40, 41, 50, 51) == [("a", 41), ("a", 51)]


def test_a_timer_that_was_cancelled_stays_so_and_a_new_one_begins() -> None:
    task = Task(a=Timing(10))
    task.at(20)
    task.timers.cancel("a")
    task.commit()
    task.timings["b"] = Timing(10)
    task.open(20)
    assert task.at(21) == [("b", 21)]


def test_another_interval_in_a_new_version_of_the_app_has_its_own_grid() -> None:
    task = Task(a=Timing(1000))
    task.at(20)
    task.commit()
    task.timings["a"] = Timing(30)
    task.open(20)
    assert task.at(29, 30, 60) == [("a", 30), ("a", 60)]


def test_a_timer_may_cancel_itself_and_schedule_itself() -> None:
    task = Task(a=Timing(10), b=Timing(10))
    calls = dict(task.timers.calls)

    def once(time: int) -> None:
        calls["a"](time)
        task.timers.cancel("a")

    def faster(time: int) -> None:
        calls["b"](time)
        task.timers.schedule("b", 5, time + 1)

    task.timers.calls = {"a": once, "b": faster}
    assert task.at(0, 1, 6) == [("a", 0), ("b", 0), ("b", 1), ("b", 6)]


def test_by_the_wall_clock_the_first_is_an_interval_after_the_task_was_opened() -> None:
    task = Task(a=Timing(10, by_wall=True))
    assert task.at(500) == []
    assert [task.wall(now) for now in (9, 10, 20, 55, 59, 60)] == [
        [],
        ["a"],
        ["a"],
        ["a"],
        [],
        ["a"],
    ]
    task.commit()
    task.open()
    assert [task.wall(now) for now in (69, 70)] == [[], ["a"]]


def test_by_the_wall_clock_a_start_makes_a_grid_that_outlives_a_crash() -> None:
    task = Task(a=Timing(10, by_wall=True, start_ms=3))
    assert [task.wall(now) for now in (2, 3, 8)] == [[], ["a"], []]
    task.open()
    assert [task.wall(now) for now in (12, 13, 44, 52, 53)] == [[], ["a"], ["a"], [], ["a"]]


def test_by_the_wall_clock_what_was_undone_is_due_again() -> None:
    task = Task(a=Timing(10, by_wall=True))
    assert task.wall(10) == ["a"]
    task.timers.rewind(task.position, -1)
    assert task.wall(11) == ["a"]
    task.timers.settle()
    task.timers.rewind(task.position, -1)
    assert task.wall(19) == []


def test_while_they_are_held_none_is_due() -> None:
    task = Task(a=Timing(10))
    task.timers.hold(held=True)
    task.timers.schedule("a", None, None)
    assert task.timers.due == NEVER
    task.timers.hold(held=False)
    assert task.timers.due == 0


def test_what_is_undone_is_as_it_was() -> None:
    task = Task(a=Timing(10), b=Timing(10, by_wall=True))
    mark = task.timers.mark()
    task.timers.cancel("a")
    task.timers.schedule("b", 1, None)
    task.timers.undo(mark)
    assert (task.timers.due, task.timers.by_wall.due) == (0, 10)


def test_none_of_that_name() -> None:
    task = Task(a=Timing(10))
    with pytest.raises(KeyError):
        task.timers.schedule("b", None, None)
    with pytest.raises(KeyError):
        task.timers.cancel("b")
