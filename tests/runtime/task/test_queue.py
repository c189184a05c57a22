"""What is read ahead of a partition: how far, from where, and with which event times."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv
from streamz_core.record import Headers
from streamz_core.runtime.task.inputs import Inputs
from streamz_core.runtime.task.queue import Columns, Queue


@pytest.fixture
def broker() -> Broker:
    found = Broker(MemoryEnv(), "/home", Config(durability="process"))
    found.backend.create_topic("t", 2, {})
    found.backend.watch(["t"])
    return found


def write(broker: Broker, *values: bytes, headers: list[Headers] | None = None) -> None:
    count = len(values)
    transaction = broker.transaction()
    transaction.send("t", 1, [b"k"] * count, values, [5] * count, headers)
    transaction.commit()


def never(error: Exception, queue: Queue, row: int) -> None:
    raise error


def plain() -> Queue:
    return Queue("t", 1, None, never)


def shown(queue: Queue) -> list[tuple[int, bytes | None]]:
    return list(zip(queue.columns.offsets, queue.columns.values, strict=True))


def test_it_is_read_ahead_only_when_nothing_is_left(broker: Broker) -> None:
    write(broker, b"a", b"b")
    queue = plain()
    queue.fill(broker.backend, 1)
    assert shown(queue) == [(0, b"a"), (1, b"b")], "whole batches"
    write(broker, b"c")
    queue.at = 1
    queue.fill(broker.backend, 1)
    assert (len(queue), queue.next_offset) == (1, 1)
    queue.at = 2
    assert queue.next_offset == 2
    queue.fill(broker.backend, 1)
    assert shown(queue) == [(2, b"c")]
    queue.at = 1
    queue.fill(broker.backend, 1)
    assert not len(queue)


def test_several_batches_are_one(broker: Broker) -> None:
    write(broker, b"a", headers=[(("h", b"1"),)])
    write(broker, b"b", b"c")
    queue = plain()
    queue.fill(broker.backend, 100)
    assert shown(queue) == [(0, b"a"), (1, b"b"), (2, b"c")]
    assert list(queue.timestamps) == [5, 5, 5]
    assert queue.columns.headers == [(("h", b"1"),), (), ()]
    assert queue.bytes > 0


def test_what_was_taken_is_settled_by_a_commit(broker: Broker) -> None:
    write(broker, b"a", b"b")
    queue = plain()
    queue.fill(broker.backend, 9)
    queue.at = 1
    queue.took(7)
    queue.took(3)
    queue.settle()
    assert (queue.committed, queue.bytes, queue.time) == (1, 0, 7)


def test_seeking_forgets_what_was_read(broker: Broker) -> None:
    write(broker, b"a", b"b", b"c")
    queue = plain()
    queue.fill(broker.backend, 9)
    queue.seek(2, 4)
    assert (len(queue), queue.next_offset, queue.committed, queue.time) == (0, 2, 2, 4)
    queue.fill(broker.backend, 9)
    assert shown(queue) == [(2, b"c")]


def test_a_partition_that_was_never_committed_is_read_from_its_start(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which need not be the first offset there ever was."""
    write(broker, b"a", b"b", b"c")
    queue = plain()
    monkeypatch.setattr(broker.backend, "start", lambda *_: 2)
    inputs = Inputs(broker.backend, [queue])
    inputs.rewind({}, {})
    assert queue.committed == 2
    assert inputs.take(9) == (queue, 0, 1)
    assert shown(queue) == [(2, b"c")]
    inputs.rewind({("t", 1): 0}, {})
    assert queue.committed == 0


def test_rows_are_cut_and_picked_with_all_their_columns() -> None:
    columns = Columns([b"k", None, b"l"], [b"1", b"2", None], [(), (("h", b"x"),), ()], range(4, 7))

    def rows(found: Columns) -> list[tuple[Any, ...]]:
        assert found.headers is not None
        return list(zip(found.keys, found.values, found.headers, found.offsets, strict=True))

    whole = rows(columns)
    assert rows(columns.first(2)) == whole[:2]
    assert rows(columns.between(1, 3)) == whole[1:]
    assert rows(columns.picked([0, 2])) == [whole[0], whole[2]]
    bare = Columns([b"k"], [b"1"], None, [0])
    assert bare.first(1).headers is None
    assert bare.picked([0]).headers is None


# ---- event times


def stamped(failed: Any = never) -> Queue:
    """The value is the time; "?" has none."""

    def extract(_: Any, values: Any, *__: Any) -> list[int]:
        return [int(value) for value in values]

    return Queue("t", 1, extract, failed)


def test_records_have_the_times_the_extractor_says(broker: Broker) -> None:
    write(broker, b"3", b"1", b"2")
    queue = stamped()
    queue.fill(broker.backend, 9)
    assert queue.timestamps == [3, 1, 2]
    assert queue.dropped == 0
    assert plain().dropped == 0


def test_negative_times_drop_their_record_and_are_counted(broker: Broker) -> None:
    write(broker, b"3", b"-1", b"2", headers=[(), (("h", b"1"),), (("h", b"2"),)])
    queue = stamped()
    queue.fill(broker.backend, 9)
    assert shown(queue) == [(0, b"3"), (2, b"2")]
    assert queue.columns.headers == [(), (("h", b"2"),)]
    assert (queue.timestamps, queue.dropped, len(queue)) == ([3, 2], 0, 2)
    queue.at = 1
    queue.settle()
    assert queue.dropped == 1, "what is dropped goes with what stands before it"


def test_what_is_read_again_is_counted_once(broker: Broker) -> None:
    write(broker, b"-1", b"3", b"-1", b"2", b"-1")
    queue = stamped()
    for _ in range(3):
        queue.seek(0, -1)
        queue.fill(broker.backend, 9)
    queue.at = 1
    queue.settle()
    assert queue.dropped == 2, "what was committed"
    queue.seek(3, 3)
    queue.fill(broker.backend, 9)
    queue.at = 1
    queue.settle()
    queue.settle()
    assert queue.dropped == 3


def test_a_batch_of_nothing_but_dropped_records_is_read_over(broker: Broker) -> None:
    write(broker, b"-1", b"-1")
    write(broker, b"7")
    queue = stamped()
    queue.fill(broker.backend, 1)
    assert shown(queue) == [(2, b"7")]
    queue.settle()
    assert queue.dropped == 2


def test_what_stands_before_a_record_without_a_time_runs_first(broker: Broker) -> None:
    write(broker, b"3", b"4", b"?", b"5")
    queue = stamped()
    queue.fill(broker.backend, 9)
    assert shown(queue) == [(0, b"3"), (1, b"4")]
    queue.at = 2
    with pytest.raises(ValueError, match="invalid literal"):
        queue.fill(broker.backend, 9)
    assert (len(queue), queue.next_offset) == (0, 2), "it was never taken"


def test_a_record_without_a_time_may_be_skipped(broker: Broker) -> None:
    write(broker, b"?", b"4", b"5")
    told: list[int] = []
    queue = stamped(lambda _, queue, row: told.append(queue.columns.offsets[row]))
    queue.fill(broker.backend, 9)
    assert told == [0]
    assert shown(queue) == [(1, b"4"), (2, b"5")]
    assert queue.dropped == 0, "it is counted as an error"


def test_the_partition_time_goes_on_over_batches_and_back_with_a_seek(broker: Broker) -> None:
    seen: list[int] = []

    def extract(_: Any, values: Any, *rest: Any) -> list[int]:
        seen.append(rest[-1])
        return [int(value) for value in values]

    queue = Queue("t", 1, extract, never)
    write(broker, b"9")
    write(broker, b"4")
    queue.fill(broker.backend, 1)
    queue.at = 1
    queue.fill(broker.backend, 1)
    queue.seek(0, 2)
    queue.fill(broker.backend, 1)
    assert seen == [-1, 9, 2]


def test_no_more_times_are_asked_for_than_records(broker: Broker) -> None:
    """What was read besides waits without one."""
    asked: list[int] = []

    def extract(_: Any, values: Any, *__: Any) -> list[int]:
        asked.append(len(values))
        return [int(value) for value in values]

    write(broker, *(b"%d" % number for number in range(7)))
    queue = Queue("t", 1, extract, never)
    found = []
    for _ in range(4):
        queue.fill(broker.backend, 2)
        found += shown(queue)
        queue.at = queue.stop
    assert asked == [2, 2, 2, 1]
    assert found == [(number, b"%d" % number) for number in range(7)]
    assert queue.next_offset == 7
    queue.fill(broker.backend, 2)
    assert not len(queue)


def test_what_waits_for_its_time_is_forgotten_by_a_seek_and_a_failure(broker: Broker) -> None:
    write(broker, b"1", b"?", b"3", b"4")
    queue = stamped(lambda *_: None)
    queue.fill(broker.backend, 2)
    assert shown(queue) == [(0, b"1")]
    queue.seek(2, -1)
    queue.fill(broker.backend, 1)
    assert shown(queue) == [(2, b"3")]
    queue.seek(0, -1)
    found = []
    for _ in range(3):
        queue.fill(broker.backend, 2)
        found += shown(queue)
        queue.at = queue.stop
    assert found == [(0, b"1"), (2, b"3"), (3, b"4")]
