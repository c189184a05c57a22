"""The disk of the state is full, that of the log is not: workers pause, and go on where they stood."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from streamz_core.errors import StorageFull
from tests.runtime.conftest import House, counting, house_of
from tests.runtime.everywhere.test_copy import joining, out, rows
from tests.runtime.full import Disk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Two tasks, their stores on RocksDB."""
    return house_of(counting(), partitions=2, home=str(tmp_path))


def counts(house: House) -> list[tuple[str, int]]:
    return [row for partition in (0, 1) for row in house.counts("out", partition)]


@pytest.mark.parametrize("opens", [False, True])
def test_a_worker_pauses_and_nothing_is_lost_or_doubled(
    disk: Disk, house: House, caplog: pytest.LogCaptureFixture, opens: bool
) -> None:
    worker = house.worker()
    house.settle()
    disk.opens = opens
    for step in range(3):
        disk.full = True
        house.send("in", ("a", "x", step), ("a", "y", step))
        house.turn(10, wait_s=0.5)
        house.send("in", ("a", "z", step))
        house.turn(10, wait_s=0.5)
        assert 3 * step < len(house.counts("out", 1)) < 3 * step + 3
        disk.full = False
        house.settle()
        assert sorted(worker.tasks) == ["total/0", "total/1"]
    assert counts(house) == [("a", number) for number in range(1, 10)]
    said = [one.message for one in caplog.records if one.message.startswith("paused: ")]
    assert 1 <= len(said) <= 3, "not at every attempt"
    assert "its disk is full" in said[0] or "No space left" in said[0]


def test_it_does_not_try_all_the_time(disk: Disk, house: House) -> None:
    house.worker()
    house.settle()
    disk.full = True
    house.send("in", ("a", "x", 1))
    house.turn(3, wait_s=0.0)
    before = disk.refused
    house.turn(100, wait_s=0.0)
    assert disk.refused == before
    house.turn(100, wait_s=0.5)
    assert 40 <= disk.refused - before <= 160


def test_others_commit_on_and_nobody_says_that_there_is_room(
    disk: Disk, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.worker()
    house.settle()
    disk.full, disk.part = True, "/total/1/"
    house.send("in", ("a", "x", 1), partition=1)
    for step in range(5):
        house.send("in", ("b", "y", step), partition=0)
        house.turn(10, wait_s=0.5)
    assert ("b", 5) in counts(house)
    assert "room again" not in caplog.text
    disk.full = False
    house.send("in", ("b", "y", 9), partition=0)
    house.settle()
    assert "there is room again" in caplog.text


def test_a_task_that_finds_no_room_to_begin_is_opened_when_there_is(
    disk: Disk, house: House
) -> None:
    disk.full = True
    worker = house.worker()
    house.send("in", ("a", "x", 1))
    house.turn(10, wait_s=0.5)
    assert not worker.tasks
    disk.full = False
    house.settle()
    assert counts(house) == [("a", 1)]


def test_a_worker_that_is_asked_to_end_meanwhile_ends(
    disk: Disk, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    worker = house.worker()
    house.settle()
    disk.full = True
    house.send("in", ("a", "x", 1))
    house.turn(5)
    worker.close()
    house.workers.clear()
    disk.full = False
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        house.worker()
        house.settle()
    assert counts(house) == [("a", 1)]
    assert "begun anew" not in caplog.text, "only the tail is restored"


def test_a_copy_of_a_global_table_reads_again_what_it_could_not_keep(
    disk: Disk, tmp_path: Path
) -> None:
    house = house_of(joining(), home=str(tmp_path))
    house.worker()
    house.settle()
    disk.full = True
    house.send("names", ("k", "n", 1))
    house.send("in", ("a", "k", 5))
    house.turn(10, wait_s=0.5)
    assert out(house) == []
    disk.full = False
    house.settle()
    assert rows(house) == {"k": "n"}
    assert out(house) == ["k=n"]


def test_a_worker_that_has_no_room_for_a_copy_does_not_start(disk: Disk, tmp_path: Path) -> None:
    house = house_of(joining(), home=str(tmp_path))
    disk.full = True
    with pytest.raises(StorageFull, match="No space left on device"):
        house.worker()
