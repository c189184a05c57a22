"""Per key the sessions with a gap of 1 s, grace 10 s: the sum of v (int, frozen) or a count (str); every
update out, and a delete for each session that became part of another.
"""

from __future__ import annotations

from struct import Struct

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS
from tests.bench.hand.frame import Columns, Job, Store, columns, divided, turns
from tests.bench.hand.window import amounts

GAP_MS = 1000
GRACE_MS = 10_000
TAIL = 16
LONG = Struct(">q")
TIMES = Struct(">qq")
Session = tuple[int, int, int]
"""End, start, sum."""


class Sessions:
    """The sessions of one partition; all that are open are in memory."""

    def __init__(self, folder: str) -> None:
        self.store = Store(folder)
        self.observed = -1
        self.rows: dict[bytes, list[Session]] = {}
        self.dirty: dict[bytes, tuple[int | None, int]] = {}
        self.saved: set[bytes] = set()
        self.changelog = 0

    def add(self, keys: list, amounts: tuple | list, stamps: list[int], out: Columns) -> None:
        observed, rows, dirty, saved = self.observed, self.rows, self.dirty, self.saved
        pack, pack_times = LONG.pack, TIMES.pack
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, amount, stamp in zip(keys, amounts, stamps, strict=True):
            if stamp > observed:
                observed = stamp
            start = end = stamp
            total, closed, merged = amount, observed - GAP_MS - GRACE_MS, []
            sessions = rows.get(key)
            if sessions is None:
                sessions = rows[key] = []
            for session in sessions:
                if session[0] >= max(stamp - GAP_MS, closed) and session[1] <= stamp + GAP_MS:
                    merged.append(session)
                    end, start = max(end, session[0]), min(start, session[1])
                    total += session[2]
            if end < closed:
                continue
            for session in merged:
                sessions.remove(session)
                if start == end:
                    continue
                gone = key + pack_times(session[0], session[1])
                if gone in saved:
                    dirty[gone] = (None, session[0])
                else:
                    del dirty[gone]
                out_key(gone)
                out_value(None)
                out_stamp(session[0])
            sessions.append((end, start, total))
            if len(sessions) > 1:
                sessions.sort()
            place = key + pack_times(end, start)
            dirty[place] = (total, end)
            out_key(place)
            out_value(pack(total))
            out_stamp(end)
        self.observed = observed

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]], list[bytes]]:
        keys, values, stamps, puts, deletes = [], [], [], [], []
        for place, (total, end) in self.dirty.items():
            raw = None if total is None else LONG.pack(total)
            keys.append(place)
            values.append(raw)
            stamps.append(end)
            if raw is None:
                deletes.append(place)
            else:
                puts.append((place, raw))
        return (keys, values, stamps), puts, deletes

    def committed(self) -> None:
        for place, (total, _) in self.dirty.items():
            (self.saved.discard if total is None else self.saved.add)(place)
        self.dirty.clear()


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source`; `target`-changelog takes the store's changes."""
    job = Job(broker, group, [source])
    parts = [Sessions(f"{folder}/{p}") for p in range(PARTITIONS)]
    out = columns()

    def work() -> None:
        for partition, part in enumerate(parts):
            for batch in job.next(source, partition):
                part.add(batch.keys, amounts(value, batch.values), batch.timestamps, out)

    def flush() -> None:
        changes = [part.changes() for part in parts]
        outputs = divided(out, tail=TAIL)
        done = job.commit({target: outputs, f"{target}-changelog": [c for c, *_ in changes]})
        for part, (_, puts, deletes) in zip(parts, changes, strict=True):
            part.changelog += len(puts) + len(deletes)
            part.store.write(puts, done, part.changelog, deletes)
            part.committed()
        for column in out:
            column.clear()

    turns(job, [source], work, flush)
    for part in parts:
        part.store.close()
