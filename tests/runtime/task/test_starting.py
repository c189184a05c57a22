"""Where an app begins in what was there before it, and that this is said once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.errors import Misuse
from streamz_core.runtime.task.phases import Phase
from streamz_core.runtime.task.starting import Starting
from tests.runtime.conftest import House, house_of


def copying(offset_reset: Any, before: int = 3) -> House:
    """in -> out; so many records, one a second, were there before the app, and now it is as late."""
    app = App("copy", processing_exception_handler="continue")
    lines = app.stream("in", key=str, value=str, offset_reset=offset_reset)

    @lines.map_values(value=str)
    def copied(line: str) -> str:
        if line == "bad":
            raise ValueError(line)
        return line

    copied.to("out")
    house = house_of(app)
    house.backend.create_topic("in", 1, {})
    house.send("in", *(("k", str(at), at * 1000) for at in range(before)))
    house.machine.now_ms = before * 1000
    return house


def copies(house: House) -> list[str]:
    house.worker()
    house.settle()
    house.send("in", ("k", "bad", 9000), ("k", "new", 9000))
    house.settle()
    return [line for _, line, _ in house.rows("out")]


@pytest.mark.parametrize(
    "said, expected",
    [
        ("earliest", ["0", "1", "2", "new"]),
        ("latest", ["new"]),
        ("1s", ["2", "new"]),
        ("1500ms", ["2", "new"]),
        ("2s", ["1", "2", "new"]),
        ("1d", ["0", "1", "2", "new"]),
        ("0s", ["new"]),
    ],
)
def test_it_begins_where_its_source_says(said: str, expected: list[str]) -> None:
    """A record that fails before the first commit takes nothing with it."""
    assert copies(copying(said)) == expected


def test_what_is_passed_over_is_committed_at_once() -> None:
    house = copying("latest")
    house.worker()
    house.settle()
    house.backend.refresh()
    assert house.backend.committed("copy", "in", 0) == 3


def test_who_committed_goes_on_there_whatever_the_source_says() -> None:
    house = copying("latest")
    worker = house.worker()
    house.settle()
    house.kill(worker)
    house.send("in", ("k", "meanwhile", 3000))
    assert copies(house) == ["meanwhile", "new"]


def test_what_is_undone_before_the_first_commit_is_not_passed_over() -> None:
    house = copying("latest")
    worker = house.worker()
    while not worker.tasks:
        worker.backend.refresh()
        worker._look_after()
    (task,) = worker.tasks.values()
    while task.restoring:
        task.turn()
    house.send("in", ("k", "bad", 3000), ("k", "x", 3000))
    worker.backend.refresh()
    assert task.process(10) == 2
    assert task.phase is Phase.CAREFUL
    house.settle()
    assert [line for _, line, _ in house.rows("out")] == ["x"]


def test_it_is_said_once_and_never_in_front_of_what_there_is() -> None:
    backend: Any = SimpleNamespace(start=lambda *_: first, end=lambda *_: end)
    first, end = 0, 3
    house = copying("latest")
    (sub,) = house.job.plan.subs
    starting = Starting(backend, house.machine.process(), sub.inputs)
    assert starting.at("in", 0) == 3
    end = 5
    assert starting.at("in", 0) == 3
    first = 4
    assert starting.at("in", 0) == 4
    assert Starting(backend, house.machine.process(), sub.inputs).at("in", 0) == 5


def test_a_source_that_does_not_begin_by_itself_says_what_to_do() -> None:
    house = copying("none")
    worker = house.worker()
    with pytest.raises(Misuse, match=r"in\[0\] was never committed .*streamz reset --to-offset"):
        worker.run(lambda: False)
    house.kill(worker)
    house.backend.refresh()
    house.backend.reset("copy", {("in", 0): 1}, [], "copy")
    assert copies(house) == ["1", "2", "new"]
