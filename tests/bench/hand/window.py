"""Per key and 10 s window, grace 10 s: the sum of v (int, frozen) or a count (str); every update out."""

from __future__ import annotations

from struct import Struct, unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, codec
from tests.bench.hand.frame import TAIL, Columns, Job, Store, columns, divided, turns

SIZE_MS = GRACE_MS = 10_000
CACHE = 400_000
LONG = Struct(">q")
ROW = Struct(">qq")


class Windows:
    """The windows of one partition."""

    def __init__(self, folder: str) -> None:
        self.store = Store(folder)
        self.observed = -1
        self.rows: dict[int, dict[bytes, list[int]]] = {}
        self.dirty: dict[int, set[bytes]] = {}
        self.saved: set[int] = set()  # windows that may have rows in the database only
        self.changelog = 0

    def add(self, keys: list, amounts: tuple | list, stamps: list[int], out: Columns) -> None:
        observed = self.observed
        pack, get = LONG.pack, self.store.get
        last, pane, dirty, tail, look = -1, {}, set(), b"", get
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, amount, stamp in zip(keys, amounts, stamps, strict=True):
            if stamp > observed:
                observed = stamp
            start = stamp - stamp % SIZE_MS
            if start + SIZE_MS <= observed - GRACE_MS:
                continue
            if start != last:
                pane = self.rows.setdefault(start, {})
                dirty = self.dirty.setdefault(start, set())
                last, tail = start, pack(start)
                look = get if start in self.saved else nothing
            row = pane.get(key)
            if row is None:
                saved = look(tail + key)
                row = pane[key] = [0, -1] if saved is None else list(ROW.unpack(saved))
            total = row[0] = row[0] + amount
            if stamp > row[1]:
                row[1] = stamp
            dirty.add(key)
            out_key(key + tail)
            out_value(pack(total))
            out_stamp(row[1])
        self.observed = observed

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        for start, dirty in self.dirty.items():
            pane, tail = self.rows[start], LONG.pack(start)
            for key in dirty:
                total, stamp = pane[key]
                keys.append(key + tail)
                values.append(LONG.pack(total))
                stamps.append(stamp)
                puts.append((tail + key, ROW.pack(total, stamp)))
        return (keys, values, stamps), puts

    def committed(self) -> None:
        self.dirty.clear()
        closed = self.observed - GRACE_MS - SIZE_MS
        for start in [start for start in self.rows if start <= closed]:
            del self.rows[start]
        if sum(map(len, self.rows.values())) > CACHE:
            self.saved.update(self.rows)
            self.rows.clear()


def nothing(_: bytes) -> None:
    """What the database says of a window that was never written to it."""


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source`; `target`-changelog takes the store's changes."""
    job = Job(broker, group, [source])
    parts = [Windows(f"{folder}/{p}") for p in range(PARTITIONS)]
    out = columns()

    def work() -> None:
        for partition, part in enumerate(parts):
            for batch in job.next(source, partition):
                part.add(batch.keys, amounts(value, batch.values), batch.timestamps, out)

    def flush() -> None:
        changes = [part.changes() for part in parts]
        outputs = divided(out, tail=TAIL)
        done = job.commit({target: outputs, f"{target}-changelog": [c for c, _ in changes]})
        for part, (_, puts) in zip(parts, changes, strict=True):
            part.changelog += len(puts)
            part.store.write(puts, done, part.changelog)
            part.committed()
        for column in out:
            column.clear()

    turns(job, [source], work, flush)
    for part in parts:
        part.store.close()


def amounts(value: str, values: list[bytes]) -> tuple | list:
    """What each record adds."""
    if value == "int":
        return unpack(f">{len(values)}q", b"".join(values))
    if value == "str":
        return [1] * len(values)
    objects: list[Click] = codec(Click).decode_all(values)
    return [one.v for one in objects]
