"""What is sealed, when, and that everybody reads the same before and after."""

from __future__ import annotations

import pytest
from attrs import evolve

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.removing import damaged, lose
from streamz_core.log.upkeep.sealing import Sealing
from streamz_core.log.upkeep.upkeep import watch_all
from tests.log.upkeep.conftest import LIMITS, House, house, read, send, values


@pytest.mark.parametrize("level", ["power", "process"])
@pytest.mark.parametrize("inline", [0, 4096])
def test_what_is_sealed_is_read_as_before(level: str, inline: int) -> None:
    kept = house(MemoryMachine(), evolve(LIMITS, inline_bytes=inline), level)
    send(kept.log, values(3))
    send(kept.log, values(2, 3))
    send(kept.log, values(4), partition=1)
    kept.machine.advance(2000)
    kept.log.tick()
    kept.log.tick()
    kept.settle()
    assert [file[:2] for file in kept.sealed()] == [(0, 5)]
    assert [file[:2] for file in kept.sealed(1)] == [(0, 4)]
    send(kept.log, values(2, 5))
    for log in (kept.log, kept.another()):
        for offset in range(7):
            assert read(log, offset) == values(7 - offset, offset)
        assert read(log, 1, partition=1) == values(3, 1)
        assert log.readable_end(1, 0, 0) == 5
        assert log.readable_end(1, 0, log.state.lsn) == 7
        assert damaged(log, 1, 0, 0) is None


def test_what_rotted_is_sealed_from_its_copy() -> None:
    kept = house(MemoryMachine(), evolve(LIMITS, inline_bytes=4096))
    send(kept.log, [b"first"])
    send(kept.log, [b"second"])
    kept.log.close()
    data = kept.machine.tree.get("/log/commit/000001").data
    data[data.index(b"first")] ^= 1
    kept.settle()
    log = kept.another()
    assert [file[:2] for file in log.state.sealed.of(1, 0)] == [(0, 2)]
    assert read(log) == [b"first", b"second"]


def test_a_partition_waits_until_it_is_worth_it(kept: House) -> None:
    limits = evolve(LIMITS, seal_bytes=1 << 20, seal_s=5.0, seal_least_bytes=200, seal_late_s=60.0)
    kept = house(MemoryMachine(), limits)
    send(kept.log, values(1))
    send(kept.log, [b"v" * 300], partition=1)
    for wait_s, small, large in ((0, 0, 0), (4.9, 0, 0), (0.1, 0, 1), (54.9, 0, 1), (0.2, 1, 1)):
        kept.machine.advance(int(wait_s * 1000))
        kept.settle()
        assert [len(kept.sealed()), len(kept.sealed(1))] == [small, large]
    send(kept.log, [b"v" * (1 << 19)] * 2)
    kept.settle()
    assert kept.sealed()[-1].stop == 3


def test_nothing_is_sealed_that_a_power_cut_could_take_back() -> None:
    kept = house(MemoryMachine(), level="process")
    send(kept.log, values(3))
    assert not kept.upkeep.turn()
    assert kept.sealed() == ()
    kept.machine.advance(2000)
    for _ in range(3):
        kept.log.tick()
        kept.upkeep.turn()
    assert [file[:2] for file in kept.sealed()] == [(0, 3)]


def test_it_goes_on_where_it_ended_and_small_files_become_one(kept: House) -> None:
    for number in range(8):
        send(kept.log, values(3, 3 * number))
        kept.upkeep.turn()
    assert [file.base for file in kept.sealed()] == [0, 3, 6, 9, 12, 15, 18, 21]
    kept.settle()
    assert [file[:2] for file in kept.sealed()] == [(0, 24)]
    assert len(kept.files("part/1/0")) == 1
    assert read(kept.log) == values(24)


def test_what_cannot_be_read_stays_where_it_is(
    kept: House, caplog: pytest.LogCaptureFixture
) -> None:
    send(kept.log, values(3))
    send(kept.log, [b"rotten" * 50])
    send(kept.log, values(2, 4))
    writer = kept.log.incarnation.hex()
    (data,) = [
        node.data for path, node in kept.machine.tree.files() if path.endswith(f"{writer}/1")
    ]
    at = data.find(b"rotten")
    data[at] ^= 1
    kept.settle()
    assert [file[:2] for file in kept.sealed()] == [(0, 3)]
    (told,) = [each.getMessage() for each in caplog.records]
    assert told.startswith("t[0]@3 stays where it is: /log/data/")
    assert kept.files("data") == [f"data/{writer}/1"]
    with pytest.raises(Corrupt, match="give these records up: streamz topics skip t 0 3"):
        read(kept.log, 3)
    lose(kept.log, 1, 0, 3, 4, "skip")
    kept.settle()
    assert [file[:2] for file in kept.sealed()] == [(0, 3), (3, 6)]
    assert read(kept.log, 4) == values(2, 4)


def test_damage_in_a_sealed_file_is_told_and_can_be_given_up(kept: House) -> None:
    send(kept.log, values(3))
    kept.settle()
    send(kept.log, values(3, 3))
    kept.settle()
    _, second = kept.files("part")
    kept.machine.tree.get(f"/log/{second}").data[60] ^= 1
    assert read(kept.log) == values(3)
    with pytest.raises(Corrupt, match=r"/log/part/.*streamz topics skip t 0 4"):
        read(kept.log, 4)
    found = damaged(kept.log, 1, 0, 4)
    assert found is not None
    assert found[:2] == (3, 6)
    lose(kept.log, 1, 0, 3, 6, "skip")
    assert damaged(kept.log, 1, 0, 0) is None
    assert read(kept.log, 4) == []


def test_the_second_of_two_movers_throws_its_files_away(kept: House) -> None:
    send(kept.log, values(3))
    other = kept.another()
    watch_all(other)
    slow = Sealing(other)
    slow._publish = lambda parts: (kept.settle(), Sealing._publish(slow, parts))  # type: ignore[method-assign,assignment,return-value]
    assert slow.turn()
    assert len(kept.sealed()) == 1
    assert len(kept.files("part")) == 1
    assert read(kept.log) == values(3)
