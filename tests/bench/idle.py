"""What it costs to be there: the import, and a worker with nothing to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
from tests.bench.hop import start, wait_for_owner

SECONDS = 30
IMPORTS = 9
TICKS = os.sysconf("SC_CLK_TCK")


def main(_: list[str]) -> None:
    """Print one JSON line."""
    with tempfile.TemporaryDirectory() as home:
        broker = Broker(machine(), home, Config(durability="process"))
        child = start("worker", home, 0)
        try:
            wait_for_owner(broker)
            bell = machine().doorbell()
            pause(bell, 2)
            before = cpu_s(child.pid)
            pause(bell, SECONDS)
            used = cpu_s(child.pid) - before
            rss = rss_mb(child.pid)
        finally:
            child.kill()
            child.wait()
        broker.close()
    line = {
        "bench": "idle",
        "case": "worker",
        "import_ms": import_ms(),
        "rss_mb": round(rss, 1),
        "cpu_percent": round(100 * used / SECONDS, 3),
    }
    print(json.dumps(line), flush=True)


def pause(bell: object, seconds: float) -> None:
    """Let time pass without using it."""
    bell.wait(seconds)  # type: ignore[attr-defined]


def cpu_s(pid: int) -> float:
    """CPU seconds a process used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid: int) -> float:
    """Resident memory, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def import_ms() -> float:
    """Milliseconds of `import streamz_core` in a fresh process, installed as pip does it; the median.

    That is with its bytecode: what compiles the sources at each start measures the compiler.
    """
    code = (
        "import time; a = time.perf_counter(); import streamz_core; print(time.perf_counter() - a)"
    )
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", code]
        found = [
            float(subprocess.run(command, capture_output=True, check=True, env=env).stdout)
            for _ in range(IMPORTS + 1)
        ]
    return round(1000 * sorted(found[1:])[IMPORTS // 2], 1)
