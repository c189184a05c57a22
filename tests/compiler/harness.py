"""Runs a graph without the runtime: one partition, one record or batch at a time, stores in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from streamz_core.codecs.plain import INT
from streamz_core.compiler.entries import Batch
from streamz_core.compiler.program import Bound, Program, compile_sub
from streamz_core.compiler.ticks import Tick, timers_of
from streamz_core.operators.exits.buffers import Buffer
from streamz_core.operators.processors.hands import Hand
from streamz_core.record import Headers, Record
from streamz_core.runtime.task.timers import Timers
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.kind import CommittedVersions, Store
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import GlobalTable, Graph, StoreSpec
from streamz_core.topology.plan import Plan, make_plan
from streamz_core.topology.subtopologies import SubTopology
from streamz_state.batch import WriteBatch
from streamz_state.memory import MemoryDatabase
from tests.topology.graphs import Shop

Row = tuple[bytes | None, bytes | None, int, Headers]


class Task:
    """A sub-topology on partition 0. Implements Binding."""

    def __init__(
        self,
        plan: Plan,
        sub: SubTopology,
        *,
        fused: bool = True,
        everywhere: Mapping[str, Store] | None = None,
    ) -> None:
        self.partition = 0
        self.sub = sub
        self.everywhere = everywhere or {}
        self.now = 0
        self.follow = iter
        self.printed: dict[str | None, list[str]] = {}
        self.dropped: Counter[str] = Counter()
        self.outputs: dict[str, Buffer] = {}
        self.changelogs: dict[str, list[tuple[bytes, bytes | None, int]]] = {}
        self.database = MemoryDatabase()
        self.program: Program = compile_sub(plan, sub, fused=fused)
        self.task = f"{sub.name}/0"
        self.place = self
        self.commits_asked = 0
        self.start()

    def start(self) -> None:
        """A new bound over whatever the database holds, as after a restart."""
        self.stores: dict[str, Store] = {
            spec.name: kind_of(spec).overlay(spec, number, self.database)
            for number, spec in enumerate(self.sub.stores, 1)
        }
        self.outputs = {}
        self.timers = Timers(timers_of(self.sub, 0), self.wall_ms)
        self.bound: Bound = self.program.bind(self)
        self.timers.calls = {name: self.bound.entries[Tick(name)] for name in self.timers.declared}
        self.timers.rewind({}, -1)

    def store(self, name: str) -> Store:
        return self.everywhere[name] if name in self.everywhere else self.stores[name]

    def alone(self, _store: str) -> Callable[[], None]:
        return lambda: None

    def asking(self, step: str, concurrency: int, timeout_ms: int | None) -> Any:
        raise NotImplementedError(f"{step} is tested with app.test()")

    def output(self, topic: str) -> Buffer:
        return self.outputs.setdefault(topic, Buffer(topic))

    def chosen(self, topic: str, _key: Any, _value: Any) -> Buffer:
        return self.output(topic)

    def hand(self, step: str, supplier: Any, stores: Mapping[str, Any]) -> Hand:
        made = Hand(step, supplier, stores, self)
        made.begin(-1)
        return made

    def wall_ms(self) -> int:
        return self.now

    def width(self, topic: str) -> int:
        return 4

    def schedule(self, timer: str, every_ms: int | None, start_ms: int | None) -> None:
        self.timers.schedule(timer, every_ms, start_ms)

    def cancel(self, timer: str) -> None:
        self.timers.cancel(timer)

    def request_commit(self) -> None:
        self.commits_asked += 1

    def printer(self, path: str | None) -> Callable[[str], None]:
        return self.printed.setdefault(path, []).append

    def drop(self, reason: str, node: str) -> None:
        self.dropped[f"{reason} {node}"] += 1

    def run(self, topic: str, rows: list[Row], offset: int = 0) -> None:
        """One batch."""
        keys, values, times, headers = (list(column) for column in zip(*rows, strict=True))
        tags = headers if any(headers) else None
        self.bound.entries[Batch(topic)](
            keys, values, times, tags, range(offset, offset + len(rows))
        )

    def commit(self) -> dict[str, list[Row]]:
        """What was written to each topic; stores are in the database afterwards."""
        self.bound.pass_on()
        batch = WriteBatch()
        for name, store in self.stores.items():
            changes = store.collect()
            columns = zip(changes.keys, changes.values, changes.timestamps, strict=True)
            self.changelogs.setdefault(name, []).extend(columns)
            batch.puts += changes.puts
            batch.deletes += changes.deletes
            batch.ranges += changes.ranges
        self.database.write(batch, None)
        for store in self.stores.values():
            store.committed()
        return {topic: self.taken(topic) for topic in list(self.outputs)}

    def taken(self, topic: str) -> list[Row]:
        output = self.outputs[topic]
        rows: list[Row] = []
        for part in output.take(1):
            headers = part.headers or [()] * len(part.keys)
            rows += zip(part.keys, part.values, part.timestamps, headers, strict=True)
        output.clear()
        return rows

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The committed rows of a store."""
        spec, number = self._numbered(name)
        return list(kind_of(spec).rows(spec, number, self.database).all())

    def versions(self, name: str) -> CommittedVersions | None:
        """The committed versions of a store, if it has any."""
        spec, number = self._numbered(name)
        versions = kind_of(spec).versions
        return None if versions is None else versions(spec, number, self.database)

    def _numbered(self, name: str) -> tuple[StoreSpec, int]:
        numbered = zip(self.sub.stores, range(1, len(self.sub.stores) + 1), strict=True)
        return next(one for one in numbered if one[0].name == name)

    def restart(self) -> None:
        """Start again on the database as the last commit left it."""
        position = self.bound.position()
        self.start()
        self.bound.restore(position)

    def restore(self) -> None:
        """Lose the database and rebuild it from the changelogs."""
        self.database = MemoryDatabase()
        self.restart()
        for name, rows in self.changelogs.items():
            if rows:
                keys, values, times = (list(column) for column in zip(*rows, strict=True))
                changes = self.stores[name].restored(keys, values, times)
                self.database.write(WriteBatch(changes.puts, changes.deletes, changes.ranges), None)


class Copy:
    """All rows of a global table."""

    def __init__(self, table: GlobalTable) -> None:
        self.spec = table.kept
        self.database = MemoryDatabase()
        self.store = KeyValueStore(self.spec, 1, self.database, stamped=True)

    def take(self, row: Row) -> None:
        """One record of its topic."""
        key, value, timestamp, _ = row
        if key is not None:
            changes = self.store.followed([key], [value], [timestamp])
            self.database.write(WriteBatch(changes.puts, changes.deletes), None)

    def rows(self) -> list[tuple[Any, ...]]:
        return list(kind_of(self.spec).rows(self.spec, 1, self.database).all())


class World:
    """All sub-topologies of a graph; records are taken as Kafka's test driver does.

    The lowest timestamp at the head of a queue first, ties as in Java's binary heap; a commit after
    each record, or with `batch` after everything that one topic holds.
    """

    def __init__(self, graph: Graph, *, fused: bool = True) -> None:
        self.plan = make_plan(graph)
        self.copies = {table.topic.name: Copy(table) for table in self.plan.everywhere.values()}
        everywhere = {copy.spec.name: copy.store for copy in self.copies.values()}
        self.tasks = {
            sub.name: Task(self.plan, sub, fused=fused, everywhere=everywhere)
            for sub in self.plan.subs
        }
        self.readers = {
            entry.topic: task for task in self.tasks.values() for entry in task.sub.inputs
        }
        self.queues: dict[str, list[Row]] = {topic: [] for topic in self.readers}
        self.offsets: Counter[str] = Counter()
        self.taken_until = dict.fromkeys(self.readers, -1)
        self.heap: list[tuple[int, str]] = []
        self.out: list[tuple[str, Row]] = []

    def send(self, topic: str, *rows: Row) -> None:
        for row in rows:
            self.queues[topic].append(row)
            if len(self.queues[topic]) == 1:
                self.offer(topic)

    def run(self) -> None:
        while self.heap:
            _, topic = self.poll()
            task = self.readers[topic]
            row = self.queues[topic].pop(0)
            self.taken_until[topic] = max(self.taken_until[topic], row[2])
            if self.queues[topic]:
                self.offer(topic)
            self.take(task, topic, [row])

    def run_batch(self, topic: str, rows: list[Row]) -> None:
        """All rows at once, for topologies without a second input."""
        self.take(self.readers[topic], topic, rows)
        self.run()

    def take(self, task: Task, topic: str, rows: list[Row]) -> None:
        task.run(topic, rows, self.offsets[topic])
        self.offsets[topic] += len(rows)
        for out, written in task.commit().items():
            if out in self.readers:
                self.send(out, *written)
            else:
                self.out += [(out, row) for row in written]

    def offer(self, topic: str) -> None:
        queue, task = self.queues[topic], self.readers[topic]
        extract = task.bound.extract.get(topic)
        while queue and extract is not None:
            key, value, time, tags = queue[0]
            offset = [self.offsets[topic]]
            found = extract([key], [value], [time], [tags], offset, self.taken_until[topic])[0]
            if found >= 0:
                queue[0] = (key, value, found, tags)
                break
            queue.pop(0)
        if queue:
            self.push((queue[0][2], topic))

    def push(self, entry: tuple[int, str]) -> None:
        heap = self.heap
        heap.append(entry)
        at = len(heap) - 1
        while at and heap[at][0] < heap[(at - 1) // 2][0]:
            up = (at - 1) // 2
            heap[at], heap[up] = heap[up], heap[at]
            at = up

    def poll(self) -> tuple[int, str]:
        heap = self.heap
        top, last = heap[0], heap.pop()
        if heap:
            at = 0
            heap[0] = last
            while 2 * at + 1 < len(heap):
                child = 2 * at + 1
                if child + 1 < len(heap) and heap[child + 1][0] < heap[child][0]:
                    child += 1
                if heap[at][0] <= heap[child][0]:
                    break
                heap[at], heap[child] = heap[child], heap[at]
                at = child
        return top


def record(row: Row, key: Any, value: Any) -> Record[Any, Any]:
    """A row of a topic, decoded with two codecs."""
    raw_key, raw_value, timestamp, headers = row
    return Record(
        None if raw_key is None else key.decode(raw_key),
        None if raw_value is None else value.decode(raw_value),
        timestamp,
        headers,
    )


def row(key: str | None, value: int | None, timestamp: int = 0, headers: Headers = ()) -> Row:
    """A record of a str key and an int value."""
    raw_key = None if key is None else key.encode()
    return raw_key, None if value is None else INT.encode(value), timestamp, headers


def task_of(shop: Shop, *, fused: bool = True) -> Task:
    """The task of a graph that is one sub-topology."""
    plan = make_plan(shop.graph())
    (sub,) = plan.subs
    return Task(plan, sub, fused=fused)


def run(shop: Shop, topic: str, rows: list[Row], out: str = "out") -> list[Row]:
    """Key and value, as bytes, of what one batch puts into a topic."""
    task = task_of(shop)
    task.run(topic, rows)
    return [written[:2] for written in task.commit().get(out, [])]


def ints(rows: list[Row]) -> list[tuple[str, int]]:
    """Decoded keys and values."""
    return [(key and key.decode(), value and INT.decode(value)) for key, value in rows]
