"""Runs a built case with `app.test()` and brings what came out into the form of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from random import Random
from typing import Any
from zlib import crc32

from streamz_core.record import Record, Windowed
from tests.conformance.batches import batches
from tests.conformance.build import Built, NotBuilt, build
from tests.conformance.cases import Case, Json, Spec
from tests.conformance.compare import Failure, Observed
from tests.conformance.queries import answer
from tests.conformance.shape import needs, partitioned

VARIANTS = (
    "records",
    "batch",
    "crash",
    "rocksdb",
    "rocksdb-crash",
    "chance",
    "takeover",
    "partitions",
)
"""records: one by one, stores in memory. batch: as few batches as the recorded order allows.
crash: one by one, the worker dies after half the inputs and another restores its stores.
rocksdb: one by one, stores on RocksDB. rocksdb-crash: both; the stores are opened where they lie.
chance: batches of any size, as far as the recorded order allows, and a crash behind any of them; stores
in memory or on RocksDB. takeover: one by one by two workers, of which one dies behind any record and is
replaced behind another. partitions: one by one, with 1 to 4 partitions, a crash behind any record. What is drawn follows from the name of the case."""

SAMPLED = ("chance", "takeover", "partitions")
"""Variants of which the suite runs a sixth, by the name of the case."""

BY_KEY = ("partitions",)
"""Variants in which only records of one key have an order."""

WHOLE_LIVES = ("records", "batch", "rocksdb")
"""Variants in which no worker dies."""


def variants_for(case: Case, variants: Iterable[str]) -> tuple[str, ...]:
    """Those that the results are the same in; the first of all if none is left.

    What goes by the wall clock is not committed, in Kafka neither. Who takes a task over waits anew
    (max.task.idle.ms), and among equal times another record may come first; what is punctuated without a
    start is first due an interval later.
    """
    variants = [each for each in variants if each not in BY_KEY or partitioned(case)]
    whole = bool(case.config.get("max_task_idle_ms")) or "processor flush_every" in needs(case)
    return tuple(each for each in variants if each in WHOLE_LIVES or not whole) or VARIANTS[:1]


def sampled(case: Case) -> bool:
    """Whether the case is of the sixth."""
    return crc32(case.name.encode()) % 6 == 0


class _Stopped(Exception):
    """An input failed: which one, if that is known, and how."""

    def __init__(self, after: int | None, error: Exception) -> None:
        super().__init__(after)
        self.failure = Failure("run", after, error)


def observe(
    case: Case, variant: str = VARIANTS[0], build: Callable[[Case], Built] = build
) -> Observed:
    """What a run of the case shows, built as `build` does. Raises NotBuilt where the DSL lacks what the case needs."""
    with ExitStack() as stack:
        try:
            built = build(case)
            chance = Random(f"{case.name} {variant}")
            driver = stack.enter_context(built.app.test(**_settings(variant, chance)))
        except NotBuilt:
            raise
        except Exception as error:  # noqa: BLE001 - which errors are refusals, compare() decides
            return Observed(failure=Failure("build", None, error))
        run = Run(case, built, driver)
        half = len(case.inputs) // 2
        try:
            if variant == "batch":
                run.batches(batches(case))
            elif variant == "chance":
                cut = pieces(batches(case), chance)
                run.batches(cut, crash_behind=chance.randrange(len(cut) + 1))
            elif variant == "takeover":
                run.taken_over(chance)
            elif variant == "partitions":
                run.one_by_one(crash_before=chance.randrange(len(case.inputs) + 1))
            else:
                run.one_by_one(crash_before=half if variant.endswith("crash") else -1)
        except _Stopped as stopped:
            return Observed(run.outputs, failure=stopped.failure)
        return Observed(run.outputs, dict(run.stores()), list(run.answers()))


def _settings(variant: str, chance: Random) -> dict[str, Any]:
    on_disk = variant.startswith("rocksdb") or (variant == "chance" and chance.random() < 0.5)
    return {
        "stores": "rocksdb" if on_disk else "memory",
        "workers": 2 if variant == "takeover" else 1,
        "partitions": chance.randint(1, 4) if variant == "partitions" else 1,
    }


def pieces(whole: list[list[Spec]], chance: Random) -> list[list[Spec]]:
    """Batches, each cut anywhere."""
    found = []
    for batch in whole:
        cuts = sorted(chance.sample(range(1, len(batch)), chance.randrange(len(batch))))
        ends = zip([0, *cuts], [*cuts, len(batch)], strict=True)
        found += [batch[start:stop] for start, stop in ends]
    return found


class Run:
    """One run: pipes the inputs, collects what is new in the output topics after each."""

    def __init__(self, case: Case, built: Built, driver: Any) -> None:
        self.case = case
        self.driver = driver
        self.outputs: list[Spec] = []
        self._topics = list(dict.fromkeys(built.outputs))
        self._seen: set[tuple[str, int, int]] = set()
        swaps = (node for node in case.nodes if node["op"] == "process" and node.get("headers"))
        self._whole = {node["store"] for node in swaps}

    def one_by_one(self, *, crash_before: int) -> None:
        for index, entry in enumerate(self.case.inputs):
            if index == crash_before:
                self.driver.crash()
                self.driver.restart()
            try:
                self._pipe(entry, run=True)
            except Exception as error:
                raise _Stopped(index, error) from error
            self._collect({"after": index})

    def taken_over(self, chance: Random) -> None:
        """The other worker goes on alone for a while."""
        dies, comes = sorted(chance.randrange(len(self.case.inputs) + 1) for _ in range(2))
        for index, entry in enumerate(self.case.inputs):
            if index == dies:
                self.driver.crash(chance.randrange(2))
                self.driver.run()
            if index == comes:
                self.driver.restart()
            try:
                self._pipe(entry, run=True)
            except Exception as error:
                raise _Stopped(index, error) from error
            self._collect({"after": index})

    def batches(self, pieces: list[list[Spec]], *, crash_behind: int = -1) -> None:
        """Batch by batch; nobody can tell which input caused an output."""
        for at, batch in enumerate(pieces):
            if at == crash_behind:
                self.driver.crash()
                self.driver.restart()
            try:
                for entry in batch:
                    self._pipe(entry, run=False)
                self.driver.run()
            except Exception as error:
                raise _Stopped(None, error) from error
            self._collect({})

    def stores(self) -> Iterator[tuple[str, list[Json]]]:
        """The rows of every named store whose rows the case tells."""
        for name in self.case.stores_expected:
            store = self.driver.store(name)
            if any(node.get("store") == name and "versioned" in node for node in self.case.nodes):
                yield (
                    name,
                    [version_as_json(store, *row[:2]) for row in self.case.stores_expected[name]],
                )
            else:
                rows = [row for row in store.rows() if told(self.case, row)]
                yield (
                    name,
                    [
                        whole(row_as_json(row)) if name in self._whole else row_as_json(row)
                        for row in rows
                    ],
                )

    def answers(self) -> Iterator[Json]:
        """What the stores say to the queries of the case."""
        for query in self.case.queries:
            yield answer(query, self.driver.store(query["store"]))

    def _pipe(self, entry: Spec, *, run: bool) -> None:
        if "advance_wall_clock_ms" in entry:
            self.driver.advance(entry["advance_wall_clock_ms"])
            return
        headers = tuple((name, text.encode()) for name, text in entry.get("headers", []))
        self.driver.topic(entry["topic"]).send(
            entry["key"], entry["value"], timestamp=entry["ts"], headers=headers, run=run
        )

    def _collect(self, extra: Spec) -> None:
        for topic in self._topics:
            for record in self.driver.topic(topic).records():
                place = (topic, record.partition, record.offset)
                if place not in self._seen:
                    self._seen.add(place)
                    self.outputs.append(output_as_json(topic, record) | extra)


def whole(row: list[Json]) -> list[Json]:
    """The row of a processor that keeps records: what Kafka keeps beside the value is a part of ours."""
    key, (value, timestamp, _) = row
    return [key, value, timestamp]


def told(case: Case, row: tuple[Any, ...]) -> bool:
    """Whether a case tells such a row: of sessions only those of keys that occur in the inputs."""
    key, *rest = row
    is_session = isinstance(key, Windowed) and len(rest) == 1
    return not is_session or any(entry.get("key") == key.key for entry in case.inputs)


def output_as_json(topic: str, record: Record[Any, Any]) -> Spec:
    """A record as a case writes it, without `after`."""
    output = {"topic": topic, **_key_as_json(record.key)}
    output |= {"value": record.value, "ts": record.timestamp}
    if record.headers:
        output["headers"] = [[name, (text or b"").decode()] for name, text in record.headers]
    return output


def _key_as_json(key: Any) -> Spec:
    if isinstance(key, Windowed):
        return {"key": key.key, "window": [key.start, key.end]}
    return {"key": key}


def version_as_json(store: Any, key: Json, time: Json) -> list[Json]:
    """What a case tells of a versioned store: of a key the row of now ("latest"), or as it was at a time."""
    if time == "latest":
        found = next((row[1:] for row in store.rows() if row[0] == key), (None, None))
    else:
        record = store.as_of(key, time)
        found = (None, None) if record is None else (record.value, record.timestamp)
    return [key, time, *found]


def row_as_json(row: tuple[Any, ...]) -> list[Json]:
    """A row of a store as a case writes it: a windowed key becomes the key and its window."""
    key, *rest = row
    return [*_key_as_json(key).values(), *rest]
