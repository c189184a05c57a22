"""A table left-joined with a table of names by a key that its values tell, through two topics of its own: a
subscription goes to where the name is, an answer comes back and counts if the row still is what asked."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from struct import Struct, unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, codec
from tests.bench.hand.frame import Columns, Job, Store, columns, divided, turns
from tests.bench.hand.table_join import joined

LOGS = ("asks", "answers", "rows", "asked")
CACHE = 200_000
LONG = Struct(">q")
SIZE = Struct(">i")
FORGET, ANSWER = b"\0\0", b"\0\2"
"""No more of this row; what is there, also if it is nothing: with a digest behind."""
FOUND, NOTHING = b"\0", b"\x40"
"""The head of an answer: a name behind the digest, or none."""
Keys = Callable[[list[bytes]], list[bytes]]


class Kept:
    """The rows of one partition, with what a commit has to write."""

    def __init__(self, folder: str) -> None:
        self.store = Store(folder)
        self.rows: dict[bytes, bytes | None] = {}
        self.dirty: dict[bytes, tuple[bytes | None, int]] = {}
        self.changelog = 0

    def saved(self, key: bytes) -> bytes | None:
        """A row from the disk, its time before it."""
        return self.store.get(key)

    def changes(self) -> tuple[Columns, list[tuple[bytes, bytes]], list[bytes]]:
        keys, values, stamps, puts, gone = [], [], [], [], []
        for key, (value, stamp) in self.dirty.items():
            keys.append(key)
            values.append(value)
            stamps.append(stamp)
            if value is None:
                gone.append(key)
            else:
                puts.append((key, LONG.pack(stamp) + value))
        return (keys, values, stamps), puts, gone


class Rows(Kept):
    """The left table."""

    def __init__(self, folder: str, keys: Keys) -> None:
        super().__init__(folder)
        self.keys = keys

    def put(self, keys: list[bytes], values: list[bytes], stamps: list[int], out: Columns) -> None:
        """What each change asks of the names."""
        rows, dirty = self.rows, self.dirty
        out_key, out_value, out_stamp = (column.append for column in out)
        for key, raw, wanted, stamp in zip(keys, values, self.keys(values), stamps, strict=True):
            old = self.row(key)
            digest = blake2b(raw, digest_size=16).digest()
            rows[key] = raw
            dirty[key] = (raw, stamp)
            if old is not None:
                before = self.keys([old])[0]
                if before != wanted:
                    out_key(before)
                    out_value(FORGET + digest + key)
                    out_stamp(stamp)
            out_key(wanted)
            out_value(ANSWER + digest + key)
            out_stamp(stamp)

    def row(self, key: bytes) -> bytes | None:
        if key in self.rows:
            return self.rows[key]
        saved = self.saved(key)
        return None if saved is None else saved[8:]

    def resolve(self, value: str, answers: Columns, out: Columns) -> None:
        """Join the answers to what the rows still are."""
        keys, raws, names, stamps = [], [], [], []
        for key, answer, stamp in zip(*answers, strict=True):
            raw = self.row(key)
            if raw is None or blake2b(raw, digest_size=16).digest() != answer[1:17]:
                continue
            keys.append(key)
            raws.append(raw)
            names.append(None if answer[0] == NOTHING[0] else answer[17:].decode())
            stamps.append(stamp)
        out[0].extend(keys)
        out[1].extend(joined(value, raws, names))
        out[2].extend(stamps)


class Names(Kept):
    """The right table."""

    def put(self, keys: list[bytes], values: list[bytes], stamps: list[int]) -> None:
        for key, value, stamp in zip(keys, values, stamps, strict=True):
            self.rows[key] = LONG.pack(stamp) + value
            self.dirty[key] = (value, stamp)


class Asked(Kept):
    """Who asks for a name of one partition: a row for each, by the length of the name's key, that key and its own."""

    def answer(self, names: Names, asks: Columns, out: Columns) -> None:
        dirty, rows = self.dirty, names.rows
        out_key, out_value, out_stamp = (column.append for column in out)
        for wanted, ask, stamp in zip(*asks, strict=True):
            key = ask[18:]
            where = SIZE.pack(len(wanted)) + wanted + key
            if ask[1] == FORGET[1]:
                dirty[where] = (None, stamp)
                continue
            dirty[where] = (ask, stamp)
            row = rows[wanted] if wanted in rows else names.saved(wanted)
            rows[wanted] = row
            out_key(key)
            if row is None:
                out_value(NOTHING + ask[2:18])
                out_stamp(stamp)
            else:
                out_value(FOUND + ask[2:18] + row[8:])
                out_stamp(max(stamp, LONG.unpack_from(row)[0]))


def run(broker: Broker, value: str, group: str, source: str, target: str, folder: str) -> None:
    """Run to the end of `source` and `source`-table, through `target`-asks and -answers; `target`-rows, -changelog
    and -asked take changes."""
    asks, answers, table = f"{target}-asks", f"{target}-answers", f"{source}-table"
    job = Job(broker, group, [source, table, asks, answers])
    rows = [Rows(f"{folder}/rows{p}", keys_of(value)) for p in range(PARTITIONS)]
    names = [Names(f"{folder}/names{p}") for p in range(PARTITIONS)]
    asked = [Asked(f"{folder}/{p}") for p in range(PARTITIONS)]
    asking, answering, out = columns(), columns(), columns()

    def load() -> None:
        for partition, part in enumerate(names):
            for batch in job.next(table, partition):
                part.put(batch.keys, batch.values, batch.timestamps)

    def work() -> None:
        for partition, part in enumerate(rows):
            for batch in job.next(source, partition):
                part.put(batch.keys, batch.values, batch.timestamps, asking)
        job.log.refresh()
        for partition, part in enumerate(asked):
            for batch in job.next(asks, partition):
                given = (batch.keys, batch.values, batch.timestamps)
                part.answer(names[partition], given, answering)
        for partition, part in enumerate(rows):
            for batch in job.next(answers, partition):
                part.resolve(value, (batch.keys, batch.values, batch.timestamps), out)

    def flush() -> None:
        every = {f"{target}-rows": rows, f"{target}-changelog": names, f"{target}-asked": asked}
        changes = {log: [part.changes() for part in parts] for log, parts in every.items()}
        logs = {log: [found for found, _, _ in parts] for log, parts in changes.items()}
        topics = {asks: divided(asking), answers: divided(answering), target: divided(out)}
        done = job.commit({**topics, **logs})
        for log, parts in every.items():
            for part, (_, puts, gone) in zip(parts, changes[log], strict=True):
                part.changelog += len(puts) + len(gone)
                part.store.write(puts, done, part.changelog, gone)
                part.dirty.clear()
                if len(part.rows) > CACHE:
                    part.rows.clear()
        for column in (*asking, *answering, *out):
            column.clear()

    turns(job, [table], load, flush)
    for topic in (source, asks, answers):
        turns(job, [topic], work, flush)
    for part in (*rows, *names, *asked):
        part.store.close()


def keys_of(value: str) -> Keys:
    """From values to the keys of the names they want."""
    clicks = codec(Click)
    return {
        "int": lambda values: [b"k%06d" % v for v in unpack(f">{len(values)}q", b"".join(values))],
        "str": lambda values: [b"k%06d" % int(raw[2:]) for raw in values],
        "frozen": lambda values: [b"k%06d" % one.v for one in clicks.decode_all(values)],
    }[value]
