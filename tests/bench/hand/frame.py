"""What every hand-written job shares: reading, committing each 100 ms, a store with a changelog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from time import perf_counter
from zlib import crc32

from streamz_core.broker.backend import Committed
from streamz_core.broker.embedded import Broker
from streamz_core.record import Batch
from streamz_state import Database, Position, WriteBatch, open_rocksdb
from tests.bench.data import PARTITIONS

COMMIT_S = 0.1
FETCH_BYTES = (
    1 << 16
)  # some milliseconds of work: with more, commits come when that is done, not each 100 ms
Columns = tuple[list[bytes | None], list[bytes | None], list[int]]
TAIL = 8  # bytes of a window's start behind the key


def columns() -> Columns:
    """Empty columns: keys, values, timestamps."""
    return [], [], []


def divided(out: Columns, *, tail: int = 0) -> list[Columns]:
    """The records of each partition, by the key without its window: the last `tail` bytes."""
    keys = out[0]
    if tail:
        places = [crc32(key[:-tail]) % PARTITIONS for key in keys]
    else:
        places = [crc32(key) % PARTITIONS for key in keys]
    found = []
    for partition in range(PARTITIONS):
        rows = [row for row, place in enumerate(places) if place == partition]
        pick = (
            itemgetter(*rows)
            if len(rows) > 1
            else lambda column, rows=rows: [column[r] for r in rows]
        )
        found.append(tuple(list(pick(column)) for column in out))
    return found


class Job:
    """A consumer group that reads topics and writes others, exactly once."""

    def __init__(self, broker: Broker, group: str, topics: list[str]) -> None:
        self.broker = broker
        self.log = broker.backend.log
        self.group = group
        self.offsets = {(t, p): 0 for t in topics for p in range(PARTITIONS)}
        self.moved: dict[tuple[str, int], int] = {}
        self.log.watch(topics)
        self.log.refresh()

    def next(self, topic: str, partition: int) -> list[Batch]:
        """What comes next in a partition."""
        where = (topic, partition)
        topic_id, start = self.log.topic(topic).id, self.offsets[where]
        found = self.log.fetch(topic_id, partition, start, bytes_max=FETCH_BYTES)
        if found:
            self.moved.setdefault(where, self.offsets[where])
            self.offsets[where] = found[-1].base_offset + len(found[-1])
        return found

    def done(self, topic: str) -> bool:
        """Whether everything was read."""
        return all(self.read(topic, partition) for partition in range(PARTITIONS))

    def read(self, topic: str, partition: int) -> bool:
        """Whether a partition was read to its end."""
        return self.offsets[topic, partition] == self.log.state.end(
            self.log.topic(topic).id, partition
        )

    def commit(
        self, outputs: dict[str, list[Columns]], ahead: Sequence[tuple[str, int, int]] = ()
    ) -> Committed:
        """Outputs and consumed offsets together. `ahead`: records of a partition that wait in memory."""
        waiting = {(topic, partition): count for topic, partition, count in ahead if count}
        transaction = self.broker.transaction(self.group)
        for topic, parts in outputs.items():
            for partition, (keys, values, stamps) in enumerate(parts):
                transaction.send(topic, partition, keys, values, stamps)
        for (topic, partition), start in self.moved.items():
            stop = self.offsets[topic, partition] - waiting.get((topic, partition), 0)
            transaction.move(topic, partition, start, stop)
        self.moved = {where: self.offsets[where] - count for where, count in waiting.items()}
        return transaction.commit()


class Store:
    """A database for one partition, written after the commit."""

    def __init__(self, folder: str) -> None:
        self.database: Database = open_rocksdb(folder)
        self.get = self.database.get

    def write(
        self,
        puts: list[tuple[bytes, bytes]],
        done: Committed,
        changelog: int,
        deletes: Sequence[bytes] = (),
    ) -> None:
        """What changed, and the commit it belongs to."""
        position = Position(done.mark.number, done.mark.proof, b"hand", {"store": changelog}, b"")
        self.database.write(WriteBatch(puts=puts, deletes=list(deletes)), position)

    def close(self) -> None:
        self.database.close()


def turns(job: Job, topics: list[str], work: Callable[[], None], flush: Callable[[], None]) -> None:
    """Work until everything is read, with a commit each 100 ms and one at the end."""
    due = perf_counter() + COMMIT_S
    while not all(job.done(topic) for topic in topics):
        work()
        if perf_counter() >= due:
            flush()
            due = perf_counter() + COMMIT_S
    flush()
