"""Left join with a table of names by key; every record out."""

from __future__ import annotations

from struct import unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, Joined, JoinedInt, codec
from tests.bench.hand.frame import Columns, Job, Store, columns, divided, turns


class Names:
    """The table of one partition."""

    def __init__(self, folder: str) -> None:
        self.store = Store(folder)
        self.rows: dict[bytes, bytes | None] = {}
        self.dirty: dict[bytes, tuple[bytes, int]] = {}
        self.changelog = 0

    def put(self, keys: list[bytes], values: list[bytes], stamps: list[int]) -> None:
        for key, value, stamp in zip(keys, values, stamps, strict=True):
            self.rows[key] = value
            self.dirty[key] = (value, stamp)

    def names(self, keys: list[bytes]) -> list[str | None]:
        rows, get = self.rows, self.store.get
        found = []
        for key in keys:
            if key in rows:
                raw = rows[key]
            else:
                saved = get(key)
                raw = rows[key] = None if saved is None else saved[8:]
            found.append(None if raw is None else raw.decode())
        return found

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]]]:
        keys, values, stamps, puts = [], [], [], []
        for key, (value, stamp) in self.dirty.items():
            keys.append(key)
            values.append(value)
            stamps.append(stamp)
            puts.append((key, stamp.to_bytes(8, "big") + value))
        return (keys, values, stamps), puts


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source` and `source`-table; `target`-changelog takes the table's changes."""
    table = f"{source}-table"
    job = Job(broker, group, [source, table])
    parts = [Names(f"{folder}/{p}") for p in range(PARTITIONS)]
    out = columns()

    def load() -> None:
        for partition, part in enumerate(parts):
            for batch in job.next(table, partition):
                part.put(batch.keys, batch.values, batch.timestamps)

    def work() -> None:
        for partition, part in enumerate(parts):
            for batch in job.next(source, partition):
                values = joined(value, batch.values, part.names(batch.keys))
                out[0].extend(batch.keys)
                out[1].extend(values)
                out[2].extend(batch.timestamps)

    def flush() -> None:
        changes = [part.changes() for part in parts]
        done = job.commit({target: divided(out), f"{target}-changelog": [c for c, _ in changes]})
        for part, (_, puts) in zip(parts, changes, strict=True):
            part.changelog += len(puts)
            part.store.write(puts, done, part.changelog)
            part.dirty.clear()
        for column in out:
            column.clear()

    turns(job, [table], load, flush)
    turns(job, [source], work, flush)
    for part in parts:
        part.store.close()


def joined(value: str, values: list[bytes], names: list[str | None]) -> list[bytes | None]:
    """Each value with the name found for it."""
    if value == "int":
        numbers = unpack(f">{len(values)}q", b"".join(values))
        return codec(JoinedInt).encode_all(list(map(JoinedInt, numbers, names)))
    if value == "str":
        texts = [raw.decode() for raw in values]
    else:
        objects: list[Click] = codec(Click).decode_all(values)
        texts = [one.url for one in objects]
    return codec(Joined).encode_all(list(map(Joined, texts, names)))
