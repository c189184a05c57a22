"""What is read of a partition, from where to where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import (
    Corrupt,
    Misuse,
    OffsetOutOfRange,
)
from streamz_core.log.log import Log
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
