"""Opening a log of many one-record commits with the topics it watches, against another build.

`bench log-open [--commits N] [--before DIR]`: DIR is a checkout with its own .venv; each writes the same records
into a log of its own, and opens it, in turn and each time in a fresh process. Prints the median of the CPU
seconds, and with --before the ratio of the two: the median of the pairs, and the interval that holds it with
96 % (their second and eighth).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

COMMITS = 200_000
RUNS = 9

# By the public face, which both builds have.
FILL = """
import sys
from streamz_core import App
from streamz_core.broker.admin import Admin
app = App("bench", home=sys.argv[1], durability="process")
with app.broker() as broker:
    Admin(broker).create_topic("in", 4)
    transaction = broker.transaction()
    for number in range(int(sys.argv[2])):
        key, value = b"key %d" % (number % 1000), b"x" * 100
        transaction.send("in", number % 4, [key], [value], [number])
        transaction.commit()
"""

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
        homes = {build: f"{home}/{number}" for number, build in enumerate(builds)}
        for build in builds:
            run(build, FILL, homes[build], str(options.commits))
        runs = [[opened(homes[build], build) for build in builds] for _ in range(RUNS)]
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


def opened(home: str, build: Path) -> tuple[float, float]:
    """(CPU seconds, MiB) of a process that opens the log."""
    cpu_s, rss_mb = run(build, OPEN, f"{home}/log", "here" if build == HERE else "before").split()
    return float(cpu_s), float(rss_mb)


def run(build: Path, text: str, *arguments: str) -> str:
    """What a program says that a build runs."""
    python = sys.executable if build == HERE else f"{build}/.venv/bin/python"
    done = subprocess.run(
        [python, "-c", text, *arguments], cwd=build, capture_output=True, check=True, text=True
    )
    return done.stdout
