"""What is run alone waits for its answers, and nothing else is done meanwhile."""

import asyncio

import pytest

from streamz_core import App
from tests.runtime.conftest import house_of


@pytest.fixture
def house():
    app = App("one")

    @app.stream("in", key=str, value=str).map_async()
    async def asked(value: str) -> str:
        await asyncio.sleep(1)
        return value

    @asked.map_values
    def checked(value: str) -> str:
        if value == "bad":
            raise ValueError(value)
        return value

    checked.to("out")
    found = house_of(app, processing_exception_handler="continue")
    found.worker()
    found.settle()
    return found


def careful(house):
    """The task while its first record is run alone, whose call is under way."""
    house.send("in", ("k", "x", 0), ("k", "bad", 1), ("k", "b", 2))
    (worker,) = house.workers
    worker.backend.refresh()
    (task,) = worker.tasks.values()
    task._portion.suspects = 3
    task.phase = task.phase.__class__.CAREFUL
    assert task.process(3) == 1
    assert task._functions.trying is not None
    return worker, task


def test_meanwhile_nothing_is_taken_and_nothing_committed(house):
    worker, task = careful(house)
    assert task.process(3) == 0
    assert not task.ripe
    assert not worker.commit()
    house.settle()
    assert house.rows("out") == [("k", "x", 0), ("k", "b", 2)]
    assert worker.dropped() == {"error": 1}


def test_who_loses_the_task_meanwhile_leaves_nothing(house):
    worker, task = careful(house)
    task.lost()
    assert task._functions.trying is None
    worker._ownership.drop_lost()
    house.settle()
    assert house.rows("out") == [("k", "x", 0), ("k", "b", 2)]
