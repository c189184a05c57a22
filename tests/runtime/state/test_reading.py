"""Committed rows for those who are not the worker: while it runs, and after it died."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamz_core import memory
from streamz_core.app import App
from streamz_core.errors import Corrupt, Misuse, NotReady
from streamz_core.runtime.state.reading import NOTHING, OpenTasks, committed, stopped
from streamz_core.runtime.state.state import TaskState
from streamz_core.runtime.worker import Worker
from streamz_state import StateCorrupt
from tests.runtime.conftest import House, OnDisk, house_of


def counting() -> App:
    app = App("count")
    lines = app.stream("in", key=str, value=str)
    lines.group_by_key().count(name="counts")
    lines.group_by_key().count(name="brief", materialized=memory())
    return app


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_of(counting(), home=str(tmp_path))


def shown(house: House) -> tuple[Worker, OpenTasks]:
    """A worker that shows what it has open, and has counted a line."""
    tasks = OpenTasks()
    worker = Worker(house.job, OnDisk(house.machine), house.home, shown=tasks)
    house.workers.append(worker)
    house.settle()
    house.send("in", ("a", "x", 5))
    house.settle()
    return worker, tasks


def left(house: House, store: str = "counts") -> Any:
    """The store where its last owner left it."""
    (sub,) = house.job.plan.subs
    house.backend.refresh()
    return stopped(house.job.plan, OnDisk(house.machine), house.backend, house.home, sub, 0, store)


def test_a_worker_shows_what_it_has_open_until_it_leaves(house: House) -> None:
    worker, tasks = shown(house)
    (name,) = worker.tasks
    assert tasks.now.states == {name: worker.tasks[name].state}
    assert tasks.now.counts == {name.split("/")[0]: 1}
    assert tasks.now.settled == worker.backend.mark.number
    worker.close()
    assert tasks.now is NOTHING


def test_rows_are_those_of_the_last_commit(house: House) -> None:
    worker, tasks = shown(house)
    (state,) = tasks.now.states.values()
    house.send("in", ("a", "y", 6), ("b", "z", 7))
    worker.backend.refresh()
    worker.turn()
    with committed(state, "counts") as moment:
        assert list(moment.rows.all()) == [("a", 1, 5)]
        assert moment.behind == 0
        before = moment.commit
        worker.commit()
        assert list(moment.rows.all()) == [("a", 1, 5)], "one moment"
    with committed(state, "counts") as moment:
        assert list(moment.rows.all()) == [("a", 2, 6), ("b", 1, 7)]
        assert moment.commit > before
    with committed(state, "brief") as moment:
        assert len(list(moment.rows.all())) == 2


def test_a_task_that_is_closed_meanwhile_is_not_ready(house: House) -> None:
    worker, tasks = shown(house)
    (state,) = tasks.now.states.values()
    worker.close()
    with pytest.raises(NotReady, match="was closed while it was read"), committed(state, "counts"):
        pass


def test_a_damaged_store_is_corrupt(house: House) -> None:
    _, tasks = shown(house)
    (state,) = tasks.now.states.values()

    def read() -> None:
        with committed(state, "counts"):
            raise StateCorrupt("a block is damaged")

    with pytest.raises(Corrupt, match="store counts: a block is damaged"):
        read()


def test_a_stopped_store_is_read_where_it_lies(house: House) -> None:
    worker, _ = shown(house)
    house.workers.clear()
    worker.close()
    with left(house) as moment:
        assert list(moment.rows.all()) == [("a", 1, 5)]
        assert moment.behind == 0
        assert 0 < moment.commit <= house.backend.mark.number


def test_what_a_dead_worker_did_not_write_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, _ = shown(house)
    house.send("in", ("a", "y", 6), ("b", "z", 7))
    with monkeypatch.context() as patched:
        patched.setattr(TaskState, "apply", killed)
        with pytest.raises(KeyboardInterrupt):
            house.settle()
    house.kill(worker)
    with left(house) as moment:
        assert list(moment.rows.all()) == [("a", 1, 5)]
        assert moment.behind == 2


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def prepared(house: House) -> None:
    """Topics are there, and nothing else."""
    worker = house.worker()
    house.kill(worker)


@pytest.mark.parametrize(
    "store, error, why",
    [
        ("counts", NotReady, "nothing ran there"),
        ("brief", Misuse, "in memory and app count is not"),
    ],
)
def test_where_nothing_lies_nothing_is_read(
    house: House, store: str, error: type[Exception], why: str
) -> None:
    prepared(house)
    opened: Callable[[], Any] = lambda: left(house, store).__enter__()  # noqa: E731
    with pytest.raises(error, match=why):
        opened()
