"""What the reader accepts, passes and refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame
from streamz_core.log.log import Log
from streamz_core.log.records import kinds

Open = Callable[..., Log]
SEGMENT = "/log/commit/000001"


def topic(log: Log, name: str) -> None:
    log.create_topic(name, 1, {})


def next_frame(log: Log, name: str, *, at: int, payload: bytes = b"") -> bytes:
    """The frame that would chain next, to stand at `at`."""
    import msgpack

    number = max(log.fold.topics, default=0) + 1
    body = msgpack.packb([number, name, 1, {}])
    place = frame.place(1, at)
    fold = log.fold
    return frame.encode(
        log.identity.key,
        place,
        fold.lsn + 1,
        kinds.TOPIC,
        fold.hash,
        body,
        payload,
        (0, frame.ZERO),
    )[0]


def raw(machine: MemoryMachine) -> bytearray:
    return machine.tree.get(SEGMENT).data


def test_two_processes_fold_the_same(opened: Open) -> None:
    one, two = opened("process"), opened()
    topic(one, "a")
    topic(two, "b")
    one.refresh()
    assert one.fold.digest() == two.fold.digest()
    assert sorted(one.fold.names) == ["a", "b"]


def test_the_reader_waits_at_every_prefix_of_a_running_append(
    machine: MemoryMachine, opened: Open
) -> None:
    writer, reader = opened("process"), opened()
    data = raw(machine)
    start = len(data)
    whole = next_frame(writer, "a", at=start, payload=bytes(data[:200]))
    for byte in whole[:-1]:
        data.append(byte)
        assert not reader.refresh()
    data.append(whole[-1])
    assert reader.refresh()
    assert "a" in reader.fold.names


def test_half_visible_frames_are_not_passed(machine: MemoryMachine, opened: Open) -> None:
    """Later pages may be seen before earlier ones."""
    writer, reader = opened("process"), opened()
    data = raw(machine)
    start = len(data)
    whole = next_frame(writer, "a", at=start, payload=b"x" * 300)
    data += bytes(100) + whole[100:]
    assert not reader.refresh()
    data[start:] = whole
    assert reader.refresh()


def test_torn_frames_are_passed_once_a_valid_one_stands_behind(
    machine: MemoryMachine, opened: Open
) -> None:
    writer, reader = opened("process"), opened()
    data = raw(machine)
    data += next_frame(writer, "torn", at=len(data), payload=bytes(data))[:-5]
    assert not reader.refresh()
    topic(writer, "whole")
    assert reader.refresh()
    assert sorted(reader.fold.names) == ["whole"]
    assert reader.chain.torn == 1


def test_a_frame_inside_user_bytes_is_never_taken(machine: MemoryMachine, opened: Open) -> None:
    """The torn frame's payload holds a frame that would chain, were it not for its place."""
    writer, reader = opened("process"), opened()
    data = raw(machine)
    start = len(data)
    ghost = next_frame(writer, "ghost", at=start)
    data += next_frame(writer, "torn", at=start, payload=ghost + b"tail")[:-2]
    assert not reader.refresh()
    topic(writer, "real")
    reader.refresh()
    assert sorted(reader.fold.names) == ["real"]


def test_late_appends_are_ignored_by_everybody(machine: MemoryMachine, opened: Open) -> None:
    zombie, other = opened("process"), opened()
    late = next_frame(zombie, "late", at=0)
    topic(other, "a")
    data = raw(machine)
    data += frame.moved(late, frame.place(1, len(data)))
    topic(other, "b")
    assert sorted(other.fold.names) == ["a", "b"]
    assert other.chain.stale == 1


def test_a_record_chained_onto_an_unreadable_one_is_damage(
    machine: MemoryMachine, opened: Open
) -> None:
    writer = opened("process")
    begin = len(raw(machine))
    topic(writer, "a")
    topic(writer, "b")
    raw(machine)[begin + 60] ^= 1
    with pytest.raises(Corrupt, match=r"000001 at \d+: commit 2 follows commit 0"):
        opened()


def test_a_rotten_last_record_is_no_damage_to_a_reader_without_a_witness(
    machine: MemoryMachine, opened: Open
) -> None:
    writer = opened("process")
    topic(writer, "a")
    begin = len(raw(machine))
    topic(writer, "b")
    raw(machine)[begin + 60] ^= 1
    assert sorted(opened().fold.names) == ["a"]


def test_garbage_of_any_size_is_passed(machine: MemoryMachine, opened: Open) -> None:
    writer = opened("process")
    raw(machine).extend(b"\xc5SZ1" * 700_000)
    topic(writer, "behind")
    assert "behind" in opened().fold.names
