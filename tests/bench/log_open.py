"""Opening a log of many one-record commits with the topics it watches, against another build.

`bench log-open [--commits N] [--before DIR]`: DIR is a checkout with its own .venv; both open the same log
in turn, each time in a fresh process. Prints the median of the CPU seconds, and with --before the ratio
of the two: the median of the pairs, and the interval that holds it with 96 % (their second and eighth).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from streamz_core.app import machine
from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.broker.transaction import Transaction
from streamz_core.log.log import Log

COMMITS = 200_000
RUNS = 9
PARTITIONS = 4
TOPIC = "in"

# One text for both builds: this one is told at opening what is watched, older ones have to be told later.
OPEN = """
import resource, sys, time
from streamz_core.app import machine
from streamz_core.log.log import Log
env, directory, begin = machine(), sys.argv[1], time.process_time()
if sys.argv[2] == "here":
    log = Log.open(env, directory, watch=["in"])
else:
    log = Log.open(env, directory)
    log.watch(["in"])
took = time.process_time() - begin
read = sum(len(batch) for part in range(4) for batch in log.fetch(1, part, 0, bytes_max=1))
assert read == 4
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
log.close()
"""
HERE = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench log-open", description=__doc__)
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--before", type=Path, help="a checkout with its own .venv")
    options = parser.parse_args(arguments)
    builds = [HERE] if options.before is None else [HERE, options.before.resolve()]
    with tempfile.TemporaryDirectory() as home:
        fill(f"{home}/log", options.commits)
        runs = [[opened(f"{home}/log", build) for build in builds] for _ in range(RUNS)]
    cpu_s = median(run[0][0] for run in runs)
    line = {
        "bench": "log-open",
        "case": f"{options.commits} one-record commits",
        "rate": round(options.commits / cpu_s),
        "cpu_s_per_million": round(1e6 * cpu_s / options.commits, 2),
        "seconds": round(cpu_s, 3),
        "rss_mb": round(median(run[0][1] for run in runs), 1),
    }
    if len(builds) > 1:
        ratios = sorted(here[0] / before[0] for here, before in runs)
        line["baseline"] = round(options.commits / median(before[0] for _, before in runs))
        line["ratio"] = round(median(ratios), 3)
        line["interval"] = [round(ratios[1], 3), round(ratios[-2], 3)]
    print(json.dumps(line), flush=True)


def fill(directory: str, commits: int) -> None:
    """A log at level process, of so many commits of one record."""
    log = Log.open(machine(), directory, level="process")
    log.create_topic(TOPIC, PARTITIONS, {})
    transaction = Transaction(EmbeddedBackend(log.env, log))
    for number in range(commits):
        key, value = b"key %d" % (number % 1000), b"x" * 100
        transaction.send(TOPIC, number % PARTITIONS, [key], [value], [number])
        transaction.commit()
    log.close()


def opened(directory: str, build: Path) -> tuple[float, float]:
    """(CPU seconds, MiB) of a process that opens the log."""
    where = "here" if build == HERE else "before"
    python = f"{build}/.venv/bin/python"
    done = subprocess.run(
        [sys.executable if build == HERE else python, "-c", OPEN, directory, where],
        cwd=build,
        capture_output=True,
        check=True,
        text=True,
    )
    cpu_s, rss_mb = done.stdout.split()
    return float(cpu_s), float(rss_mb)
