"""Per key the sliding windows of 1 s, grace 1 s: the sum of v (int, frozen) or a count (str); every update out."""

from __future__ import annotations

from struct import Struct

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS
from tests.bench.hand.frame import TAIL, Columns, Job, Store, columns, divided, turns
from tests.bench.hand.window import amounts

SIZE_MS = GRACE_MS = 1000
LONG = Struct(">q")
ROW = Struct(">qq")
Row = list[int]
"""Sum, and the time of the last record."""


class Windows:
    """The windows of one partition; all that may still be looked at are in memory."""

    def __init__(self, folder: str) -> None:
        self.store = Store(folder)
        self.observed = -1
        self.newest = -1
        self.rows: dict[bytes, dict[int, Row]] = {}
        self.dirty: dict[bytes, Row] = {}
        self.changelog = 0

    def add(self, keys: list, amounts: tuple | list, stamps: list[int], out: Columns) -> None:
        observed, rows, dirty = self.observed, self.rows, self.dirty
        pack = LONG.pack
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, amount, stamp in zip(keys, amounts, stamps, strict=True):
            if stamp > observed:
                observed = stamp
            closed = observed - SIZE_MS - GRACE_MS
            if stamp < closed:
                continue
            windows = rows.get(key)
            if windows is None:
                windows = rows[key] = {}
            for start, row in self.changed(windows, stamp, amount):
                if start < closed:
                    continue
                windows[start] = row
                self.newest = max(self.newest, start)
                place = key + pack(start)
                dirty[place] = row
                out_key(place)
                out_value(pack(row[0]))
                out_stamp(row[1])
        self.observed = observed

    def changed(self, windows: dict[int, Row], stamp: int, amount: int) -> list[tuple[int, Row]]:
        """Windows that a record changes, with what they come to."""
        floor = self.newest - 2 * SIZE_MS - GRACE_MS
        found, last, before, with_it, first = [], None, None, None, stamp - SIZE_MS
        for start in sorted(windows, reverse=True):
            if start <= floor:
                break
            if start > stamp:
                continue
            row = windows[start]
            if start < first:
                before, last = row, row[1]
                break
            found.append((start, [row[0] + amount, max(row[1], stamp)]))
            if start > first:
                with_it = with_it or row
            elif row[1] < stamp:
                last = row[1]
            else:
                return found
        if last is not None and last + 1 not in windows and last + 1 >= first:
            found.append((last + 1, [amount, stamp]))
        if first not in windows:
            held = before[0] if before is not None and before[1] >= first else 0
            found.append((first, [held + amount, stamp]))
        if stamp + 1 not in windows and with_it is not None and with_it[1] > stamp:
            found.append((stamp + 1, with_it))
        return found

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        for place, (total, stamp) in self.dirty.items():
            keys.append(place)
            values.append(LONG.pack(total))
            stamps.append(stamp)
            puts.append((place, ROW.pack(total, stamp)))
        return (keys, values, stamps), puts

    def committed(self) -> None:
        floor = self.newest - 2 * SIZE_MS - GRACE_MS
        for key in {place[:-TAIL] for place in self.dirty}:
            windows = self.rows[key]
            for start in [start for start in windows if start <= floor]:
                del windows[start]
        self.dirty.clear()


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
