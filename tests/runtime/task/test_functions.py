"""The compiled functions of a task: what they write waits, and what fails leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamz_core import tumbling
from streamz_core.app import App
from streamz_core.broker.backend import Packed
from streamz_core.errors import Misuse, UnknownTopic
from streamz_core.runtime.task.functions import Functions
from streamz_core.runtime.task.task import Task
from tests.runtime.conftest import House, house_of


def app() -> App:
    """in -> each line twice -> out, with counts for each key, and for each second."""
    app = App("one")
    lines = app.stream("in", key=str, value=str)
    grouped = lines.group_by_key()
    grouped.count(name="counts")
    grouped.window(tumbling("1s")).count(name="windows")

    @lines.flat_map_values(value=str)
    def twice(line: str) -> Iterator[str]:
        yield line
        if line == "bad":
            raise ValueError(line)
        yield "x" * (2 << 20) if line == "long" else line

    twice.to("out")
    return app


@pytest.fixture
def house() -> House:
    found = house_of(app(), partitions=2)
    found.worker()
    found.settle()
    return found


def ready(house: House, *lines: str) -> tuple[Task, Functions]:
    """The task of partition 0 with these lines read ahead."""
    house.send("in", *(("k", line, at) for at, line in enumerate(lines)))
    (worker,) = house.workers
    worker.backend.refresh()
    task = next(one for name, one in worker.tasks.items() if name.endswith("/0"))
    task._inputs.queues[0].fill(worker.backend, 100)
    return task, task._functions


def written(functions: Functions) -> int:
    return sum(part.count for part in functions.collect() if part.topic == "out")


def test_rows_are_run_and_what_they_write_waits(house: House) -> None:
    task, functions = ready(house, "a", "b", "c")
    (queue,) = task._inputs.queues
    functions.run(queue, 1, 3)
    assert written(functions) == 4
    assert written(functions) == 4, "until it is cleared"
    assert house.backend.end("out", 0) == 0
    functions.clear()
    assert written(functions) == 0


def test_what_is_written_goes_where_its_key_says(house: House) -> None:
    task, functions = ready(house, "a")
    functions.run(task._inputs.queues[0], 0, 1)
    (part,) = functions.collect()
    assert (part.topic, part.count) == ("out", 2)
    assert 0 <= part.partition < 2


@pytest.mark.parametrize("line, error", [("bad", ValueError), ("long", Misuse)])
def test_a_row_alone_leaves_nothing_if_it_fails(
    house: House, line: str, error: type[Exception]
) -> None:
    """Also if it could only not be committed."""
    task, functions = ready(house, "a", line, "c")
    (queue,) = task._inputs.queues
    functions.run_alone(queue, 0)
    times = functions.times()
    with pytest.raises(error):
        functions.run_alone(queue, 1)
    assert functions.times() == times
    functions.run_alone(queue, 2)
    assert everything(task) == everything(undisturbed())


def undisturbed() -> Task:
    """One that ran the same rows and saw no failure."""
    house = house_of(app(), partitions=2)
    house.worker()
    house.settle()
    task, functions = ready(house, "a", "b", "c")
    (queue,) = task._inputs.queues
    functions.run(queue, 0, 1)
    functions.run(queue, 2, 3)
    return task


def everything(task: Task) -> list[Packed]:
    """What it would commit, changelogs included."""
    found = task.state.collect().outputs + task._functions.collect()
    assert len({part.topic for part in found}) == 3
    return found


def test_a_computed_topic_must_be_there() -> None:
    computed = App("computed")
    computed.stream("in", key=str, value=str).to(lambda value: value)
    house = house_of(computed)
    house.worker()
    house.settle()
    task, functions = ready(house, "missing")
    with pytest.raises(UnknownTopic, match="'missing'"):
        functions.run(task._inputs.queues[0], 0, 1)
