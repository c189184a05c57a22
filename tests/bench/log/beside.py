"""The same bytes without the log: a file that is appended to, and SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.log.command import Case, Line, Options

RECORDS = 1_000_000
CHUNK = 10_000
RECORD = b"x" * 100


def raw(options: Options) -> Iterator[Line]:
    """Writes of a chunk's bytes, nothing else."""
    count = max(int(RECORDS * options.scale) // CHUNK, 1) * CHUNK
    with TemporaryDirectory() as folder:
        file = os.open(f"{folder}/raw", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        begin = perf_counter()
        for _ in range(count // CHUNK):
            os.write(file, RECORD * CHUNK)
        took = perf_counter() - begin
        os.close(file)
    yield {"case": "beside: raw append", "rate": round(count / took)}


def sqlite(options: Options) -> Iterator[Line]:
    """A table of offsets and bytes, in WAL mode, a transaction a chunk."""
    count = max(int(RECORDS * options.scale) // CHUNK, 1) * CHUNK
    with TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "log.sqlite", isolation_level=None)
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = off")
        database.execute("create table log (at integer primary key, data blob)")
        begin = perf_counter()
        for start in range(0, count, CHUNK):
            database.execute("begin")
            rows = ((at, RECORD) for at in range(start, start + CHUNK))
            database.executemany("insert into log values (?, ?)", rows)
            database.execute("commit")
        wrote = perf_counter() - begin
        begin = perf_counter()
        read = len(database.execute("select data from log order by at").fetchall())
        fetched = perf_counter() - begin
        database.close()
    assert read == count
    yield {"case": "beside: sqlite append", "rate": round(count / wrote)}
    yield {"case": "beside: sqlite fetch", "rate": round(count / fetched)}


CASES: dict[str, Case] = {"beside-raw": raw, "beside-sqlite": sqlite}
