"""What the reader accepts, passes and refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.layout import SegmentHead, encode_segment
from streamz_core.log.chain.succession import Begin
from streamz_core.log.log import Log
from streamz_core.log.records.topics import TopicRecord
from tests.log.conftest import send

Open = Callable[..., Log]
SEGMENT = "/log/commit/000001"


def topic(log: Log, name: str) -> None:
    log.create_topic(name, 1, {})


def next_frame(log: Log, name: str, *, at: int, payload: bytes = b"") -> bytes:
    """The frame that would chain next, to stand at `at`."""
    record = TopicRecord(max(log.state.topics, default=0) + 1, name, 1, {})
    return frame.encode(
        log.identity.mac,
        frame.place(1, at),
        log.state.lsn + 1,
        record.kind,
        log.state.hash,
        record.pack(),
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
    assert one.state.digest() == two.state.digest()
    assert sorted(one.state.names) == ["a", "b"]


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
    assert "a" in reader.state.names


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
    assert sorted(reader.state.names) == ["whole"]
    assert reader.chain.passed.torn == 1


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
    assert sorted(reader.state.names) == ["real"]


def test_late_appends_are_ignored_by_everybody(machine: MemoryMachine, opened: Open) -> None:
    zombie, other = opened("process"), opened()
    late = next_frame(zombie, "late", at=0)
    topic(other, "a")
    data = raw(machine)
    data += frame.moved(late, frame.place(1, len(data)))
    topic(other, "b")
    assert sorted(other.state.names) == ["a", "b"]
    assert other.chain.passed.stale == 1


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
    assert sorted(opened().state.names) == ["a"]


def test_garbage_of_any_size_is_passed(machine: MemoryMachine, opened: Open) -> None:
    writer = opened("process")
    raw(machine).extend(b"\xc5SZ1" * 700_000)
    topic(writer, "behind")
    assert "behind" in opened().state.names


def taken(log: Log, begin: tuple[int, bytes] = (0, frame.ZERO)) -> list[int]:
    """The records that a reader is handed which begins behind one."""
    found: list[int] = []

    def take(one: Frame, where: tuple[int, int], data: bytes) -> None:
        at = log.env.open(log.layout.segment(where[0])).pread(
            4, where[1] - one.payload_at + one.start
        )
        assert at == frame.MAGIC == data[one.start : one.start + 4]
        found.append(one.lsn)

    chain = Chain(log.env, log.layout, log.identity, take, Begin(*begin))
    assert chain.tail() == bool(found)
    chain.close()
    return found


def hashes(log: Log) -> dict[int, bytes]:
    found: dict[int, bytes] = {}

    def take(one: Frame, *_: object) -> None:
        found[one.lsn] = one.hash

    Chain(log.env, log.layout, log.identity, take).tail()
    return found


def test_a_reader_may_begin_behind_any_record(opened: Open) -> None:
    log = opened("process")
    for name in "abc":
        topic(log, name)
    assert taken(log) == [1, 2, 3]
    for lsn, hash_ in hashes(log).items():
        assert taken(log, (lsn, hash_)) == list(range(lsn + 1, 4))


def test_a_reader_that_begins_behind_another_chain_is_told(opened: Open) -> None:
    log = opened("process")
    for name in "abc":
        topic(log, name)
    with pytest.raises(Corrupt, match="commit 3 follows commit 1"):
        taken(log, (1, b"another chain..."))


def continued(log: Log, number: int, lsn: int, hash_: bytes) -> None:
    """A segment that goes on behind a record."""
    head = SegmentHead(number, lsn, hash_, "boot", 0)
    log.env.create(log.layout.segment(number)).append(encode_segment(log.identity, head))


def test_segments_need_not_begin_with_the_first(machine: MemoryMachine, opened: Open) -> None:
    """Those before the base may be gone; those behind it are needed."""
    log = opened("process")
    topic(log, "a")
    known = (1, hashes(log)[1])
    continued(log, 2, *known)
    continued(log, 3, *known)
    assert taken(log) == [1]
    machine.tree.remove(log.layout.segment(1))
    assert taken(log, known) == []
    with pytest.raises(Corrupt, match="begins behind commit 1, and commit 1 is needed"):
        taken(log)
    with pytest.raises(Corrupt, match="000003 continues another commit 1 than the one"):
        taken(log, (1, b"another chain..."))
    continued(log, 5, *known)  # what stands before a gap is of no use
    assert taken(log, known) == []
    with pytest.raises(Corrupt, match="begins behind commit 1, and commit 1 is needed"):
        taken(log)


# ---- payload that was damaged after it was committed


def filled(opened: Open, machine: MemoryMachine, damage: str) -> Log:
    """Five commits of one small record each; the payload of those in `damage` is not what it was."""
    log = opened("process")
    topic(log, "t")
    for letter in "abcde":
        send(log, [letter.encode() * 9])
    for letter in damage:
        hurt(machine, letter)
    return log


def hurt(machine: MemoryMachine, letter: str) -> None:
    raw(machine)[raw(machine).index(letter.encode() * 9)] ^= 1


@pytest.mark.parametrize("damage", ["a", "c", "cd", "abcd", "bd"])
def test_what_others_were_chained_onto_is_on_the_chain(
    machine: MemoryMachine, opened: Open, damage: str
) -> None:
    writer = filled(opened, machine, damage)
    reader = opened()
    assert reader.state.digest() == writer.state.digest()
    assert reader.chain.passed.torn == 0
    send(reader, [b"more"])
    writer.refresh()
    assert reader.state.digest() == writer.state.digest()
    reader.watch(["t"])
    for at, letter in enumerate("abcde"):
        if letter in damage:
            with pytest.raises(Corrupt, match=rf"t\[0\]@{at}, commit .*topics skip t 0 {at}"):
                reader.fetch(1, 0, at)
        else:
            assert reader.fetch(1, 0, at, bytes_max=1)[0].values == [letter.encode() * 9]


def test_what_lost_a_race_behind_it_does_not_tell(machine: MemoryMachine, opened: Open) -> None:
    writer = opened("process")
    topic(writer, "t")
    data = raw(machine)
    send(writer, [b"a" * 9])
    state = opened()
    send(writer, [b"b" * 9])
    data += next_frame(state, "late", at=len(data))
    send(writer, [b"c" * 9])
    hurt(machine, "b")
    reader = opened()
    assert reader.state.digest() == writer.state.digest()
    assert "late" not in reader.state.names


def test_a_damaged_frame_nobody_was_chained_onto_is_a_torn_one(
    machine: MemoryMachine, opened: Open
) -> None:
    writer = opened("process")
    data = raw(machine)
    whole = next_frame(writer, "torn", at=len(data), payload=b"x" * 300)
    data += whole[:-1] + b"y"
    assert not writer.refresh()
    topic(writer, "a")
    reader = opened()
    assert sorted(reader.state.names) == ["a"]
    assert reader.chain.passed.torn == 1


def test_a_torn_append_that_was_tried_again_is_not_taken_for_the_second(
    machine: MemoryMachine, opened: Open
) -> None:
    """Both have one hash, and what follows names it; the payload lies in the second alone."""
    writer = opened("process")
    topic(writer, "t")
    data = raw(machine)
    start = len(data)
    send(writer, [b"a" * 9])
    whole = bytes(data[start:])
    del data[start:]
    data += whole[:-5]
    data += frame.moved(whole, frame.place(1, len(data)))
    reader = opened()
    send(reader, [b"b" * 9])
    last = opened()
    last.watch(["t"])
    assert [batch.values for batch in last.fetch(1, 0, 0)] == [[b"a" * 9], [b"b" * 9]]
