"""What is in the stores is what the changelogs say, whatever happened in between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, MutableMapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from streamz_core import memory, tumbling
from streamz_core.app import App
from streamz_core.runtime.state.state import TaskState
from streamz_core.runtime.worker import Worker
from streamz_core.stores.kinds import kind_of
from streamz_state import StateCorrupt, StateError
from tests.runtime.conftest import House, house_of

Rows = dict[str, list[str]]


def every_kind() -> App:
    """A store of each kind, one of them in memory, in one task."""
    app = App("kinds")
    lines = app.stream("in", key=str, value=str)
    kept = app.store("kept", key=str, value=str)
    lines.group_by_key().count(name="counts")
    lines.group_by_key().count(name="brief", materialized=memory())

    @lines.group_by_key().window(tumbling("1s")).aggregate(initial=int, retention="4s")
    def sizes(total: int, line: str) -> int:
        return total + len(line)

    @lines.map_values(value=str, store=kept, with_key=True)
    def noted(key: str, line: str, kept: MutableMapping[str, str]) -> str:
        if line == "delete":
            kept.pop(key, None)
        else:
            kept[key] = line
        return line

    noted.to("out")
    return app


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_of(every_kind(), home=str(tmp_path))


def state(worker: Worker) -> TaskState:
    (task,) = worker.tasks.values()
    return task.state


def contents(worker: Worker) -> Rows:
    """What readers see of each store. Windows that are over may still lie in a database."""
    found = state(worker)
    shown = {}
    for name in found.stores:
        held = found.find(name)
        assert held is not None
        shown[name] = sorted(map(repr, kind_of(held[0]).rows(*held).all()))
    return shown


def position(worker: Worker) -> dict[str, int]:
    disk = state(worker).disk
    assert disk is not None
    assert disk.position is not None
    assert worker.backend.log.state.on_chain(disk.position.commit, disk.position.hash)
    return dict(disk.position.changelog)


def check_position(house: House, worker: Worker) -> None:
    """The store claims what the changelogs have, not more and not less."""
    log = house.backend.log
    log.refresh()
    for name, offset in position(worker).items():
        assert offset == log.state.end(log.topic(f"kinds-{name}-changelog").id, 0), name


def feed(house: House, random: Random, stamp: int) -> None:
    lines = ("x", "yy", "zzz", "delete")
    house.send(
        "in",
        *(
            (random.choice("abcde"), random.choice(lines), stamp + random.randrange(2500))
            for _ in range(random.randint(1, 8))
        ),
    )


def run(house: House, rounds: int, seed: int = 0, begin: int = 0) -> None:
    random = Random(seed)
    for number in range(rounds):
        feed(house, random, begin + 15_000 * number)
        house.settle()


def crash(house: House) -> None:
    for worker in list(house.workers):
        house.kill(worker)


def wiped(_: House, __: Path) -> None:
    """The state directories are lost."""
    shutil.rmtree(_.home + "/state")


def put_back(house: House, backup: Path) -> None:
    """The state directories are those of an earlier moment."""
    shutil.rmtree(house.home + "/state")
    shutil.copytree(backup, house.home + "/state")


def as_they_are(_: House, __: Path) -> None:
    """Nothing happened to them."""


@pytest.mark.parametrize("happened", [wiped, put_back, as_they_are])
def test_a_restored_state_is_the_state_that_was(
    house: House, tmp_path: Path, happened: Callable[[House, Path], None]
) -> None:
    house.worker()
    house.settle()
    house.send("in", ("once", "and never again", 0))
    run(house, 5)
    crash(house)
    backup = tmp_path / "backup"
    shutil.copytree(house.home + "/state", backup)
    worker = house.worker()
    run(house, 12, seed=1, begin=75_000)
    check_position(house, worker)
    before = contents(worker)
    crash(house)
    happened(house, backup)
    worker = house.worker()
    house.settle()
    assert contents(worker) == before
    check_position(house, worker)
    run(house, 3, seed=2, begin=260_000)
    check_position(house, worker)


def test_a_commit_of_several_batches_is_claimed_to_its_end(house: House) -> None:
    worker = house.worker()
    house.settle()
    house.send("in", *((f"key{number}", "x", 1) for number in range(10_000)))
    house.settle()
    check_position(house, worker)
    before = contents(worker)
    crash(house)
    worker = house.worker()
    house.settle()
    assert contents(worker) == before


def test_a_restore_may_be_killed_at_any_step(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it wrote so far is claimed, and not more."""
    monkeypatch.setattr("streamz_core.runtime.state.changelog.FETCH_BYTES", 1)
    house.worker()
    house.settle()
    run(house, 6)
    before = contents(house.workers[0])
    crash(house)
    shutil.rmtree(house.home + "/state")
    for steps in (1, 2, 3, 5, 8):
        worker = house.worker()
        while not worker.tasks:
            worker.step()
            house.machine.waited_s += 0.2
        for _ in range(steps):
            if state(worker).restoring:
                state(worker).restore()
        crash(house)
    worker = house.worker()
    house.settle()
    assert contents(worker) == before
    check_position(house, worker)


def test_a_crash_between_the_commit_and_the_stores_is_made_good(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = house.worker()
    house.settle()
    run(house, 3)
    feed(house, Random(9), 45_000)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TaskState, "apply", killed)
        with pytest.raises(KeyboardInterrupt):
            house.settle()
    log = house.backend.log
    log.refresh()
    assert position(worker)["counts"] < log.state.end(log.topic("kinds-counts-changelog").id, 0)
    crash(house)
    worker = house.worker()
    house.settle()
    check_position(house, worker)
    undisturbed = contents(worker)
    crash(house)
    shutil.rmtree(house.home + "/state")
    worker = house.worker()
    house.settle()
    assert contents(worker) == undisturbed


def test_a_store_of_another_chain_is_not_used(house: House) -> None:
    """A power cut took the last commits of the log, and others took their numbers."""
    house.worker()
    house.settle()
    before = bytes(house.machine.tree.get(f"{house.home}/log/commit/000001").data)
    run(house, 4)
    crash(house)
    house.backend.log.env.kill()  # type: ignore[attr-defined]
    house.machine.tree.get(f"{house.home}/log/commit/000001").data[:] = before
    house.machine.tree.get(f"{house.home}/log/durable").data.clear()
    again = House(house.job, house.home, house.machine)
    worker = again.worker()
    run(again, 6, seed=5)
    assert state(worker).directory.endswith("/2")
    check_position(again, worker)
    shown = contents(worker)
    crash(again)
    shutil.rmtree(house.home + "/state")
    worker = again.worker()
    again.settle()
    assert contents(worker) == shown


def test_a_state_that_cannot_be_flushed_does_not_stop_a_worker_from_leaving(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    worker = house.worker()
    house.settle()
    run(house, 3)
    disk = state(worker).disk
    assert disk is not None
    close = disk.close

    def full() -> None:
        close()
        raise StateError("cannot be flushed: no space left on device")

    disk.close = full  # type: ignore[method-assign]
    shown = contents(worker)
    house.workers.remove(worker)
    worker.close()
    assert "is restored next time: cannot be flushed: no space left" in caplog.text
    worker = house.worker()
    assert len(worker.backend.log.state.members) == 1, "the other one has left"
    house.settle()
    assert contents(worker) == shown
    check_position(house, worker)


@pytest.mark.parametrize("handler", ["fail", "continue"])
def test_damage_found_while_running_is_restored_and_no_record_is_to_blame(
    house: House, handler: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = every_kind()
    house = house_of(app, home=house.home, processing_exception_handler=handler)
    worker = house.worker()
    house.settle()
    run(house, 3)
    disk = state(worker).disk
    (task,) = worker.tasks.values()
    before_state = task.state
    for store in task.state.stores.values():
        store.rollback()
        live: Any = store.live  # type: ignore[attr-defined]
        live.clear()
    assert disk is not None

    def damaged(_: bytes) -> bytes:
        raise StateCorrupt("a block is damaged")

    disk.get = damaged  # type: ignore[method-assign]
    for store in task.state.stores.values():
        if "brief" not in store.spec.name:
            store.database.get = damaged  # type: ignore[attr-defined]
    run(house, 3, seed=1, begin=45_000)
    assert "is discarded and restored: a block is damaged" in caplog.text
    assert state(worker) is not before_state
    check_position(house, worker)
    assert not worker.dropped()["error"]
    before = contents(worker)
    crash(house)
    shutil.rmtree(house.home + "/state")
    worker = house.worker()
    house.settle()
    assert contents(worker) == before
    log = house.backend.log
    assert sum(map(len, house.batches("out"))) == log.state.end(log.topic("in").id, 0)
