"""When a task takes nothing more before it has its answers."""

from math import inf

import pytest
from attrs import define

from streamz_core.runtime.task.calling.closing import OPEN_COSTS, Closing


@define
class Clock:
    now_s: float = 10.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def closing(clock):
    return Closing(clock, 0.1)


def test_not_before_the_commit_interval_is_over(clock, closing):
    assert closing.due_s == inf
    assert not closing.due
    closing.opened()
    clock.now_s += 0.05
    closing.opened()
    assert (closing.due_s, closing.due) == (10.1, False)
    clock.now_s += 0.06
    assert closing.due


def test_once_is_enough(clock, closing):
    closing.opened()
    clock.now_s += 1
    closing.close()
    assert (closing.due_s, closing.due) == (inf, False)
    closing.settle()
    closing.opened()
    assert closing.due_s > clock.now_s


def test_the_longer_the_last_answers_take_the_longer_it_is_open(clock, closing):
    for _ in range(20):
        closing.opened()
        clock.now_s = closing.due_s
        closing.close()
        clock.now_s += 2.0
        closing.settle()
    closing.opened()
    assert closing.due_s - clock.now_s == pytest.approx(OPEN_COSTS * 2.0, rel=0.01)


def test_what_is_undone_is_not_waited_for(clock, closing):
    closing.opened()
    closing.close()
    clock.now_s += 50
    closing.rewind()
    closing.opened()
    assert closing.due_s - clock.now_s == pytest.approx(0.1)
