"""Choosing the next record of a task among its input partitions, as Kafka's PartitionGroup does.

The record with the lowest timestamp at the head of a queue comes first; ties fall as they do in Java's
binary heap. Inside a partition the order is that of the offsets. A task waits for what is on the log
but not yet read, never for what nobody wrote (max.task.idle.ms = 0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from streamz_core.broker.backend import Backend
from streamz_core.record import Batch, Headers

Column = Sequence[bytes | None]
Extract = Callable[
    [Column, Column, Sequence[int], Sequence[Headers] | None, Sequence[int], int], list[int]
]
Heap = list[tuple[int, "Queue"]]
Failed = Callable[[Exception, "Queue", int], None]
FETCH_BYTES = 1 << 20
NEGATIVE, SKIPPED = -1, -2  # in the place of an event time: the record is dropped


class Queue:
    """What was read ahead of one input partition, by the column; `at` is the next record.

    `time` is the partition time: the largest timestamp taken (Kafka: RecordQueue.partitionTime).
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        extract: Extract | None,
        failed: Failed,
    ) -> None:
        """`failed(error, queue, row)` is asked when a record has no event time; it raises, or the
        record is dropped."""
        self.topic = topic
        self.partition = partition
        self.time = -1
        self.fetched = 0  # the offset that is read next
        self.committed = 0
        self.dropped = 0
        self.bytes = 0  # read since the last commit
        self._extract = extract
        self._failed = failed
        self._ahead = -1  # the partition time behind everything read ahead
        self.clear()

    def clear(self) -> None:
        self.keys: Column = ()
        self.values: Column = ()
        self.timestamps: Sequence[int] = ()
        self.headers: Sequence[Headers] | None = None
        self.offsets: Sequence[int] = ()
        self.at = 0
        self.stop = 0

    def seek(self, offset: int, time: int) -> None:
        """Read on from a committed offset, at its partition time."""
        self.clear()
        self.bytes = 0
        self.fetched = self.committed = offset
        self.time = self._ahead = time

    def __len__(self) -> int:
        return self.stop - self.at

    @property
    def next_offset(self) -> int:
        """The offset of the first record that was not taken."""
        return self.offsets[self.at] if self.at < self.stop else self.fetched

    def settle(self) -> None:
        """What was taken is committed."""
        self.committed = self.next_offset
        self.bytes = 0

    def took(self, newest: int) -> None:
        """Records were taken, the largest timestamp among them is `newest`."""
        self.time = max(self.time, newest)

    def fill(self, backend: Backend, records: int) -> None:
        """Read ahead, unless something was; at least `records` if there are that many."""
        end = backend.end(self.topic, self.partition)
        while not len(self) and self.fetched < end:
            found = backend.fetch(
                self.topic,
                self.partition,
                self.fetched,
                bytes_max=FETCH_BYTES,
                records_max=records,
            )
            self._load(found)

    def _load(self, found: list[Batch]) -> None:
        assert found, f"{self.topic}[{self.partition}]@{self.fetched} is before its end"
        first = found[0]
        columns = first if len(found) == 1 else _joined(found)
        self.fetched = first.base_offset + len(columns)
        self.bytes += columns.size
        self.keys, self.values = columns.keys, columns.values
        self.timestamps, self.headers = columns.timestamps, columns.headers
        self.offsets = range(first.base_offset, self.fetched)
        self.at, self.stop = 0, len(columns)
        if self._extract is not None:
            try:
                self._stamp(self._extract)
            except BaseException:
                self._cut(0)  # nothing was read: what has no event time is never taken
                raise

    def _stamp(self, extract: Extract) -> None:
        """Event time by the app's extractor; a negative one drops the record (Kafka: log and skip)."""
        try:
            stamps = extract(
                self.keys, self.values, self.timestamps, self.headers, self.offsets, self._ahead
            )
        except Exception:  # noqa: BLE001 - the user's code may raise anything; it is run again below
            stamps = self._stamp_each(extract)
        self.timestamps = stamps
        if stamps and min(stamps) < 0:
            rows = [row for row, stamp in enumerate(stamps) if stamp >= 0]
            self.dropped += stamps.count(NEGATIVE)
            self.keys = [self.keys[row] for row in rows]
            self.values = [self.values[row] for row in rows]
            self.timestamps = [stamps[row] for row in rows]
            self.headers = None if self.headers is None else [self.headers[row] for row in rows]
            self.offsets = [self.offsets[row] for row in rows]
            self.stop = len(rows)
        self._ahead = max(self._ahead, max(self.timestamps, default=-1))

    def _stamp_each(self, extract: Extract) -> list[int]:
        """Record by record, for one of them fails. What stands before it is kept and runs first."""
        stamps: list[int] = []
        ahead = self._ahead
        for row in range(self.stop):
            one = slice(row, row + 1)
            headers = None if self.headers is None else self.headers[one]
            try:
                stamps += extract(
                    self.keys[one],
                    self.values[one],
                    self.timestamps[one],
                    headers,
                    self.offsets[one],
                    ahead,
                )
            except Exception as error:  # noqa: BLE001 - the handler decides
                if row:
                    self._cut(row)
                    return stamps
                self._failed(error, self, row)
                stamps.append(SKIPPED)
            ahead = max(ahead, stamps[-1])
        return stamps

    def _cut(self, row: int) -> None:
        """Keep the records before `row`; the rest is read again."""
        self.fetched = self.offsets[row]
        self.keys, self.values = self.keys[:row], self.values[:row]
        self.headers = None if self.headers is None else self.headers[:row]
        self.offsets = self.offsets[:row]
        self.stop = row


def _joined(found: list[Batch]) -> Batch:
    keys: list[bytes | None] = []
    values: list[bytes | None] = []
    stamps: list[int] = []
    headers: list[Headers] = []
    some = any(batch.headers is not None for batch in found)
    for batch in found:
        keys += batch.keys
        values += batch.values
        stamps += batch.timestamps
        if some:
            headers += batch.headers if batch.headers is not None else [()] * len(batch)
    size = sum(batch.size for batch in found)
    return Batch(found[0].base_offset, keys, values, stamps, headers if some else None, size)


class Inputs:
    """All queues of a task and the heap over their heads."""

    def __init__(self, backend: Backend, queues: list[Queue]) -> None:
        self.queues = queues
        self._backend = backend
        self._heap: Heap = []
        self._offered: set[str] = set()

    @property
    def dropped(self) -> int:
        """Records dropped because their timestamp was negative."""
        return sum(queue.dropped for queue in self.queues)

    def times(self) -> dict[str, int]:
        """The partition times, by topic."""
        return {queue.topic: queue.time for queue in self.queues}

    def rewind(self, offsets: Mapping[tuple[str, int], int], times: Mapping[str, int]) -> None:
        """Go back to the committed offsets, by partition, and partition times, by topic.

        A partition without an offset is read from its start.
        """
        self._heap = []
        self._offered = set()
        for queue in self.queues:
            offset = offsets.get((queue.topic, queue.partition))
            if offset is None:
                offset = self._backend.start(queue.topic, queue.partition)
            queue.seek(offset, times.get(queue.topic, -1))

    def take(self, records: int) -> tuple[Queue, int, int] | None:
        """(queue, start, stop): records that come next, all of one partition; None if there are none.

        They count as taken.
        """
        for queue in self.queues:
            queue.fill(self._backend, records)
            if len(queue) and queue.topic not in self._offered:
                self._offer(queue)
        if not self._heap:
            return None
        queue = self._heap[0][1]
        start = queue.at
        if len(self._heap) == 1:
            return self._take_all(queue, start, records)
        while True:
            if len(self._heap) == 2:
                self._run_ahead(queue, min(queue.stop, start + records) - 1)
            _poll(self._heap)
            self._offered.discard(queue.topic)
            queue.at += 1
            if not len(queue):
                break
            self._offer(queue)
            if self._heap[0][1] is not queue or queue.at - start >= records:
                break
        queue.took(max(queue.timestamps[start : queue.at]))
        return queue, start, queue.at

    def _run_ahead(self, queue: Queue, last: int) -> None:
        """With two queues, taking a record that is followed by one before the other's head leaves the
        heap as it is: no need to move it. With more, the others may change places, and ties with them.
        """
        bound = self._heap[1][0]
        at, stamps = queue.at, queue.timestamps
        while at < last and stamps[at + 1] < bound:
            at += 1
        queue.at = at

    def _take_all(self, queue: Queue, start: int, records: int) -> tuple[Queue, int, int]:
        """Nobody else has anything: no need to compare."""
        queue.at = min(queue.stop, start + records)
        self._heap = []
        self._offered.discard(queue.topic)
        if len(queue):
            self._offer(queue)
        stamps = queue.timestamps
        whole = start == 0 and queue.at == queue.stop
        queue.took(max(stamps if whole else stamps[start : queue.at]))
        return queue, start, queue.at

    def _offer(self, queue: Queue) -> None:
        self._offered.add(queue.topic)
        _push(self._heap, (queue.timestamps[queue.at], queue))


def _push(heap: Heap, item: tuple[int, Queue]) -> None:
    """java.util.PriorityQueue.offer: up while strictly smaller than the parent."""
    heap.append(item)
    at = len(heap) - 1
    while at and item[0] < heap[(at - 1) // 2][0]:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = item


def _poll(heap: Heap) -> None:
    """java.util.PriorityQueue.poll: the last goes to the root, and down while strictly greater."""
    last = heap.pop()
    if not heap:
        return
    at, size = 0, len(heap)
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap[child + 1][0] < heap[child][0]:
            child += 1
        if last[0] <= heap[child][0]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = last
