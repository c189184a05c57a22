"""The calls of a task: made once for each record, whatever is undone."""

import pytest

from streamz_core.env.memory import MemoryEnv
from streamz_core.runtime.task.calling.calls import Askings


@pytest.fixture
def made():
    return []


@pytest.fixture
def askings():
    found = Askings(MemoryEnv(), bool)
    yield found
    found.close()


@pytest.fixture
def ask(askings, made):
    asking = askings.of("step", 2, 1000)

    async def fn(value):
        made.append(value)
        return value

    return lambda offset, value: asking("in", offset, fn, value)


def finish(askings):
    while askings.idle():
        """Until all have ended."""


def test_what_is_undone_has_its_answers_when_it_is_run_again(askings, ask, made):
    answers = [ask(0, "a"), ask(0, "b"), ask(1, "a")]
    finish(askings)
    askings.rewind()
    assert [ask(0, "a"), ask(0, "b"), ask(1, "a")] == answers
    assert not askings.running
    assert made == ["a", "b", "a"]


def test_another_question_is_another_call(askings, ask, made):
    ask(0, "a"), ask(0, "b")
    askings.rewind()
    answer = ask(0, "x")
    finish(askings)
    assert answer.result() == "x"
    assert "x" in made


def test_what_cannot_be_compared_is_another_question(askings, ask, made):
    class Odd:
        def __eq__(self, other):
            raise ValueError("compare me not")

        __hash__ = None

    first = ask(0, Odd())
    askings.rewind()
    assert ask(0, Odd()) is not first


def test_what_no_record_asked_is_asked_again(askings, ask):
    first = ask(-1, "tick")
    askings.rewind()
    assert ask(-1, "tick") is not first


def test_what_is_committed_is_forgotten_and_nothing_else(askings, ask):
    before, behind = ask(4, "a"), ask(5, "a")
    askings.settle({"in": 5})
    askings.rewind()
    assert ask(4, "a") is not before
    assert ask(5, "a") is behind


def test_there_is_room_for_as_many_records_as_may_be_asked_for(askings, ask):
    assert askings.room(100) == 2
    assert askings.room(1) == 1
    ask(0, "a")
    assert askings.room(100) == 1
    ask(1, "b"), ask(2, "c")
    assert askings.room(100) == 0
    finish(askings)
    assert askings.room(100) == 2


def test_without_a_step_that_asks_there_is_room_for_all():
    assert Askings(MemoryEnv(), bool).room(100) == 100
