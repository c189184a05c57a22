"""Each measurement in a process of its own: what it says of its time, CPU and memory."""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).parents[3]
Work = dict[str, Any]


def start(side: str, work: Work) -> subprocess.Popen[str]:
    """A process that does it, and prints what it measured."""
    argv = [sys.executable, "-m", "tests.bench.clients.children", side, json.dumps(work)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def ask(side: str, work: Work) -> dict[str, float]:
    """What one process measured."""
    return answer(start(side, work))


def answer(child: subprocess.Popen[str]) -> dict[str, float]:
    """What it printed when it is through."""
    text, _ = child.communicate()
    assert child.returncode == 0, f"a measurement ended with {child.returncode}"
    return json.loads(text.splitlines()[-1])


def together(side: str, works: list[Work]) -> dict[str, float]:
    """What several measured at the same time: sums of records and CPU, the longest time, else what one of them says."""
    children = [start(side, work) for work in works]
    told = [answer(child) for child in children]
    found: dict[str, float] = {}
    for one in told:
        found |= one
    for name in ("records", "cpu_s"):
        found[name] = sum(one.get(name, 0) for one in told)
    if all("begin" in one for one in told):
        found["wall_s"] = max(one["end"] for one in told) - min(one["begin"] for one in told)
    return found


@contextmanager
def measured(found: dict[str, float]) -> Iterator[None]:
    """Wall and CPU seconds of the block, with all threads of the process."""
    wall, cpu = perf_counter(), process_time()
    yield
    found |= {"wall_s": perf_counter() - wall, "cpu_s": process_time() - cpu}
    found |= {"begin": wall, "end": perf_counter(), "rss_mb": peak_mb()}


def peak_mb() -> float:
    """The most resident memory this process had, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(side: str, text: str) -> None:
    """The process's whole life."""
    work = json.loads(text)
    made: Callable[[Work], Any] = importlib.import_module(f"tests.bench.clients.{side}").make
    print(json.dumps(getattr(made(work), work["do"])(work)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
