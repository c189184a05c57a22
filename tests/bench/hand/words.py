"""Three words a record, grouped by word through a topic of its own, counted; every update out."""

from __future__ import annotations

from struct import Struct, unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, codec
from tests.bench.hand.frame import Columns, Job, Store, columns, divided, turns

LONG = Struct(">q")
ROW = Struct(">qq")
CACHE = 200_000


class Counts:
    """The counts of one partition."""

    def __init__(self, folder: str) -> None:
        self.store = Store(folder)
        self.rows: dict[bytes, list[int]] = {}
        self.dirty: set[bytes] = set()
        self.changelog = 0

    def add(self, keys: list[bytes], stamps: list[int], out: Columns) -> None:
        rows, dirty, pack, get = self.rows, self.dirty, LONG.pack, self.store.get
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, stamp in zip(keys, stamps, strict=True):
            row = rows.get(key)
            if row is None:
                saved = get(key)
                row = rows[key] = [0, -1] if saved is None else list(ROW.unpack(saved))
            count = row[0] = row[0] + 1
            if stamp > row[1]:
                row[1] = stamp
            dirty.add(key)
            out_key(key)
            out_value(pack(count))
            out_stamp(row[1])

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        for key in self.dirty:
            count, stamp = self.rows[key]
            keys.append(key)
            values.append(LONG.pack(count))
            stamps.append(stamp)
            puts.append((key, ROW.pack(count, stamp)))
        return (keys, values, stamps), puts

    def committed(self) -> None:
        self.dirty.clear()
        if len(self.rows) > CACHE:
            self.rows.clear()


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source`, through `target`-words; `target`-changelog takes the changes."""
    words = f"{target}-words"
    job = Job(broker, group, [source, words])
    parts = [Counts(f"{folder}/{p}") for p in range(PARTITIONS)]
    mid, out = columns(), columns()

    def work() -> None:
        for partition in range(PARTITIONS):
            for batch in job.next(source, partition):
                split(value, batch.values, batch.timestamps, mid)
        job.log.refresh()
        for partition, part in enumerate(parts):
            for batch in job.next(words, partition):
                part.add(batch.keys, batch.timestamps, out)

    def flush() -> None:
        changes = [part.changes() for part in parts]
        outputs = {words: divided(mid), target: divided(out)}
        done = job.commit({**outputs, f"{target}-changelog": [c for c, _ in changes]})
        for part, (_, puts) in zip(parts, changes, strict=True):
            part.changelog += len(puts)
            part.store.write(puts, done, part.changelog)
            part.committed()
        for column in (*mid, *out):
            column.clear()

    turns(job, [source], work, flush)
    turns(job, [words], work, flush)
    for part in parts:
        part.store.close()


def split(value: str, values: list[bytes], stamps: list[int], out: Columns) -> None:
    """The words of each record, as keys and as values."""
    words = [word for three in triples(value, values) for word in three]
    out[0].extend(words)
    out[1].extend(words)
    out[2].extend(stamp for stamp in stamps for _ in range(3))


def triples(value: str, values: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    """Three words of each record, as bytes of their keys."""
    pack = LONG.pack
    if value == "int":
        numbers = unpack(f">{len(values)}q", b"".join(values))
        return [(pack(v), pack(v % 97), pack(v % 7919)) for v in numbers]
    if value == "str":
        return [(raw, raw[:2], raw[-2:]) for raw in values]
    objects: list[Click] = codec(Click).decode_all(values)
    return [(one.url.encode(), b"v%d" % one.v, b"m%d" % (one.id % 7919)) for one in objects]
