"""A line of records that wait: who may go on, in which order."""

import pytest
from attrs import define

from streamz_core.operators.waiting.line import ALL, Line


@define
class Told:
    there: bool = False

    def ready(self):
        return self.there

    def result(self):
        return self.there


class Source:
    def __init__(self, told):
        self.told = told

    def press(self):
        self.told.there = True

    def forget(self):
        self.told.there = False


@pytest.fixture
def line():
    return Line()


def waiting(line, gone, *aparts):
    """Records 0, 1, ... in order by these keys; what they wait for."""
    answers = [Told() for _ in aparts]
    for number, (apart, answer) in enumerate(zip(aparts, answers, strict=True)):
        line.wait(apart, answer, gone.append, number)
    return answers


def test_who_is_in_order_with_all_waits_for_all_before_him(line):
    gone = []
    first, second, _ = waiting(line, gone, ALL, ALL, ALL)
    second.there = True
    assert not line.move()
    first.there = True
    assert line.move()
    assert (gone, len(line)) == ([0, 1], 1)


def test_who_is_in_order_by_key_passes_others(line):
    gone = []
    answers = waiting(line, gone, b"a", b"b", b"a", None, b"b")
    for number in (1, 2, 3):
        answers[number].there = True
    assert line.move()
    assert gone == [1, 3]
    answers[0].there = answers[4].there = True
    assert line.move()
    assert gone == [1, 3, 0, 2, 4]
    assert not line


def test_nobody_passes_one_that_is_in_order_with_all(line):
    gone = []
    answers = waiting(line, gone, b"a", ALL, b"b")
    answers[1].there = answers[2].there = True
    assert not line.move()
    answers[0].there = True
    assert line.move()
    assert gone == [0, 1, 2]


def test_who_asks_for_nothing_goes_behind_those_that_wait(line):
    gone = []
    line.behind(gone.append, "at once")
    (answer,) = waiting(line, gone, b"a")
    line.behind(gone.append, "behind")
    assert gone == ["at once"]
    answer.there = True
    line.move()
    assert gone == ["at once", 0, "behind"]


def test_sources_answer_when_they_are_pressed(line):
    gone = []
    first, second = waiting(line, gone, ALL, ALL)
    line.sources.append(Source(first))
    assert not line.press()
    assert gone == [0]
    second.there = True
    assert line.press()
    assert gone == [0, 1]


def test_nothing_is_left_of_what_is_forgotten(line):
    gone = []
    (answer,) = waiting(line, gone, ALL)
    answer.there = True
    line.sources.append(Source(answer))
    line.forget()
    assert not answer.there
    assert not line.move()
    assert gone == []
