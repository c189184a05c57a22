"""A task without anything to do costs a round next to nothing, and is there when something comes."""

import pytest

from streamz_core import App
from streamz_core.runtime.task.queue import Queue
from streamz_core.runtime.task.task import Task
from streamz_core.runtime.task.waiting.resting import Rest
from tests.runtime.conftest import house_of

CLOCK = float  # it is always 0


class Ends:
    """Of a backend only what a rest asks of it."""

    def __init__(self):
        self.ends = {"a": 0, "b": 0}

    def end(self, topic, partition):
        return self.ends[topic]


@pytest.fixture
def rest():
    backend = Ends()
    queues = [Queue(topic, 0, None, None) for topic in backend.ends]
    return Rest(backend, queues), backend, queues


def test_it_ends_with_a_record_and_does_not_begin_again_by_itself(rest):
    found, backend, queues = rest
    assert not found.goes_on(CLOCK)
    found.begin(float("inf"))
    assert found.goes_on(CLOCK)
    backend.ends["b"] = 1
    assert not found.goes_on(CLOCK)
    queues[1].fetched = 1
    assert not found.goes_on(CLOCK)


def test_it_ends_when_its_time_has_come(rest):
    found, _, _ = rest
    found.begin(5.0)
    assert found.goes_on(lambda: 4.0)
    assert not found.goes_on(lambda: 5.0)
    assert not found.goes_on(lambda: 4.0)


def test_records_that_were_read_and_not_taken_end_it(rest):
    found, _, queues = rest
    found.begin(float("inf"))
    queues[0].stop = 1
    assert not found.goes_on(CLOCK)


def test_only_tasks_that_got_records_are_asked_to_work(monkeypatch):
    app = App("one")
    app.topic("in", partitions=8)
    app.stream("in", key=str, value=str).to("out")
    house = house_of(app)
    house.worker()
    house.settle()
    asked = []
    work = Task._process_for_a_while
    monkeypatch.setattr(
        Task, "_process_for_a_while", lambda self: asked.append(self.name) or work(self)
    )
    house.turn(3)
    assert asked == []
    house.send("in", ("k", "x", 0), partition=5)
    house.settle()
    assert set(asked) == {"in/5"}
    assert house.rows("out") == [("k", "x", 0)]
