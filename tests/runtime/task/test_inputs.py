"""The order in which a task takes its records, and that reading them by the batch changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf
from random import Random
from typing import Any

import pytest
from attrs import define, field

from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv
from streamz_core.runtime.task.inputs import Inputs
from streamz_core.runtime.task.queue import Queue
from streamz_core.runtime.task.waiting.idling import Idling

Taken = tuple[str, int, int]  # topic, offset, timestamp


class JavaHeap:
    """java.util.PriorityQueue as its source has it: siftUp and siftDown with moves."""

    def __init__(self) -> None:
        self.queue: list[tuple[int, str]] = []

    def offer(self, item: tuple[int, str]) -> None:
        self.queue.append(item)
        at = len(self.queue) - 1
        while at > 0:
            parent = (at - 1) >> 1
            if item[0] >= self.queue[parent][0]:
                break
            self.queue[at] = self.queue[parent]
            at = parent
        self.queue[at] = item

    def poll(self) -> tuple[int, str]:
        result, item = self.queue[0], self.queue.pop()
        size = len(self.queue)
        if size:
            at = 0
            while at < size >> 1:
                child = (at << 1) + 1
                if child + 1 < size and self.queue[child][0] > self.queue[child + 1][0]:
                    child += 1
                if item[0] <= self.queue[child][0]:
                    break
                self.queue[at] = self.queue[child]
                at = child
            self.queue[at] = item
        return result


@define
class PartitionGroup:
    """Kafka's PartitionGroup over everything that is there: nextRecord, record by record."""

    topics: dict[str, list[int]]
    heads: dict[str, int] = field(factory=dict)
    heap: JavaHeap = field(factory=JavaHeap)

    def offer(self, topic: str) -> None:
        head = self.heads[topic]
        if head < len(self.topics[topic]):
            self.heap.offer((self.topics[topic][head], topic))

    def all(self) -> list[Taken]:
        found = []
        for topic in self.topics:
            self.heads[topic] = 0
            self.offer(topic)
        while self.heap.queue:
            found.append(self.next())
        return found

    def next(self) -> Taken:
        stamp, topic = self.heap.poll()
        at = self.heads[topic]
        self.heads[topic] += 1
        self.offer(topic)
        return topic, at, stamp


@define
class IdlingGroup:
    """PartitionGroup while records come: readyToProcess before each of them."""

    idle_ms: int
    group: PartitionGroup
    deadlines: dict[str, int] = field(factory=dict)

    @classmethod
    def of(cls, names: Sequence[str], idle_ms: int) -> IdlingGroup:
        return cls(idle_ms, PartitionGroup({name: [] for name in names}, dict.fromkeys(names, 0)))

    def add(self, topic: str, stamps: Sequence[int]) -> None:
        column = self.group.topics[topic]
        was_empty = self.group.heads[topic] == len(column)
        column.extend(stamps)
        if was_empty:
            self.group.offer(topic)

    def run(self, now_ms: int) -> list[Taken]:
        found = []
        while self.group.heap.queue and self.ready(now_ms):
            found.append(self.group.next())
        return found

    def ready(self, now_ms: int) -> bool:
        for topic, column in self.group.topics.items():
            if self.group.heads[topic] < len(column):
                self.deadlines.pop(topic, None)
            elif now_ms < self.deadlines.setdefault(topic, now_ms + self.idle_ms):
                return False
        return True


@define
class Bench:
    """Topics of one partition each, and the inputs of a task over them."""

    broker: Broker = field(
        factory=lambda: Broker(MemoryEnv(), "/home", Config(durability="process"))
    )
    queues: list[Queue] = field(factory=list)
    failures: list[int] = field(factory=list)

    def topic(self, name: str, extract: Any = None) -> None:
        self.broker.backend.create_topic(name, 1, {})
        self.broker.backend.watch([name])
        self.queues.append(Queue(name, 0, extract, self.failed))

    def failed(self, error: Exception, queue: Queue, row: int) -> None:
        self.failures.append(queue.columns.offsets[row])
        if "skip" not in str(error):
            raise error

    def write(self, name: str, stamps: Sequence[int]) -> None:
        values = [b"%d" % stamp for stamp in stamps]
        transaction = self.broker.transaction()
        transaction.send(name, 0, [b"k"] * len(values), values, [abs(stamp) for stamp in stamps])
        transaction.commit()

    def inputs(self, idling: Idling | None = None) -> Inputs:
        return Inputs(self.broker.backend, self.queues, idling)


def drained(inputs: Inputs, sizes: Callable[[], int]) -> list[Taken]:
    """Everything, in steps of these sizes."""
    found: list[Taken] = []
    while (taken := inputs.take(sizes())) is not None:
        queue, start, stop = taken
        assert stop > start
        rows = range(start, stop)
        found += [(queue.topic, queue.columns.offsets[row], queue.timestamps[row]) for row in rows]
        assert queue.time >= max(queue.timestamps[row] for row in rows)
    return found


@pytest.mark.parametrize("topics", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(10))
def test_records_come_as_kafkas_partition_group_gives_them(topics: int, seed: int) -> None:
    """Few different timestamps: most choices are ties. By the batch as record by record."""
    random = Random(seed)
    stamps = {
        f"t{number}": [random.randrange(4) for _ in range(random.randrange(60))]
        for number in range(topics)
    }
    bench = Bench()
    for name, column in stamps.items():
        bench.topic(name)
        cuts = [0, *sorted(random.randrange(60) for _ in range(4)), 60]
        for start, stop in pairwise(cuts):
            if column[start:stop]:
                bench.write(name, column[start:stop])
    expected = PartitionGroup(stamps).all()
    for sizes in (lambda: 1, lambda: 1000, lambda: random.randint(1, 9)):
        inputs = bench.inputs()
        inputs.rewind({}, {})
        assert drained(inputs, sizes) == expected
        for queue in bench.queues:
            assert queue.time == max(stamps[queue.topic], default=-1)
            assert queue.next_offset == len(stamps[queue.topic])


@pytest.mark.parametrize("topics", [2, 3, 6])
@pytest.mark.parametrize("seed", range(10))
def test_while_records_come_empty_inputs_are_waited_for_as_kafka_does(
    topics: int, seed: int
) -> None:
    """Steps of any size, against record by record. Few different timestamps: many ties."""
    random = Random(seed)
    names = [f"t{number}" for number in range(topics)]
    bench, env = Bench(), MemoryEnv()
    for name in names:
        bench.topic(name)
    inputs, expected = bench.inputs(Idling(50, env)), IdlingGroup.of(names, 50)
    inputs.rewind({}, {})
    waited = 0
    for _ in range(60):
        for name in names:
            if random.random() < 0.4:
                stamps = [random.randrange(5) for _ in range(random.randint(1, 4))]
                bench.write(name, stamps)
                expected.add(name, stamps)
        assert drained(inputs, lambda: random.randint(1, 6)) == expected.run(env.now_ms())
        left = bool(expected.group.heap.queue)
        assert (inputs.due_s < inf) == left
        assert inputs.due_s > env.monotonic()
        waited += left
        env.advance(random.choice([0, 1, 20, 30, 50, 120]))
    assert waited > 5


def test_a_wait_that_is_over_is_over_for_what_is_read_again() -> None:
    """A record that failed is run again: if it had to wait each time, it might never be found."""
    bench, env = Bench(), MemoryEnv()
    for name in ("a", "b"):
        bench.topic(name)
    bench.write("a", [5, 6])
    inputs = bench.inputs(Idling(50, env))
    inputs.rewind({}, {})
    assert inputs.take(10) is None
    env.advance(50)
    assert drained(inputs, lambda: 10) == [("a", 0, 5), ("a", 1, 6)]
    inputs.rewind({}, {})
    assert drained(inputs, lambda: 1) == [("a", 0, 5), ("a", 1, 6)]


def test_what_comes_later_is_taken_when_it_is_there() -> None:
    bench = Bench()
    for name in ("a", "b"):
        bench.topic(name)
    inputs = bench.inputs()
    bench.write("a", [5, 6])
    assert drained(inputs, lambda: 10) == [("a", 0, 5), ("a", 1, 6)]
    bench.write("b", [1])
    bench.write("a", [1, 0])
    assert drained(inputs, lambda: 10) == [("a", 2, 1), ("a", 3, 0), ("b", 0, 1)]
    assert inputs.take(10) is None


def test_rewinding_gives_the_same_records_again() -> None:
    bench = Bench()
    for name in ("a", "b"):
        bench.topic(name)
        bench.write(name, [3, 1, 2, 9, 4])
    inputs = bench.inputs()
    whole = drained(inputs, lambda: 10)
    inputs.rewind({("a", 0): 2, ("b", 0): 3}, {"a": 3, "b": 9})
    assert [queue.time for queue in bench.queues] == [3, 9]
    again = drained(inputs, lambda: 1)
    assert set(again) == {row for row in whole if row[1] >= {"a": 2, "b": 3}[row[0]]}
    assert [queue.time for queue in bench.queues] == [9, 9]


# ---- event times


def by_value(calls: list[int]) -> Any:
    """An extractor: the value is the time, "skip" and "fail" raise, negative ones are dropped."""

    def extract(
        keys: Any, values: Any, timestamps: Any, headers: Any, offsets: Any, ahead: int
    ) -> list[int]:
        found = []
        for value in values:
            number = int(value)
            calls.append(ahead)
            if number in (77, 88):
                raise ValueError("skip" if number == 77 else "fail")
            found.append(max(number, -1))
            ahead = max(ahead, number)
        return found

    return extract


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_event_times_decide_the_order_and_negative_ones_drop_their_record(size: int) -> None:
    bench = Bench()
    bench.topic("a", by_value([]))
    bench.topic("b")
    bench.write("a", [5, -1, 2, -3, -4])
    bench.write("a", [-5, 9])
    bench.write("b", [1, 4, 8])
    inputs = bench.inputs()
    expected = [("b", 0, 1), ("b", 1, 4), ("a", 0, 5), ("a", 2, 2), ("b", 2, 8), ("a", 6, 9)]
    assert drained(inputs, lambda: size) == expected
    assert inputs.dropped == 0, "nothing is committed"
    for queue in bench.queues:
        queue.settle()
    assert inputs.dropped == 4
    assert [queue.next_offset for queue in bench.queues] == [7, 3]


def test_an_input_of_nothing_but_dropped_records_is_consumed_nevertheless() -> None:
    bench = Bench()
    bench.topic("a", by_value([]))
    bench.write("a", [-1, -2])
    inputs = bench.inputs()
    assert inputs.take(10) is None
    assert bench.queues[0].next_offset == 2


def test_the_extractor_sees_the_partition_time_of_the_records_before() -> None:
    calls: list[int] = []
    bench = Bench()
    bench.topic("a", by_value(calls))
    bench.write("a", [5, 3, 8])
    bench.write("a", [1])
    inputs = bench.inputs()
    drained(inputs, lambda: 1)
    assert calls == [-1, 5, 5, 8]
    inputs.rewind({("a", 0): 2}, {"a": 5})
    drained(inputs, lambda: 1)
    assert calls[4:] == [5, 8]


@pytest.mark.parametrize("size", [1, 1000])
def test_a_record_without_an_event_time_is_skipped_alone(size: int) -> None:
    """It is no record with a negative time: that is counted elsewhere."""
    calls: list[int] = []
    bench = Bench()
    bench.topic("a", by_value(calls))
    bench.write("a", [1, 4, 77, 3, 77, -1, 5])
    inputs = bench.inputs()
    assert drained(inputs, lambda: size) == [("a", 0, 1), ("a", 1, 4), ("a", 3, 3), ("a", 6, 5)]
    assert bench.failures == [2, 4]
    bench.queues[0].settle()
    assert inputs.dropped == 1
    assert calls[:6] == ([-1, 1, 4, 4, 4, 4] if size == 1 else [-1, 1, 4, -1, 1, 4])


def test_what_stands_before_a_record_without_an_event_time_comes_first() -> None:
    """And the record itself is never taken with the time it was written at."""
    bench = Bench()
    bench.topic("a", by_value([]))
    bench.write("a", [1, 2, 88, 4])
    inputs = bench.inputs()
    assert [row[1] for row in drained_until_failure(inputs)] == [0, 1]
    for _ in range(3):
        with pytest.raises(ValueError, match="fail"):
            inputs.take(10)
        assert bench.queues[0].next_offset == 2


def drained_until_failure(inputs: Inputs) -> list[Taken]:
    taken = inputs.take(10)
    assert taken is not None
    queue, start, stop = taken
    return [
        (queue.topic, queue.columns.offsets[row], queue.timestamps[row])
        for row in range(start, stop)
    ]


def test_the_bytes_read_since_a_commit_are_counted() -> None:
    bench = Bench()
    bench.topic("a")
    bench.write("a", [1] * 1000)
    bench.write("a", [2] * 1000)
    inputs = bench.inputs()
    (queue,) = bench.queues
    inputs.take(500)
    half = queue.bytes
    assert half > 2000
    queue.settle()
    assert (queue.bytes, queue.committed) == (0, 500)
    drained(inputs, lambda: 500)
    assert queue.bytes == pytest.approx(half, rel=0.01)
    inputs.rewind({("a", 0): 1500}, {})
    inputs.take(1)
    assert queue.bytes == pytest.approx(half / 2, rel=0.01)
