"""What a task read ahead of one input partition, with the event times of its records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streamz_core.broker.backend import Backend
from streamz_core.record import Batch, Headers, joined

Column = Sequence[bytes | None]
Extract = Callable[
    [Column, Column, Sequence[int], Sequence[Headers] | None, Sequence[int], int], list[int]
]
Failed = Callable[[Exception, "Queue", int], None]
FETCH_BYTES = 1 << 20
NEGATIVE, SKIPPED = -1, -2  # in the place of an event time: the record is dropped


class Columns:
    """Records side by side; their event times stand beside them, in the queue."""

    __slots__ = ("headers", "keys", "offsets", "values")

    def __init__(
        self,
        keys: Column = (),
        values: Column = (),
        headers: Sequence[Headers] | None = None,
        offsets: Sequence[int] = (),
    ) -> None:
        self.keys = keys
        self.values = values
        self.headers = headers
        self.offsets = offsets

    def first(self, count: int) -> Columns:
        """So many from the front."""
        return self.between(0, count)

    def between(self, start: int, stop: int) -> Columns:
        """Those rows."""
        rows = slice(start, stop)
        headers = None if self.headers is None else self.headers[rows]
        return Columns(self.keys[rows], self.values[rows], headers, self.offsets[rows])

    def picked(self, rows: Sequence[int]) -> Columns:
        """Those rows, in that order."""
        headers = None if self.headers is None else [self.headers[row] for row in rows]
        return Columns(
            [self.keys[row] for row in rows],
            [self.values[row] for row in rows],
            headers,
            [self.offsets[row] for row in rows],
        )


class Stamping:
    """Event times by the app's extractor; a negative one drops the record (Kafka: log and skip).

    `time` is the partition time behind everything read ahead. `dropped`: how many, as far as is committed.
    """

    def __init__(self, extract: Extract, failed: Failed) -> None:
        self.time = -1
        self.dropped = 0
        self._ahead: list[int] = []  # the offsets of those that are dropped with the next commit
        self._extract = extract
        self._failed = failed

    def apply(self, queue: Queue) -> None:
        """Give the records just read their event times. What stands behind one that has none is read
        again; what `failed` raises comes out when that one is the first."""
        rows = queue.columns
        try:
            stamps = self._extract(
                rows.keys, rows.values, queue.timestamps, rows.headers, rows.offsets, self.time
            )
        except Exception:  # noqa: BLE001 - the user's code may raise anything; it is run again below
            stamps = self._each(queue)
        queue.timestamps = stamps
        if stamps and min(stamps) < 0:
            offsets = queue.columns.offsets
            self._ahead += [offsets[row] for row, stamp in enumerate(stamps) if stamp == NEGATIVE]
            kept = [row for row, stamp in enumerate(stamps) if stamp >= 0]
            queue.columns = queue.columns.picked(kept)
            queue.timestamps = [stamps[row] for row in kept]
            queue.stop = len(kept)
        self.time = max(self.time, max(queue.timestamps, default=-1))

    def seek(self, time: int) -> None:
        """What is read next comes at this partition time."""
        self.time = time
        self._ahead.clear()

    def settle(self, offset: int) -> None:
        """What stands before that offset is committed."""
        left = [at for at in self._ahead if at >= offset]
        self.dropped += len(self._ahead) - len(left)
        self._ahead = left

    def _each(self, queue: Queue) -> list[int]:
        """Record by record, for one of them fails. What stands before it is kept and runs first."""
        stamps: list[int] = []
        ahead = self.time
        for row in range(queue.stop):
            one = queue.columns.between(row, row + 1)
            times = queue.timestamps[row : row + 1]
            try:
                stamps += self._extract(
                    one.keys, one.values, times, one.headers, one.offsets, ahead
                )
            except Exception as error:  # noqa: BLE001 - the handler decides
                if row:
                    queue.cut(row)
                    return stamps
                self._failed(error, queue, row)
                stamps.append(SKIPPED)
            ahead = max(ahead, stamps[-1])
        return stamps


class Queue:
    """The records of one partition that come next; `at` is the first that was not taken.

    `time` is the partition time: the largest timestamp taken (Kafka: RecordQueue.partitionTime).
    """

    def __init__(self, topic: str, partition: int, extract: Extract | None, failed: Failed) -> None:
        """`failed(error, queue, row)` is asked when a record has no event time; it raises, or the
        record is dropped."""
        self.topic = topic
        self.partition = partition
        self.time = -1
        self.fetched = 0  # the offset that is read next
        self.committed = 0
        self.bytes = 0  # read since the last commit
        self._stamping = None if extract is None else Stamping(extract, failed)
        self._clear()

    def _clear(self) -> None:
        self._behind: Batch | None = None  # read, but without event times
        self.columns = Columns()
        self.timestamps: Sequence[int] = ()
        self.at = 0
        self.stop = 0

    def __len__(self) -> int:
        return self.stop - self.at

    @property
    def dropped(self) -> int:
        """Records dropped because their timestamp was negative, as far as is committed."""
        return 0 if self._stamping is None else self._stamping.dropped

    @property
    def next_offset(self) -> int:
        """The offset of the first record that was not taken."""
        return self.columns.offsets[self.at] if self.at < self.stop else self.fetched

    def seek(self, offset: int, time: int) -> None:
        """Read on from a committed offset, at its partition time."""
        self._clear()
        self.bytes = 0
        self.fetched = self.committed = offset
        self.time = time
        if self._stamping is not None:
            self._stamping.seek(time)

    def settle(self) -> None:
        """What was taken is committed."""
        self.committed = self.next_offset
        self.bytes = 0
        if self._stamping is not None:
            self._stamping.settle(self.committed)

    def took(self, newest: int) -> None:
        """Records were taken, the largest timestamp among them is `newest`."""
        self.time = max(self.time, newest)

    def fill(self, backend: Backend, records: int) -> None:
        """Read ahead, unless something was; at least `records` if there are that many."""
        end = backend.end(self.topic, self.partition)
        while not len(self) and self.fetched < end:
            batch = self._behind or self._fetch(backend, records)
            if self._stamping is not None:
                # The user's function may be slow: no more calls of it than are asked for.
                self._behind = None
                if len(batch) > records:
                    stop = batch.offset_of(records)
                    self._behind, batch = batch.since(stop), batch.until(stop)
            self._load(batch)

    def _fetch(self, backend: Backend, records: int) -> Batch:
        found = backend.fetch(
            self.topic, self.partition, self.fetched, bytes_max=FETCH_BYTES, records_max=records
        )
        assert found, f"{self.topic}[{self.partition}]@{self.fetched} is before its end"
        return joined(found)

    def cut(self, row: int) -> None:
        """Keep the records before `row`; the rest is read again."""
        self._behind = None
        self.fetched = self.columns.offsets[row]
        self.columns = self.columns.first(row)
        self.stop = row

    def _load(self, batch: Batch) -> None:
        self.fetched = batch.next_offset
        self.bytes += batch.size
        self.columns = Columns(batch.keys, batch.values, batch.headers, batch.offsets)
        self.timestamps = batch.timestamps
        self.at, self.stop = 0, len(batch)
        if self._stamping is not None:
            try:
                self._stamping.apply(self)
            except BaseException:
                self.cut(0)  # nothing was read: what has no event time is never taken
                raise
