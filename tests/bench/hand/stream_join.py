"""Left join of two topics within 100 ms, grace 1 s; what met none comes out when stream time says so."""

from __future__ import annotations

from bisect import bisect_left, insort
from struct import Struct
from typing import Any

from streamz_core.broker.embedded import Broker
from tests.bench.apps import pair_click, pair_int, pair_str
from tests.bench.data import PARTITIONS, VALUES, PairClick, PairInt, PairStr, codec
from tests.bench.hand.frame import Columns, Job, Store, columns, divided, turns

WITHIN_MS = 100
GRACE_MS = 1000
KEEP_MS = 2 * WITHIN_MS + GRACE_MS
SEGMENT_MS = 60_000
PAIRS = {"int": (pair_int, PairInt), "str": (pair_str, PairStr), "frozen": (pair_click, PairClick)}
TAIL = Struct(">QI")
TIME = Struct(">q")
NEVER = 1 << 62
LOGS = ("left-changelog", "right-changelog", "outer-changelog")


class Side:
    """The records of one side by key, and what a commit must write of them."""

    def __init__(self) -> None:
        self.rows: dict[bytes, list[tuple[int, int, Any]]] = {}
        self.newest = -1
        self.dirty: list[tuple[bytes, bytes, bytes, int]] = []  # key, tail, value, time

    def add(self, key: bytes, raw: bytes, value: Any, stamp: int) -> None:
        if stamp > self.newest:
            self.newest = stamp
        rows = self.rows.get(key)
        number = 0
        if rows is None:
            self.rows[key] = [(stamp, 0, value)]
        elif rows[-1][0] < stamp:
            rows.append((stamp, 0, value))
        else:
            at = bisect_left(rows, (stamp + 1,))
            if at and rows[at - 1][0] == stamp:
                number = rows[at - 1][1] + 1
            rows.insert(at, (stamp, number, value))
        self.dirty.append((key, TAIL.pack(stamp, number), raw, stamp))

    def between(self, key: bytes, first: int, last: int) -> list[tuple[int, int, Any]]:
        rows = self.rows.get(key)
        if rows is None:
            return []
        first = max(first, self.newest - KEEP_MS + 1)
        at = bisect_left(rows, (first,))
        found = []
        while at < len(rows) and rows[at][0] <= last:
            found.append(rows[at])
            at += 1
        return found

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        pack = TIME.pack
        for key, tail, raw, stamp in self.dirty:
            keys.append(key + tail)
            values.append(raw)
            stamps.append(stamp)
            puts.append((pack(stamp // SEGMENT_MS) + key + tail, pack(stamp) + raw))
        return (keys, values, stamps), puts

    def committed(self) -> None:
        self.dirty.clear()
        floor = self.newest - KEEP_MS
        if sum(map(len, self.rows.values())) > 100_000:
            for key, rows in list(self.rows.items()):
                del rows[: bisect_left(rows, (floor + 1,))]
                if not rows:
                    del self.rows[key]


class Joins:
    """The join of one partition."""

    def __init__(self, folder: str, value: str) -> None:
        self.store = Store(folder)
        self.sides = Side(), Side()
        self.observed = -1
        self.oldest = NEVER
        self.times: list[int] = []
        self.waiting: dict[int, dict[bytes, list[tuple[Any, bytes]]]] = {}
        self.dirty: dict[bytes, tuple[bytes | None, int]] = {}
        self.decode_all = codec(VALUES[value][0]).decode_all
        self.queues = Queue(), Queue()
        self.current = -1
        self.changelog = 0

    def merge(self, job: Job, topics: list[str], partition: int, out: Columns) -> None:
        """What was read, by the lower time of the two heads; of equal ones the other topic's."""
        queues = self.queues
        for queue, topic in zip(queues, topics, strict=True):
            if queue.at == len(queue.keys):
                queue.load(job.next(topic, partition), self.decode_all)
        done = [job.read(topic, partition) for topic in topics]
        while True:
            if any(
                not end and queue.at == len(queue.keys)
                for end, queue in zip(done, queues, strict=True)
            ):
                return
            left, right = (queue.head() for queue in queues)
            if left == right == NEVER:
                return
            if self.current < 0:
                self.current = int(right < left)
            elif (left, right)[self.current] >= (left, right)[not self.current]:
                self.current = int(not self.current)
            if (left, right)[self.current] == NEVER:
                self.current = int(not self.current)
            queue, bound = queues[self.current], (left, right)[not self.current]
            start, stamps = queue.at, queue.stamps
            at, stop = start + 1, len(stamps)
            while at < stop and stamps[at] < bound:
                at += 1
            queue.at = at
            (self.right if self.current else self.left)(queue, start, at, out)

    def left(self, queue: Queue, start: int, stop: int, out: Columns) -> None:
        mine, other = self.sides
        out_key, out_value, out_stamp = (column.append for column in out)
        for at in range(start, stop):
            key, stamp, value = queue.keys[at], queue.stamps[at], queue.values[at]
            if stamp > self.observed:
                self.observed = stamp
            mine.add(key, queue.raw[at], value, stamp)
            if (
                stamp == self.observed
                and not self.observed - WITHIN_MS - GRACE_MS <= self.oldest < NEVER
            ):
                self.expire(out)
            found = other.between(key, stamp - WITHIN_MS, stamp + WITHIN_MS)
            for when, _, match in found:
                out_key(key)
                out_value((value, match))
                out_stamp(max(when, stamp))
            if found:
                continue
            if stamp + WITHIN_MS < self.observed:
                out_key(key)
                out_value((value, None))
                out_stamp(stamp)
            else:
                self.wait(key, queue.raw[at], value, stamp)

    def right(self, queue: Queue, start: int, stop: int, out: Columns) -> None:
        other, mine = self.sides
        waiting = self.waiting
        out_key, out_value, out_stamp = (column.append for column in out)
        for at in range(start, stop):
            key, stamp, value = queue.keys[at], queue.stamps[at], queue.values[at]
            if stamp > self.observed:
                self.observed = stamp
            mine.add(key, queue.raw[at], value, stamp)
            if (
                stamp == self.observed
                and not self.observed - WITHIN_MS - GRACE_MS <= self.oldest < NEVER
            ):
                self.expire(out)
            for when, _, match in other.between(key, stamp - WITHIN_MS, stamp + WITHIN_MS):
                rows = waiting.get(when)
                if rows and rows.pop(key, None):
                    self.dirty[TIME.pack(when) + key] = (None, when)
                out_key(key)
                out_value((match, value))
                out_stamp(max(when, stamp))

    def wait(self, key: bytes, raw: bytes, value: Any, stamp: int) -> None:
        rows = self.waiting.get(stamp)
        if rows is None:
            rows = self.waiting[stamp] = {}
            insort(self.times, stamp)
        held = rows.setdefault(key, [])
        held.append((value, raw))
        self.dirty[TIME.pack(stamp) + key] = (b"".join(raw for _, raw in held), stamp)
        self.oldest = min(self.oldest, stamp)

    def expire(self, out: Columns) -> None:
        """As Kafka: of a left join the newest that waits says when to look again."""
        closed = self.observed - WITHIN_MS - GRACE_MS
        gone, self.oldest = 0, NEVER
        for time in self.times:
            rows = self.waiting[time]
            if rows:
                self.oldest = time
            if time >= closed:
                continue
            gone += 1
            for key in sorted(rows):
                for value, _ in rows[key]:
                    out[0].append(key)
                    out[1].append((value, None))
                    out[2].append(time)
                self.dirty[TIME.pack(time) + key] = (None, time)
            del self.waiting[time]
        del self.times[:gone]

    def changes(self) -> list[tuple[Columns, list[tuple[bytes, bytes]]]]:
        found = [side.changes() for side in self.sides]
        keys = list(self.dirty)
        values = [value for value, _ in self.dirty.values()]
        stamps = [stamp for _, stamp in self.dirty.values()]
        puts = [(key, value) for key, value in zip(keys, values, strict=True) if value is not None]
        return [*found, ((keys, values, stamps), puts)]

    def committed(self) -> None:
        self.dirty.clear()
        for side in self.sides:
            side.committed()


class Queue:
    """What was read ahead of one topic."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.raw: list[bytes] = []
        self.values: list[Any] = []
        self.stamps: list[int] = []
        self.at = 0

    def head(self) -> int:
        return self.stamps[self.at] if self.at < len(self.stamps) else NEVER

    def load(self, found: list, decode_all: Any) -> None:
        self.keys, self.raw, self.stamps, self.at = [], [], [], 0
        for batch in found:
            self.keys += batch.keys
            self.raw += batch.values
            self.stamps += batch.timestamps
        self.values = decode_all(self.raw)


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source` and `source`-right; the changelogs take the stores' changes."""
    topics = [source, f"{source}-right"]
    job = Job(broker, group, topics)
    parts = [Joins(f"{folder}/{p}", value) for p in range(PARTITIONS)]
    logs = [f"{target}-{log}" for log in LOGS]
    out = columns()
    make, kind = PAIRS[value]
    encode_all = codec(kind).encode_all

    def work() -> None:
        for partition, part in enumerate(parts):
            part.merge(job, topics, partition, out)

    def flush() -> None:
        changes = [part.changes() for part in parts]
        out[1][:] = encode_all([make(one, other) for one, other in out[1]])
        outputs = {target: divided(out)}
        for number, log in enumerate(logs):
            outputs[log] = [change[number][0] for change in changes]
        ahead = [
            (topic, partition, len(queue.keys) - queue.at)
            for partition, part in enumerate(parts)
            for topic, queue in zip(topics, part.queues, strict=True)
        ]
        done = job.commit(outputs, ahead)
        for part, change in zip(parts, changes, strict=True):
            puts = [put for number, (_, rows) in enumerate(change) for put in rows]
            part.changelog += len(puts)
            part.store.write(puts, done, part.changelog)
            part.committed()
        for column in out:
            column.clear()

    turns(job, topics, work, flush)
    for part in parts:
        part.store.close()
