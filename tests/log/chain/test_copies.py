"""Frames that rot are told from the copies that their writers kept."""

from __future__ import annotations

import errno

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.errors import Corrupt, NotReady
from streamz_core.log.chain import frame, poison
from streamz_core.log.chain.copies import Copies
from streamz_core.log.chain.writing import COPIED
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from tests.log.chain.test_recovery import Rebooted
from tests.log.conftest import read, send

SEGMENT = "/log/commit/000001"
COPIES = "/log/copies/000001"
VALUES = [b"first", b"second", b"third", b"fourth"]


@pytest.fixture
def places(machine: MemoryMachine) -> list[int]:
    """Where the frame of each value begins, and where the last ends; the log is closed."""
    log = Log.open(machine.process(), "/log")
    log.create_topic("t", 1, {})
    found = [log.chain.end]
    for value in VALUES:
        send(log, [value])
        found.append(log.chain.end)
    log.close()
    return found


def raw(machine: MemoryMachine, path: str = SEGMENT) -> bytearray:
    return machine.tree.get(path).data


def whole(machine: MemoryMachine) -> Log:
    """The log, in which everything can be read."""
    log = Log.open(machine.process(), "/log", watch=["t"])
    assert read(log) == VALUES
    return log


def test_every_byte_of_a_record_heals(machine: MemoryMachine, places: list[int]) -> None:
    data = raw(machine)
    sound = bytes(data)
    for at in range(places[1], places[2]):
        data[at] ^= 1
        log = whole(machine)
        assert log.chain.passed.healed[0].lsn == 3
        assert log.chain.passed.healed[0].path == SEGMENT
        assert log.chain.passed.healed[0].copy == COPIES
        log.close()
        data[:] = sound


def test_the_last_record_heals_if_it_was_durable(machine: MemoryMachine, places: list[int]) -> None:
    raw(machine)[places[3] + 60] ^= 1
    log = whole(machine)
    send(log, [b"fifth"])
    log.close()
    assert read(Log.open(machine.process(), "/log")) == [*VALUES, b"fifth"]


def test_several_in_a_row_heal(machine: MemoryMachine, places: list[int]) -> None:
    raw(machine)[places[1] : places[3]] = bytes(places[3] - places[1])
    whole(machine)


def test_only_one_of_several_has_a_copy(machine: MemoryMachine, places: list[int]) -> None:
    raw(machine)[places[1] : places[3]] = bytes(places[3] - places[1])
    copies = raw(machine, COPIES)
    copies[copies.index(b"second") - 40] ^= 1
    with pytest.raises(
        Corrupt, match=r"commit 5 follows commit 2; .* no writer kept a copy of all"
    ):
        Log.open(machine.process(), "/log")


def test_what_is_read_before_it_is_opened_again_heals_too(
    machine: MemoryMachine, places: list[int]
) -> None:
    log = whole(machine)
    raw(machine)[places[1] + 60] ^= 1
    raw(machine)[places[2] - 3] ^= 1
    assert read(log) == VALUES


def test_one_that_lost_the_race_does_not_take_its_place(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log")
    log.create_topic("t", 1, {})
    at, lsn, prev = log.chain.end, log.state.lsn, log.state.hash
    send(log, [b"first"])
    late = frame.encode(
        log.identity.mac,
        frame.place(1, log.chain.end),
        lsn + 1,
        4,
        prev,
        b"\x91\xc4\x08" + b"m" * 8,
        b"",
        (0, frame.ZERO),
    )[0]
    raw(machine).extend(late)
    log.refresh()
    for value in VALUES[1:]:
        send(log, [value])
    log.close()
    raw(machine)[at + 60] ^= 1
    whole(machine)


@pytest.mark.parametrize("at", range(4))
def test_a_cold_start_writes_what_was_healed(
    machine: MemoryMachine, places: list[int], at: int
) -> None:
    data, env = raw(machine), machine.process()
    log = Log.open(env, "/log")
    poison.poison(env, log.layout, log.identity)  # so that all of it is written anew
    env.kill()
    data[places[at] + 60] ^= 1
    data[places[(at + 2) % 4 + 1] - 3] ^= 1  # the payload of another one
    opened = Log.open(Rebooted(machine), "/log", watch=["t"])
    assert read(opened) == VALUES
    assert opened.chain.segment == 2
    assert opened.chain.passed.healed == []
    opened.close()
    again = raw(machine, "/log/commit/000002")
    again[again.rindex(b"second") - 40] ^= 1  # there are copies of these as well
    machine.process().unlink(COPIES)
    env = Rebooted(machine)
    assert read(Log.open(env, "/log", watch=["t"])) == VALUES


def test_the_last_record_before_the_next_segment_heals(
    machine: MemoryMachine, places: list[int]
) -> None:
    log = Log.open(machine.process(), "/log", limits=Limits(chain_segment_bytes=1))
    send(log, [b"fifth"])
    log.close()
    assert machine.process().exists("/log/commit/000002")
    raw(machine)[places[3] + 60] ^= 1
    assert read(Log.open(machine.process(), "/log")) == [*VALUES, b"fifth"]


@pytest.mark.parametrize("number", [1, 2])
def test_the_first_frame_of_a_segment_heals(
    machine: MemoryMachine, places: list[int], number: int
) -> None:
    log = Log.open(machine.process(), "/log", limits=Limits(chain_segment_bytes=1))
    send(log, [b"fifth"])
    log.close()
    data = raw(machine, log.layout.segment(number))
    for at in range(95):
        data[at] ^= 1
        log = Log.open(machine.process(), "/log")
        assert read(log) == [*VALUES, b"fifth"]
        log.close()
        data[at] ^= 1


def test_a_copy_is_written_in_time(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log")
    copies = raw(machine, COPIES)
    before = len(copies)
    log.create_topic("t", 1, {})
    at = log.chain.end
    for value in VALUES:
        send(log, [value])
    log.tick()
    machine.advance(999)
    log.tick()
    assert len(copies) == before
    machine.advance(2)
    log.tick()
    raw(machine)[at + 60] ^= 1
    whole(machine)


def test_many_are_copied_at_once(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log")
    copies = raw(machine, COPIES)
    before = len(copies)
    log.create_topic("t", 1, {})
    for _ in range(COPIED - 2):
        send(log, [b"x"])
    assert len(copies) == before
    send(log, [b"x"])
    assert len(copies) > before


def test_of_what_has_much_payload_the_rest_heals(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log")
    log.create_topic("t", 1, {})
    places = [log.chain.end]
    for sign in b"abc":
        send(log, [bytes([sign]) * 3000])
        places.append(log.chain.end)
    log.close()
    data = raw(machine)
    data[places[0] + 60] ^= 1
    env = machine.process()
    log = Log.open(env, "/log")
    assert [len(value or b"") for value in read(log)] == [3000] * 3
    data[data.index(b"ccc")] ^= 1
    with pytest.raises(Corrupt, match=r"t\[0\]@2, commit 4"):
        log.fetch(1, 0, 2)
    poison.poison(
        env, log.layout, log.identity
    )  # a cold start verifies what the copy does not hold
    env.kill()
    with pytest.raises(Corrupt, match="can be read only up to commit 3"):
        Log.open(Rebooted(machine), "/log")


def test_what_has_no_copy_is_refused(machine: MemoryMachine, places: list[int]) -> None:
    machine.process().remove_tree("/log/copies")
    raw(machine)[places[1] + 60] ^= 1
    with pytest.raises(
        Corrupt, match=r"commit 4 follows commit 2; .* no writer kept a copy of all"
    ):
        Log.open(machine.process(), "/log")


def test_who_stood_still_at_a_segment_that_went_is_told_so(
    machine: MemoryMachine, places: list[int]
) -> None:
    """Its copies went with it: no damage of the log is told by one who reads what is no more of it."""
    log = Log.open(machine.process(), "/log")
    other = Log.open(machine.process(), "/log")
    at = log.chain.end
    for value in (b"fifth", b"sixth"):
        send(other, [value])
    raw(machine)[at + 60] ^= 1
    for path in (SEGMENT, COPIES):
        other.env.unlink(path)
    with pytest.raises(NotReady, match="stood still at segment 1"):
        log.refresh()


def test_a_copy_of_another_record_is_not_believed(
    machine: MemoryMachine, places: list[int]
) -> None:
    """Its hash has to be the one that the next record names."""
    log = Log.open(machine.process(), "/log")
    other, hash_ = frame.encode(log.identity.mac, 0, 3, 4, bytes(16), b"\x90", b"", (0, frame.ZERO))
    log.close()
    copies = raw(machine, COPIES)
    copies[copies.index(b"second") - 40] ^= 1
    copies.extend(other)
    assert [one.frame.hash for one in Copies(log.env, log.layout, log.identity.mac).of(3)] == [
        hash_
    ]
    raw(machine)[places[1] + 60] ^= 1
    with pytest.raises(Corrupt, match="no writer kept a copy of all"):
        Log.open(machine.process(), "/log")


def test_garbage_between_copies_is_passed(machine: MemoryMachine, places: list[int]) -> None:
    copies = raw(machine, COPIES)
    copies[0:0] = frame.MAGIC + b"\xff" * 30
    copies.extend(copies[-50:])
    raw(machine)[places[1] + 60] ^= 1
    whole(machine)


def test_a_disk_that_takes_no_copies_keeps_nobody_from_committing(machine: MemoryMachine) -> None:
    class Full(MemoryEnv):
        def create(self, path: str) -> MemoryFile:
            if "/copies/" in path:
                raise OSError(errno.ENOSPC, "no space left", path)
            return super().create(path)

    log = Log.open(Full(machine), "/log")
    log.create_topic("t", 1, {})
    send(log, [b"first"])
    log.close()
    assert read(Log.open(machine.process(), "/log")) == [b"first"]
    assert not machine.process().exists(COPIES)


def test_one_that_was_written_once_more_heals_where_that_was(machine: MemoryMachine) -> None:
    """Of the first attempt the disk took only the beginning: no payload that rotted, though it looks like one."""
    large = b"large" * 200

    class Short(MemoryEnv):
        taken = 0

        def open(self, path: str, *, write: bool = False) -> MemoryFile:
            file = super().open(path, write=write)
            append = file.append

            def some(data: bytes) -> int:
                if large in data and not Short.taken:
                    Short.taken = 400
                    return append(data[:400])
                return append(data)

            file.append = some  # type: ignore[method-assign]
            return file

    log = Log.open(Short(machine), "/log", limits=Limits(inline_bytes=1 << 20))
    log.create_topic("t", 1, {})
    begin = log.chain.end
    send(log, [large])
    send(log, [b"behind"])
    log.close()
    data = raw(machine)
    again = data.index(frame.MAGIC, begin + 1)
    assert again == begin + Short.taken
    data[again + 60] ^= 1
    found = Log.open(machine.process(), "/log", watch=["t"])
    assert read(found) == [large, b"behind"]
    assert [one.lsn for one in found.chain.passed.healed] == [2]
