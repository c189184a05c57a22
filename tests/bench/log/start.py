"""How long opening a log takes, and how much memory: of many commits, of much data, of many partitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.log.command import Case, Line, Options, run

COMMITS = 1_000_000
GIB = 10
PARTITIONS = 10_000

FILL = """
import sys
from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
home, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Broker(machine(), home, Config(durability="process", log_free_bytes=0)) as broker:
    backend = broker.backend
    Admin(broker).create_topic("in", count if kind == "partitions" else 4)
    rows = 50_000 if kind == "data" else 1
    each = [b"k" * 8] * rows, [b"x" * 92] * rows, list(range(rows))
    for number in range(1 if kind == "partitions" else count):
        transaction = broker.transaction()
        transaction.send("in", number % 4, *each)
        transaction.commit()
        if number % 20_000 == 0:
            backend.upkeep()
    for _ in range(3):
        backend.upkeep()
"""
KEEP = """
import sys
from streamz_core.app import machine
try:
    from streamz_core.log.checkpoints.keeper import Keeper
except ImportError:
    raise SystemExit  # a build that knows no checkpoints
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
limits = Limits(checkpoint_s=0.0)
log = Log.open(machine(), sys.argv[1] + "/log", everything=True, limits=limits)
keeper = Keeper(log)
while not keeper.turn():
    log.wait(0.05)
log.close()
"""
OPEN = """
import resource, sys, time
from streamz_core.app import machine
from streamz_core.log.log import Log
env, begin = machine(), time.perf_counter()
log = Log.open(env, sys.argv[1] + "/log", watch=sys.argv[2:])
took = time.perf_counter() - begin
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
log.close()
"""


def _case(kind: str, full: int, name: str) -> Case:
    def measure(options: Options) -> Iterator[Line]:
        count = max(int(full * options.scale), 1)
        with TemporaryDirectory() as folder:
            homes = {build: f"{folder}/{at}" for at, build in enumerate(options.builds)}
            for build, home in homes.items():
                run(build, FILL, home, kind, count)
                run(build, KEEP, home)
            runs = [
                [run(build, OPEN, homes[build]) for build in homes] for _ in range(options.rounds)
            ]
            watched = [
                [run(build, OPEN, homes[build], "in") for build in homes]
                for _ in range(options.rounds)
            ]
        told = name.format(_amount(kind, count))
        yield _line(told, runs, options.before)
        yield _line(f"{told}, all watched", watched, options.before)

    return measure


def _amount(kind: str, count: int) -> str:
    return f"{count * 5 / 1000:.1f}" if kind == "data" else f"{count}"


def _line(name: str, runs: list[list[list[float]]], before: Path | None) -> Line:
    line: Line = {
        "case": name,
        "seconds": round(median(one[0][0] for one in runs), 3),
        "rss_mb": round(median(one[0][1] for one in runs), 1),
    }
    if before is not None:
        line["before_seconds"] = round(median(one[1][0] for one in runs), 3)
        line["before_rss_mb"] = round(median(one[1][1] for one in runs), 1)
    return line


CASES: dict[str, Case] = {
    "start-commits": _case("commits", COMMITS, "start {} one-record commits"),
    "start-data": _case("data", GIB * 200, "start {} GB"),
    "start-partitions": _case("partitions", PARTITIONS, "start {} partitions"),
}
