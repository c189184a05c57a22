"""Records in and out of the log by one process, opaque ones of 100 bytes and text by its codec."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.log.command import HERE, Case, Line, Options, run

RECORDS = 3_000_000
PARTITIONS = (1, 8, 64)
COMMIT = 50_000  # records

PROGRAM = """
import sys, time
from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import STR
from streamz_core.config import Config
home, partitions, count, size, kind = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
values = [b"x" * 92 if kind == "opaque" else "x" * 92] * size
keys = [b"%08d" % n if kind == "opaque" else "%08d" % n for n in range(size)]
stamps = list(range(size))
text = kind == "str"
with Broker(machine(), home, Config(durability="process", log_free_bytes=0)) as broker:
    Admin(broker).create_topic("t", partitions)
    broker.backend.watch(["t"])
    begin = time.perf_counter()
    part = size // partitions
    for _ in range(count // size):
        transaction = broker.transaction()
        for partition in range(partitions):
            rows = slice(partition * part, (partition + 1) * part)
            columns = keys[rows], values[rows]
            if text:
                columns = STR.encode_all(columns[0]), STR.encode_all(columns[1])
            transaction.send("t", partition, *columns, stamps[rows])
        transaction.commit()
    wrote = time.perf_counter() - begin
    begin, read = time.perf_counter(), 0
    for partition in range(partitions):
        at = 0
        while batches := broker.backend.fetch("t", partition, at, bytes_max=4 << 20):
            for batch in batches:
                at = batch.base_offset + len(batch)
                if text:
                    STR.decode_all(batch.keys), STR.decode_all(batch.values)
                read += len(batch)
    fetched = time.perf_counter() - begin
assert read == part * partitions * (count // size)
print(read / wrote, read / fetched)
"""


def cases() -> dict[str, Case]:
    """By name."""
    found: dict[str, Case] = {}
    for kind in ("opaque", "str"):
        for partitions in PARTITIONS if kind == "opaque" else (8,):
            found[f"{kind}-{partitions}"] = _case(kind, partitions)
    return found


def _case(kind: str, partitions: int) -> Case:
    def measure(options: Options) -> Iterator[Line]:
        count = max(int(RECORDS * options.scale) // COMMIT, 1) * COMMIT
        runs = []
        for _ in range(options.rounds):
            with TemporaryDirectory() as home:
                runs.append(run(HERE, PROGRAM, home, partitions, count, COMMIT, kind))
        for at, verb in enumerate(("append", "fetch")):
            rate = median(found[at] for found in runs)
            yield {"case": f"{verb} {kind}", "partitions": partitions, "rate": round(rate)}

    return measure


CASES = cases()
