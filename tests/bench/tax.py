"""What the framework costs: each job hand-written and as an app, in turn, on the same log."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
from streamz_core.runtime.worker import Worker
from tests.bench import apps, data
from tests.bench.hand import (
    fk_join,
    session,
    sliding,
    stateless,
    stream_join,
    table_aggregate,
    table_join,
    window,
    words,
)

HAND: dict[str, Callable[..., None]] = {
    "stateless": stateless.run,
    "words": words.run,
    "window": window.run,
    "window-new": window.run,
    "session": session.run,
    "sliding": sliding.run,
    "table-join": table_join.run,
    "stream-join": stream_join.run,
    "table-aggregate": table_aggregate.run,
    "fk-join": fk_join.run,
}
KEYS = {"window-new": data.KEYS_NEW, "table-join": data.KEYS_JOIN}
HOPS = ("words", "groups", "asks", "answers")
"""Topics that hand-written programs write and read again."""
RECORDS = {
    "stateless": 600_000,
    "words": 100_000,
    "table-aggregate": 200_000,
    "fk-join": 100_000,
    "window": 300_000,
    "window-new": 200_000,
}
RECORDS_ELSE = 300_000
# Thousand records/s that the hand-written programs reach on a quiet machine of this kind; a run
# whose baseline stays more than a fifth under them says so.
QUIET = {
    ("stateless", "str"): 3500,
    ("stateless", "frozen"): 700,
    ("window", "int"): 470,
    ("window", "frozen"): 390,
    ("window-new", "int"): 150,
}
SLOW = 0.8


def main(arguments: list[str]) -> None:
    """Print one JSON line a case."""
    parser = argparse.ArgumentParser(prog="bench tax")
    parser.add_argument("--job", action="append", choices=list(HAND))
    parser.add_argument("--value", action="append", choices=list(data.VALUES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--records", type=int)
    parser.add_argument(
        "--profile", action="store_true", help="where the app's time goes, to stderr"
    )
    options = parser.parse_args(arguments)
    for job in options.job or list(HAND):
        for value in options.value or list(data.VALUES):
            count = options.records or RECORDS.get(job, RECORDS_ELSE)
            line = case(job, value, count, options.rounds, profile=options.profile)
            print(json.dumps(line), flush=True)


def case(job: str, value: str, count: int, rounds: int, *, profile: bool) -> dict[str, Any]:
    """Load the input once, then hand-written and app in turn."""
    with tempfile.TemporaryDirectory() as home:
        with Broker(machine(), home, Config(durability="process")) as broker:
            load(broker, job, value, count)
        hand, app = [], []
        for turn in range(rounds):
            hand.append(measured(lambda turn=turn: by_hand(home, job, value, turn)))
            app.append(measured(app_run(home, job, value, turn, profile=profile and turn == 0)))
    ours, theirs = (statistics.median(s for s, _ in runs) for runs in (app, hand))
    line: dict[str, Any] = {
        "bench": "tax",
        "case": f"{job}-{value}",
        "rate": round(count / ours),
        "baseline": round(count / theirs),
        "ratio": round(
            statistics.median(a / h for (a, _), (h, _) in zip(app, hand, strict=True)), 3
        ),
        "cpu_s_per_million": round(statistics.median(c for _, c in app) / count * 1e6, 2),
        "baseline_cpu_s_per_million": round(statistics.median(c for _, c in hand) / count * 1e6, 2),
    }
    if count / theirs < QUIET.get((job, value), 0) * 1000 * SLOW:
        line["baseline_slow"] = True
    return line


def load(broker: Broker, job: str, value: str, count: int, rows: int = data.ROWS) -> None:
    """Write what a job eats: `count` records, and `rows` of a table."""
    if job == "stream-join":
        data.load_pairs(broker, ["in", "in-right"], value, count, data.KEYS)
        return
    data.load(broker, "in", value, count, KEYS.get(job, data.KEYS))
    if job in ("table-join", "fk-join"):
        data.load_table(broker, "in-table", rows)


def measured(run: Callable[[], Callable[[], None]]) -> tuple[float, float]:
    """(wall, CPU) seconds of what `run()` prepared."""
    work = run()
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


def by_hand(home: str, job: str, value: str, turn: int) -> Callable[[], None]:
    """The hand-written program, ready to go."""
    broker = Broker(machine(), home)
    target = f"hand{turn}"
    logs = (*stream_join.LOGS, *table_aggregate.LOGS, *fk_join.LOGS)
    logs = tuple(dict.fromkeys(logs))
    for tail in ("", "-changelog", "-words", *(f"-{log}" for log in logs)):
        Admin(broker).create_topic(f"{target}{tail}", data.PARTITIONS)
    broker.backend.watch(["in", "in-table", "in-right", *(f"{target}-{hop}" for hop in HOPS)])

    def work() -> None:
        HAND[job](broker, value, f"group{turn}", "in", target, f"{home}/hand/{turn}")
        broker.close()

    machine().make_dirs(f"{home}/hand/{turn}")
    return work


def app_run(
    home: str, job: str, value: str, turn: int, *, profile: bool
) -> Callable[[], Callable[[], None]]:
    """The same as an app, with one worker in this process."""

    def prepare() -> Callable[[], None]:
        app = apps.make(job, value, f"app{turn}", "in", f"app{turn}-out")
        worker = Worker(app.job({"durability": "process"}), machine(), home)
        return (
            (lambda: profiled(worker)) if profile else (lambda: worker.run(lambda: worker.finished))
        )

    return prepare


def profiled(worker: Worker) -> None:
    """Run under the profiler; its time is not to be compared."""
    import cProfile
    import pstats
    import sys

    profiler = cProfile.Profile()
    profiler.enable()
    worker.run(lambda: worker.finished)
    profiler.disable()
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)
