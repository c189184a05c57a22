"""What is read of a partition, from where to where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import (
    Corrupt,
    Misuse,
    OffsetOutOfRange,
    UnknownTopic,
)
from streamz_core.log.log import Log
from streamz_core.log.removing import delete_topic, lose
from tests.log.conftest import read, send

Open = Callable[..., Log]


@pytest.mark.parametrize("level", ["power", "process"])
@pytest.mark.parametrize("size", [1, 100, 5000])
def test_what_was_committed_is_read(opened: Open, level: str, size: int) -> None:
    writer, reader = opened(level), opened()
    writer.create_topic("t", 2, {})
    send(writer, [b"a" * size, b"b" * size])
    send(writer, [b"c" * size])
    assert read(reader) == [b"a" * size, b"b" * size, b"c" * size]
    assert read(reader, 1) == [b"b" * size, b"c" * size]
    assert read(reader, 2) == [b"c" * size]
    assert read(reader, 0, partition=1) == []


def test_rotten_payload_is_refused_with_its_place(machine: MemoryMachine, opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"good" * 2000])
    name = f"/log/data/{log.incarnation.hex()}/1"
    machine.tree.get(name).data[5000] ^= 1
    with pytest.raises(Corrupt, match=r"t\[0\]@0, commit 2: .*at \d+"):
        read(log)


@pytest.mark.parametrize("offset", [-1, 0, 1, 6, 1 << 40])
def test_what_the_partition_does_not_have_is_told_with_what_it_has(
    opened: Open, offset: int
) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"%d" % number for number in range(5)])
    log.state.starts[1][0] = 2  # as after a retention
    assert read(log, 2) == [b"2", b"3", b"4"]
    assert read(log, 5) == []
    with pytest.raises(
        OffsetOutOfRange, match=rf"t\[0\] has no offset {offset}: .* from 2 on.* will be 5;"
    ) as told:
        read(log, offset)
    assert (told.value.start, told.value.end) == (2, 5)


def test_nothing_is_read_of_a_topic_that_is_not_watched(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"v"])
    for call in (
        lambda: log.fetch(1, 0, 0),
        lambda: log.readable_end(1, 0, 9),
    ):
        with pytest.raises(Misuse, match=r"t\[0\] is not watched"):
            call()


def test_a_reader_that_may_not_see_all_is_told_where_to_stop(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 2, {})
    log.watch(["t"])
    first, second = send(log, [b"a", b"b"]), send(log, [b"c"])
    log.state.starts[1] = [0, 7]  # nothing lies in the second partition
    assert [log.readable_end(1, 0, lsn) for lsn in (first - 1, first, second)] == [0, 2, 3]
    assert log.readable_end(1, 1, second) == 7
    found = log.fetch(1, 0, 0, lsn_max=first)
    assert [batch.values for batch in found] == [[b"a", b"b"]]


def test_reading_ends_behind_the_batch_that_reaches_a_limit(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    log.watch(["t"])
    for _ in range(4):
        send(log, [b"a", b"b"])
    assert [len(batch) for batch in log.fetch(1, 0, 1, bytes_max=1)] == [1]
    assert [len(batch) for batch in log.fetch(1, 0, 1, records_max=3)] == [1, 2]
    assert [len(batch) for batch in log.fetch(1, 0, 0)] == [2, 2, 2, 2]


# ---- what is no more


def lossy(opened: Open, gaps: list[tuple[int, int]], batches: int = 4) -> Log:
    """t[0] has `batches` of three records, "0", "1", ...; those in the gaps are lost."""
    log = opened("process")
    log.create_topic("t", 1, {})
    log.watch(["t"])
    for number in range(batches):
        send(log, [b"%d" % (3 * number + row) for row in range(3)])
    for start, stop in gaps:
        lose(log, 1, 0, start, stop, "delete_records")
    return log


def everything(log: Log, offset: int) -> dict[int, bytes | None]:
    """What a reader gets that goes on where the last batch of a fetch ends."""
    found: dict[int, bytes | None] = {}
    while batches := log.fetch(1, 0, offset):
        base = batches[0].base_offset
        for batch in batches:
            assert batch.base_offset == base, "there is no gap within a fetch"
            base += len(batch)
            found.update(zip(range(batch.base_offset, base), batch.values, strict=True))
            assert batch.values == [b"%d" % o for o in range(batch.base_offset, base)]
            assert len(batch.timestamps) == len(batch.keys) == len(batch)
        assert base > offset, "a reader moves on"
        offset = base
    assert offset == log.state.end(1, 0)
    return found


@pytest.mark.parametrize(
    "gaps",
    [
        [(3, 6)],
        [(4, 5)],
        [(2, 10)],
        [(0, 2)],
        [(0, 12)],
        [(11, 12)],
        [(5, 12)],
        [(1, 2), (4, 8), (10, 11)],
        [(4, 6), (6, 8), (5, 7)],
        [(4, 6), (0, 4)],
    ],
)
def test_nobody_reads_what_is_lost(opened: Open, gaps: list[tuple[int, int]]) -> None:
    log = lossy(opened, gaps)
    kept = [o for o in range(12) if not any(low <= o < high for low, high in gaps)]
    start = log.state.start(1, 0)
    for begin in range(start, 12):
        assert list(everything(log, begin)) == [o for o in kept if o >= begin]
    again = opened()
    again.watch(["t"])
    assert list(everything(again, start)) == kept


def test_a_gap_at_the_end_is_passed_before_there_is_more(opened: Open) -> None:
    log = lossy(opened, [(8, 12)])
    (batch,) = log.fetch(1, 0, 9)
    assert (batch.base_offset, len(batch), batch.keys) == (12, 0, [])
    assert log.fetch(1, 0, 12) == []
    send(log, [b"12"])
    (batch,) = log.fetch(1, 0, 9)
    assert (batch.base_offset, batch.values) == (12, [b"12"])


def test_limits_count_what_is_there(opened: Open) -> None:
    log = lossy(opened, [(1, 10)])
    assert [batch.values for batch in log.fetch(1, 0, 1, records_max=1)] == [[b"10", b"11"]]
    assert [batch.values for batch in log.fetch(1, 0, 0, records_max=5)] == [[b"0"]]


def test_the_readable_end_is_not_before_the_start(opened: Open) -> None:
    log = lossy(opened, [(0, 8)])
    lsn = log.state.lsn
    assert [log.readable_end(1, 0, lsn - back) for back in (1, 2, 4)] == [12, 9, 8]


@pytest.mark.parametrize("stop", [1, 2])
def test_who_reads_while_records_are_lost_goes_on_behind_them(
    machine: MemoryMachine, opened: Open, stop: int
) -> None:
    """The reader has not heard of it when it finds the file gone: it asked for nothing wrong."""
    writer, reader = opened("process"), opened()
    writer.create_topic("t", 1, {})
    send(writer, [b"a" * 5000])
    reader.watch(["t"])
    reader.refresh()
    lose(writer, writer.topic("t").id, 0, 0, 1, "retention")
    machine.process().unlink(f"/log/data/{writer.incarnation.hex()}/1")
    if stop == 2:
        send(writer, [b"b"])
    found = reader.fetch(writer.topic("t").id, 0, 0)
    assert [(batch.base_offset, batch.values) for batch in found] == [(1, [b"b"] * (stop - 1))]


def test_who_reads_a_topic_that_is_deleted_is_told_so(machine: MemoryMachine, opened: Open) -> None:
    writer, reader = opened("process"), opened()
    number = writer.create_topic("t", 1, {}).id
    send(writer, [b"a" * 5000])
    reader.watch(["t"])
    reader.refresh()
    delete_topic(writer, "t", asker="test", force=True)
    machine.process().unlink(f"/log/data/{writer.incarnation.hex()}/1")
    with pytest.raises(UnknownTopic, match="the topic t that was read here is no more"):
        reader.fetch(number, 0, 0)
