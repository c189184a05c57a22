"""Tasks, topics and the order in which records are taken.

Everything that is there is taken before anything is committed, and what is committed is seen by all at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from zlib import crc32

from attrs import define, field

from streamz_core.record import Record, Windowed
from tests.interpreter.values import Op, Rec, plain

Heap = list[tuple[int, Any]]

TAKEN_MAX = 5_000
"""Records of a task: more of them are not looked at."""


@define(eq=False)
class Topic:
    """`width` partitions, each a list of records."""

    name: str
    width: int
    parts: list[list[Rec]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.parts = [[] for _ in range(self.width)]

    def append(self, rec: Rec, partition: int | None = None) -> None:
        """To the partition of its key. Anywhere if it has none, and there are several."""
        if partition is None and self.width > 1:
            if rec.key is None:
                raise Anywhere(self.name)
            partition = crc32(plain(rec.key)) % self.width
        self.parts[partition or 0].append(rec)


class Anywhere(Exception):
    """A record without a key: no rule says which partition of several it goes to."""


class TooMuch(Exception):
    """More records are taken than a small topology has."""


@define(eq=False)
class Queue:
    """The records of one partition that a task did not take yet."""

    records: list[Rec]
    readers: list[tuple[Op, int]]
    extractor: Callable[..., int] | None
    at: int = 0
    time: int = -1
    offered: bool = False

    def head(self) -> int | None:
        """The time of the first usable record; those with a negative one are passed over."""
        while self.at < len(self.records):
            rec = self.records[self.at]
            if self.extractor is None:
                return rec.ts
            found = self.extractor(Record(rec.key, rec.value, rec.ts, rec.headers), self.time)
            if found >= 0:
                self.records[self.at] = rec._replace(ts=found)
                return found
            self.at += 1
            self.task_drops()
        return None

    task_drops: Callable[[], None] = lambda: None


class Task:
    """The operators of one sub-topology over one partition."""

    def __init__(self, partition: int, everywhere: dict[str, Any]) -> None:
        self.partition = partition
        self.everywhere = everywhere
        self.dropped: Counter[str] = Counter()
        self.stores: dict[str, Any] = {}
        self.queues: list[Queue] = []
        self.timers: list[tuple[int, Any]] = []  # a heap of when each is due
        self.waiting: list[Any] = []
        self.expiring: list[Any] = []
        self.cause = -1  # the time of the record that a table takes in
        self.time = -1
        self.taken = 0
        self.heap: Heap = []
        self.written: list[tuple[Topic, Rec, int | None]] = []

    def add_queue(self, records: list[Rec], readers: list[tuple[Op, int]], extractor: Any) -> None:
        def count() -> None:
            self.dropped["negative timestamp"] += 1

        self.queues.append(Queue(records, readers, extractor, task_drops=count))

    def write(self, topic: Topic, rec: Rec, partition: int | None = None) -> None:
        self.written.append((topic, rec, partition))

    def work(self) -> bool:
        """Take all there is; whether there was any."""
        worked = False
        while True:
            for queue in self.queues:
                self._offer(queue)
            if not self.heap:
                return worked
            worked = True
            self._take(self.heap[0][1])

    def commit(self) -> None:
        for table in self.waiting:
            table.flush()
        for topic, rec, partition in self.written:
            topic.append(rec, partition)
        self.written.clear()

    def _offer(self, queue: Queue) -> None:
        ts = None if queue.offered else queue.head()
        if ts is not None:
            queue.offered = True
            push(self.heap, (ts, queue))

    def _take(self, queue: Queue) -> None:
        poll(self.heap)
        self.taken += 1
        if self.taken > TAKEN_MAX:
            raise TooMuch
        queue.offered = False
        rec = queue.records[queue.at]
        queue.at += 1
        queue.time = max(queue.time, rec.ts)
        self.time = max(self.time, rec.ts)
        self._offer(queue)
        for table in self.expiring:
            table.sweep(self.time)
        for op, port in queue.readers:
            op.process(rec, port)
        while self.timers and self.timers[0][0] <= self.time:
            timer = self.timers[0][1]
            poll(self.timers)
            push(self.timers, (timer(self.time), timer))


def push(heap: Heap, item: tuple[int, Queue]) -> None:
    """As java.util.PriorityQueue offers."""
    heap.append(item)
    at = len(heap) - 1
    while at > 0:
        above = (at - 1) >> 1
        if item[0] >= heap[above][0]:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = item


def poll(heap: Heap) -> None:
    """As java.util.PriorityQueue polls."""
    last = heap.pop()
    size = len(heap)
    if not size:
        return
    at = 0
    while at < size >> 1:
        least = 2 * at + 1
        right = least + 1
        if right < size and heap[least][0] > heap[right][0]:
            least = right
        if last[0] <= heap[least][0]:
            break
        heap[at] = heap[least]
        at = least
    heap[at] = last


def as_output(topic: str, rec: Rec) -> dict[str, Any]:
    """A record as a case writes it."""
    key = rec.key
    shown: dict[str, Any] = {"topic": topic}
    if isinstance(key, Windowed):
        shown |= {"key": key.key, "window": [key.start, key.end]}
    else:
        shown["key"] = key
    shown |= {"value": rec.value, "ts": rec.ts}
    if rec.headers:
        shown["headers"] = [[name, (text or b"").decode()] for name, text in rec.headers]
    return shown


def run(tasks: Iterable[Task]) -> None:
    """Until nobody has anything left: all take what is there, then all commit."""
    every = list(tasks)
    while True:
        worked = [task.work() for task in every]
        if not any(worked):
            return
        for task in every:
            task.commit()
