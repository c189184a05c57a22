"""A table grouped anew through a topic of its own: the sum of v by v mod 97 (int), by url (frozen), or a
count by the value itself (str); every update out."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct, unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, codec
from tests.bench.hand.frame import Columns, Job, Store, columns, divided, turns

LOGS = ("groups", "rows")
LONG = Struct(">q")
ROW = Struct(">qq")
CACHE = 200_000
Member = tuple[bytes, bytes]
"""The bytes of a row and those of its group."""


class Rows:
    """The table of one partition."""

    def __init__(self, folder: str, groups: Callable[[list[bytes]], list[bytes]]) -> None:
        self.store = Store(folder)
        self.groups = groups
        self.rows: dict[bytes, Member] = {}
        self.dirty: dict[bytes, tuple[bytes, int]] = {}
        self.changelog = 0

    def put(self, keys: list[bytes], values: list[bytes], stamps: list[int], out: Columns) -> None:
        """What each change is to groups: one record, or two where a row moves."""
        rows, dirty = self.rows, self.dirty
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, raw, group, stamp in zip(keys, values, self.groups(values), stamps, strict=True):
            old = rows.get(key) or self.saved(key)
            rows[key] = (raw, group)
            dirty[key] = (raw, stamp)
            if old is not None and old[1] == group:
                out_key(group)
                out_value(head(len(raw)) + raw + old[0] + b"\2")
                out_stamp(stamp)
                continue
            if old is not None:
                out_key(old[1])
                out_value(old[0] + b"\0")
                out_stamp(stamp)
            out_key(group)
            out_value(raw + b"\1")
            out_stamp(stamp)

    def saved(self, key: bytes) -> Member | None:
        saved = self.store.get(key)
        return None if saved is None else (saved[8:], self.groups([saved[8:]])[0])

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        for key, (value, stamp) in self.dirty.items():
            keys.append(key)
            values.append(value)
            stamps.append(stamp)
            puts.append((key, LONG.pack(stamp) + value))
        return (keys, values, stamps), puts


class Sums:
    """The groups of one partition."""

    def __init__(self, folder: str, amounts: Callable[[list[bytes]], list[int]]) -> None:
        self.store = Store(folder)
        self.amounts = amounts
        self.rows: dict[bytes, list[int]] = {}
        self.dirty: set[bytes] = set()
        self.changelog = 0

    def add(self, keys: list[bytes], changes: list[bytes], stamps: list[int], out: Columns) -> None:
        rows, dirty, pack, get = self.rows, self.dirty, LONG.pack, self.store.get
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, amount, stamp in zip(keys, self.balance(changes), stamps, strict=True):
            row = rows.get(key)
            if row is None:
                saved = get(key)
                row = rows[key] = [0, -1] if saved is None else list(ROW.unpack(saved))
            total = row[0] = row[0] + amount
            if stamp > row[1]:
                row[1] = stamp
            dirty.add(key)
            out_key(key)
            out_value(pack(total))
            out_stamp(row[1])

    def balance(self, changes: list[bytes]) -> list[int]:
        """What each change adds: the new value's amount less the old one's."""
        found = [0] * len(changes)
        plus: list[tuple[int, bytes]] = []
        minus: list[tuple[int, bytes]] = []
        for row, change in enumerate(changes):
            flag = change[-1]
            if flag == 1:
                plus.append((row, change[:-1]))
            elif flag == 0:
                minus.append((row, change[:-1]))
            else:
                size, start = length(change)
                plus.append((row, change[start : start + size]))
                minus.append((row, change[start + size : -1]))
        for sign, parts in ((1, plus), (-1, minus)):
            amounts = self.amounts([raw for _, raw in parts])
            for (row, _), amount in zip(parts, amounts, strict=True):
                found[row] += sign * amount
        return found

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        for key in self.dirty:
            total, stamp = self.rows[key]
            keys.append(key)
            values.append(LONG.pack(total))
            stamps.append(stamp)
            puts.append((key, ROW.pack(stamp, total)))
        return (keys, values, stamps), puts


def head(size: int) -> bytes:
    """A length as the zig-zag varint before the new value."""
    left = size << 1
    return bytes((left,)) if left < 0x80 else bytes((left & 0x7F | 0x80, left >> 7))


def length(change: bytes) -> tuple[int, int]:
    """The length, and where the new value begins."""
    if change[0] < 0x80:
        return change[0] >> 1, 1
    return (change[0] & 0x7F | change[1] << 7) >> 1, 2


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source`, through `target`-groups; `target`-rows and -changelog take changes."""
    middle = f"{target}-groups"
    job = Job(broker, group, [source, middle])
    tables = [Rows(f"{folder}/rows{p}", groups_of(value)) for p in range(PARTITIONS)]
    sums = [Sums(f"{folder}/{p}", amounts_of(value)) for p in range(PARTITIONS)]
    mid, out = columns(), columns()

    def work() -> None:
        for partition, table in enumerate(tables):
            for batch in job.next(source, partition):
                table.put(batch.keys, batch.values, batch.timestamps, mid)
        job.log.refresh()
        for partition, part in enumerate(sums):
            for batch in job.next(middle, partition):
                part.add(batch.keys, batch.values, batch.timestamps, out)

    def flush() -> None:
        rows, changes = [table.changes() for table in tables], [part.changes() for part in sums]
        logs = {
            f"{target}-rows": [c for c, _ in rows],
            f"{target}-changelog": [c for c, _ in changes],
        }
        done = job.commit({middle: divided(mid), target: divided(out), **logs})
        for part, (_, puts) in zip([*tables, *sums], [*rows, *changes], strict=True):
            part.changelog += len(puts)
            part.store.write(puts, done, part.changelog)
            part.dirty.clear()
            if len(part.rows) > CACHE:
                part.rows.clear()
        for column in (*mid, *out):
            column.clear()

    turns(job, [source], work, flush)
    turns(job, [middle], work, flush)
    for part in (*tables, *sums):
        part.store.close()


def groups_of(value: str) -> Callable[[list[bytes]], list[bytes]]:
    """From values to the keys of their groups."""
    pack, clicks = LONG.pack, codec(Click)
    return {
        "int": lambda values: [pack(v % 97) for v in longs(values)],
        "str": list,
        "frozen": lambda values: [one.url.encode() for one in clicks.decode_all(values)],
    }[value]


def amounts_of(value: str) -> Callable[[list[bytes]], list[int]]:
    """From values to what they add."""
    clicks = codec(Click)
    return {
        "int": longs,
        "str": lambda values: [1] * len(values),
        "frozen": lambda values: [one.v for one in clicks.decode_all(values)],
    }[value]


def longs(values: list[bytes]) -> list[int]:
    return list(unpack(f">{len(values)}q", b"".join(values)))
