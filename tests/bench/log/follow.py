"""What a commit of others costs a process: one that has no part in it, and an idle worker of another app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.log.command import Case, Line, Options, program, run, told
from tests.bench.log.commits import MAKE

SECONDS = 6.0
WRITERS = 10
PAUSE_S = 0.001

FOLLOW = """
import sys, time
from streamz_core import App
from streamz_core.app import machine
from streamz_core.log.log import Log
from streamz_core.runtime.worker import Worker
home, who = sys.argv[1], sys.argv[2]
if who == "bystander":
    log = Log.open(machine(), home + "/log")
    turn = lambda: (log.refresh(), log.wait(0.1))
    at = lambda: log.state.lsn
else:
    app = App("idle", home=home)
    app.stream("other", key=bytes, value=bytes).map_values(lambda value: value).to("other-out")
    app.topic("other", partitions=2)
    worker = Worker(app.job({}), machine(), home)
    turn = lambda: worker.step() or worker.backend.wait(worker.idle_s())
    at = lambda: worker.backend.mark.number
for _ in range(20):
    turn()
print("ready", flush=True)
sys.stdin.readline()
begin, first, until = time.process_time(), at(), time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    turn()
print(time.process_time() - begin, at() - first)
"""

WRITE = """
import sys, time
from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
home, number, seconds, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
bell = machine().doorbell()
with Broker(machine(), home) as broker:
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        transaction = broker.transaction()
        transaction.send("t", number, [b"key"], [b"x" * 100], [0])
        transaction.commit()
        bell.wait(pause)
    print(time.process_time())
"""


def _case(who: str) -> Case:
    def measure(options: Options) -> Iterator[Line]:
        seconds = SECONDS * options.scale
        runs = [
            [_cost(build, who, seconds) for build in options.builds] for _ in range(options.rounds)
        ]
        line: Line = {
            "case": f"follow {who}",
            "us_per_commit": round(median(one[0][0] for one in runs), 2),
            "commits_per_s": round(median(one[0][1] for one in runs)),
        }
        if options.before is not None:
            line["before_us_per_commit"] = round(median(one[1][0] for one in runs), 2)
        yield line

    return measure


def _cost(build: Path, who: str, seconds: float) -> tuple[float, float]:
    """(CPU us a commit, commits a second): a process beside ten writers."""
    with TemporaryDirectory() as home:
        run(build, MAKE, home, "process")
        children = [program(build, FOLLOW, home, who, seconds)]
        children += [program(build, WRITE, home, n, seconds, PAUSE_S) for n in range(WRITERS)]
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        for child in children:
            assert child.stdin is not None
            child.stdin.write("\n")
            child.stdin.flush()
        cpu_s, commits = told(children[0])
        for child in children[1:]:
            told(child)
    return cpu_s / max(commits, 1) * 1e6, commits / seconds


CASES: dict[str, Case] = {f"follow-{who}": _case(who) for who in ("bystander", "worker")}
