"""A turn of all of it."""

from __future__ import annotations

import errno

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import StorageFull
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.segments.sealed import SealedWriter
from streamz_core.log.upkeep.expiring import RETENTION_MS
from streamz_core.log.upkeep.retaining import Retaining
from streamz_core.log.upkeep.sealing import Sealing
from streamz_core.log.values import TaskCommit
from tests.log.upkeep.conftest import House, house, read, send, values


@pytest.mark.parametrize(
    "error", [StorageFull("no room"), OSError(errno.ENOSPC, "no room"), OSError(errno.ENOENT, "x")]
)
def test_a_full_disk_stops_sealing_alone(
    kept: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    send(kept.log, values(3))
    kept.settle()
    kept.log.close()

    def full(_: object) -> bool:
        raise error

    monkeypatch.setattr(Sealing, "turn", full)
    for _ in range(3):
        kept.upkeep.turn()
    assert kept.files("data") == [], "what can go makes room"
    assert "nothing is sealed" in caplog.text


def test_a_disk_that_takes_no_word_of_what_is_removed_ends_no_janitor(
    kept: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: object) -> bool:
        raise StorageFull("no room")

    send(kept.log, values(3))
    monkeypatch.setattr(Retaining, "turn", full)
    kept.settle()
    assert kept.files("part"), "the rest of its work is done"
    assert "no records are removed" in caplog.text


def test_what_the_disk_does_not_take_is_not_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = house(MemoryMachine())
    send(kept.log, values(3))

    def broken(_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(SealedWriter, "_sync", broken)
    with pytest.raises(OSError, match="broken"):
        kept.upkeep.turn()
    assert kept.files("part") == []
    monkeypatch.undo()
    kept.settle()
    assert read(kept.log) == values(3)


def test_there_is_nothing_to_do_where_nothing_was_done(kept: House) -> None:
    kept.upkeep.turn()  # the log has no checkpoint yet
    assert not kept.upkeep.turn()


def test_a_checkpoint_that_finds_no_room_is_tried_another_time(
    kept: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(Keeper, "turn", full)
    assert not kept.upkeep.turn()
    assert "no checkpoint is written" in caplog.text


def test_groups_that_nobody_uses_are_forgotten() -> None:
    kept = house(MemoryMachine())
    send(kept.log, values(1))
    moves = [(1, 0, 0, 1)]
    kept.log.commit([TaskCommit("readers", "", 0, moves)], [])
    kept.settle()
    assert kept.janitor.state.committed("readers", 1, 0) == 1
    kept.machine.advance(RETENTION_MS)
    kept.settle()
    kept.machine.advance(1_000_000)
    kept.settle()
    assert kept.janitor.state.committed("readers", 1, 0) is None
