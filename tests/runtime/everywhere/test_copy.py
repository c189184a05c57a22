"""A worker's copy of a global table: up to date before anything is joined, and whatever happens to it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.dsl.declared.topics import memory
from streamz_core.errors import CodecError
from streamz_core.runtime.everywhere import copy as copies
from streamz_core.runtime.everywhere.copy import Copy, CopyDamaged, Guarded
from streamz_core.runtime.state.statedir import numbers
from streamz_core.stores.kinds import kind_of
from streamz_state import StateCorrupt
from tests.runtime.conftest import House, house_of


def joining(**settings: Any) -> App:
    """in -> with its row of `names` -> out."""
    app = App("join", **settings)
    names = app.global_table(app.topic("names", key=str, value=str, partitions=3))
    lines = app.stream(app.topic("in", key=str, value=str, partitions=2))
    lines.join(names, lambda line, name: f"{line}={name}", on=lambda line: line, value=str).to(
        "out"
    )
    return app


def out(house: House) -> list[str]:
    return [value for _, value, _ in sorted(house.rows("out"), key=lambda row: row[2])]


def copy_of(house: House, at: int = 0) -> Copy:
    return house.workers[at]._ownership.copies.all["names"]


def rows(house: House, at: int = 0) -> dict[str, str]:
    ((spec, number, database),) = house.workers[at].held("names")
    return {row[0]: row[1] for row in kind_of(spec).rows(spec, number, database).all()}


@pytest.fixture
def disk(tmp_path: Path) -> House:
    """Stores on RocksDB."""
    return house_of(joining(), home=str(tmp_path))


@pytest.fixture
def house() -> House:
    return house_of(joining())


def folder(house: House) -> str:
    return f"{house.home}/state/join/@global/names"


def test_a_worker_joins_the_group_when_it_has_all_partitions(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "FETCH_BYTES", 1)
    monkeypatch.setattr(copies, "TURN_S", -1.0)  # one piece in a turn
    house.worker()
    for partition in range(3):
        house.send("names", (f"k{partition}", f"n{partition}", 1), partition=partition)
    house.send("in", ("a", "k2", 5), partition=1)
    worker = house.workers[0]
    steps = 0
    while not worker.tasks:
        assert house.backend.workers("join") == []
        worker.step()
        steps += 1
    assert steps > 3
    assert rows(house) == {"k0": "n0", "k1": "n1", "k2": "n2"}
    house.settle()
    assert out(house) == ["k2=n2"]


def test_a_record_sees_all_that_was_committed_before_it(house: House) -> None:
    house.worker()
    house.settle()
    for number in range(5):
        house.send("names", (f"k{number}", f"n{number}", 1), partition=number % 3)
        house.send("in", ("a", f"k{number}", number))
        house.turn()
    house.settle()
    assert out(house) == [f"k{number}=n{number}" for number in range(5)]
    house.send("names", ("k1", None, 1), partition=1)
    house.send("in", ("a", "k1", 9))
    house.settle()
    assert len(out(house)) == 5


def test_null_keys_are_dropped_and_counted(house: House) -> None:
    worker = house.worker()
    house.send("names", (None, "x", 1), ("k", "n", 1), (None, "y", 1))
    house.settle()
    assert rows(house) == {"k": "n"}
    assert worker.dropped() == {"null-key": 2}


def test_tasks_wait_while_it_is_behind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = house.worker()
    house.settle()
    monkeypatch.setattr(copies, "FETCH_BYTES", 1)
    monkeypatch.setattr(copies, "TURN_S", -1.0)
    for number in range(3):
        house.send("names", ("k", f"n{number}", 1))
    house.send("in", ("a", "k", 5))
    for _ in range(2):
        worker.step()
        assert out(house) == []
        assert not worker.finished
    house.settle()
    assert out(house) == ["k=n2"]


def test_several_workers_have_a_copy_each_and_another_takes_the_place_of_a_dead_one(
    disk: House,
) -> None:
    for _ in range(2):
        disk.worker()
    disk.send("names", ("k", "n", 1))
    disk.settle()
    assert sorted(numbers(disk.workers[0].env, folder(disk))) == [1, 2]
    assert rows(disk, 0) == rows(disk, 1) == {"k": "n"}
    disk.kill(disk.workers[0])
    disk.send("names", ("k", "m", 2))
    disk.worker()
    disk.send("in", ("a", "k", 5), partition=0)
    disk.send("in", ("b", "k", 6), partition=1)
    disk.settle()
    assert sorted(numbers(disk.workers[0].env, folder(disk))) == [1, 2]
    assert out(disk) == ["k=m", "k=m"]


def test_a_restart_goes_on_where_the_copy_stands(
    disk: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.worker()
    disk.send("names", ("k", "n", 1), ("l", "n", 1))
    disk.settle()
    disk.kill(disk.workers[0])
    disk.send("names", ("l", None, 2), ("m", "x", 2))
    taken: list[int] = []
    take = Copy._take
    monkeypatch.setattr(
        Copy, "_take", lambda self, batch, p: (taken.append(len(batch)), take(self, batch, p))
    )
    disk.worker()
    disk.settle()
    assert taken == [2]
    assert rows(disk) == {"k": "n", "m": "x"}


def test_a_corrupt_copy_is_discarded_and_had_again(
    disk: House, caplog: pytest.LogCaptureFixture
) -> None:
    disk.worker()
    disk.send("names", ("k", "n", 1))
    disk.settle()
    disk.kill(disk.workers[0])
    for table in Path(folder(disk), "1").glob("MANIFEST-*"):
        table.write_bytes(b"rotten")
    with caplog.at_level(logging.WARNING, "streamz"):
        disk.worker()
        disk.send("in", ("a", "k", 5))
        disk.settle()
    assert out(disk) == ["k=n"]
    assert numbers(disk.workers[0].env, folder(disk)) == [2]
    assert "a copy is discarded" in caplog.text


def test_damage_that_a_task_finds_is_the_copys_alone(
    disk: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = disk.worker()
    disk.send("names", ("k", "n", 1), ("l", "m", 1))
    disk.settle()
    copy = copy_of(disk)
    copy._store.live.clear()
    broken = copy.database

    def refuse(_: bytes) -> None:
        raise StateCorrupt("a block is rotten")

    monkeypatch.setattr(broken, "get", refuse)
    disk.send("in", ("a", "k", 5), ("a", "l", 6))
    with caplog.at_level(logging.WARNING, "streamz"):
        disk.settle()
    assert out(disk) == ["k=n", "l=m"]
    assert copy.database is not broken
    assert "@global/names is discarded and restored: a block is rotten" in caplog.text
    assert "the state of task" not in caplog.text
    assert worker.finished


def test_damage_that_comes_again_while_one_record_is_run_alone_is_the_copys_too(
    disk: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.worker()
    disk.send("names", ("k", "n", 1))
    disk.settle()
    copy_of(disk)._store.live.clear()
    get, found = Guarded.get, [StateCorrupt("one"), StateCorrupt("two"), StateCorrupt("three")]

    def rotten(self: Guarded, key: bytes) -> bytes | None:
        if found:
            raise self._copy.damaged(found.pop(0))
        return get(self, key)

    monkeypatch.setattr(Guarded, "get", rotten)
    disk.send("in", ("a", "k", 5), ("a", "k", 6))
    with caplog.at_level(logging.WARNING, "streamz"):
        disk.settle()
    assert out(disk) == ["k=n", "k=n"]
    assert found == []
    assert "the state of task" not in caplog.text


def test_damage_is_told_apart_and_the_record_comes_again(house: House) -> None:
    house.worker()
    house.settle()
    error = copy_of(house).damaged(StateCorrupt("rotten"))
    assert isinstance(error, CopyDamaged)
    assert str(error) == "global table names: rotten"
    assert not copy_of(house).ready
    house.turn(2)
    assert copy_of(house).ready


def test_what_was_lost_before_it_was_read_makes_it_begin_anew(
    disk: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A delete may have been among it."""
    disk.worker()
    disk.send("names", ("k", "n", 1), ("gone", "n", 1))
    disk.settle()
    disk.kill(disk.workers[0])
    disk.send("names", ("gone", None, 2))
    disk.send("names", ("k", "m", 3))
    disk.backend.skip("names", 0, 0, 3)
    with caplog.at_level(logging.WARNING, "streamz"):
        disk.worker()
        disk.settle()
    assert rows(disk) == {"k": "m"}
    assert "records of names[0] from 2 on are lost" in caplog.text


def test_another_history_of_the_log_is_begun_anew(disk: House, tmp_path: Path) -> None:
    disk.worker()
    disk.send("names", ("k", "n", 1))
    disk.settle()
    disk.workers[0].close()
    other = house_of(joining(), home=str(tmp_path))
    other.worker()
    other.settle()
    assert rows(other) == {}


def test_a_record_that_cannot_be_read_stops_the_worker_behind_all_before_it(disk: House) -> None:
    app = App("join")
    numbers = app.global_table(app.topic("names", key=str, value=int, partitions=1))
    app.stream(app.topic("in", key=str, value=str)).join(
        numbers, lambda line, n: f"{line}={n}", on=lambda line: line
    ).to("out")
    house = house_of(app, home=disk.home)
    house.worker()
    good = (5).to_bytes(8, "big").decode("latin-1")
    house.send("names", ("k", good, 1), ("bad", "rotten!", 2), ("l", good, 3))
    with pytest.raises(CodecError) as raised:
        house.settle()
    notes = "\n".join(raised.value.__notes__)
    assert "at names[0]@1 key='bad' node=names task=@global/names" in notes
    assert "deserialization.exception.handler=continue" in notes
    assert rows(house) == {"k": 5}
    again = house_of(app, home=disk.home, deserialization_exception_handler="continue")
    again.machine = house.machine
    house.kill(house.workers[0])
    house.job = again.job
    worker = house.worker()
    house.settle()
    assert rows(house) == {"k": 5, "l": 5}
    assert worker.dropped() == {"error": 1}


def test_rows_in_memory_come_back_from_the_topic(tmp_path: Path) -> None:
    app = App("join")
    names = app.global_table("names", key=str, value=str, materialized=memory(), name="held")
    app.stream("in", key=str, value=str).join(
        names, lambda line, name: f"{line}={name}", on=lambda line: line, value=str
    ).to("out")
    house = house_of(app, home=str(tmp_path))
    house.worker()
    house.send("names", ("k", "n", 1))
    house.settle()
    house.kill(house.workers[0])
    house.worker()
    house.send("in", ("a", "k", 5))
    house.settle()
    assert house.rows("out")[0][1] == "k=n"
    assert not Path(tmp_path, "state/join/@global").exists()


def test_an_app_may_have_nothing_but_a_global_table() -> None:
    app = App("join")
    app.global_table("names", key=str, value=str)
    house = house_of(app)
    house.worker()
    house.settle()
    house.send("names", ("k", "n", 1))
    house.workers[0].backend.refresh()
    assert not house.workers[0].finished
    house.settle()
    assert rows(house) == {"k": "n"}


def test_an_app_may_write_the_topic_of_its_own_global_table() -> None:
    app = App("join")
    names = app.global_table("names", key=str, value=str)
    lines = app.stream("in", key=str, value=str)
    lines.join(
        names, lambda line, name: f"{line}={name}", on=lambda line: line, how="left", value=str
    ).to("out")
    lines.map_values(str.upper, value=str).to("names")
    with app.test(partitions=2) as t:
        for _ in range(2):
            t.topic("in").send("k", "k")
        assert [one.value for one in t.topic("out").records()] == ["k=None", "k=K"]
        assert dict(t.store("names")) == {"k": "K"}
