"""`chaos space`: a disk of 64 MiB that is filled to its last byte and freed again, under an app at work.

The app and the janitor of `chaos kill` lie on a tmpfs, which needs root to be mounted. In each round the disk
is filled while records come in: everybody has to pause, and to go on when there is room; nobody may end. In
the end nothing is lost and nothing doubled, as the history checker tells.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

from tests.chaos.budget import seconds
from tests.chaos.kill.run import Run

SIZE = "64m"
WORKERS = 2
FULL_S = (0.3, 2.5)
RECOVER_S = 60
PIECE = 1 << 20


def main(arguments: list[str]) -> int:
    """So many rounds, or as many as the budget allows."""
    parser = argparse.ArgumentParser(prog="chaos space", description=__doc__)
    parser.add_argument("--budget", default="10m", type=seconds)
    parser.add_argument("--rounds", default=50, type=int)
    parser.add_argument("--seed", default=7, type=int)
    options = parser.parse_args(arguments)
    with disk() as home:
        if home is not None:
            return play(home, options)
    print("a disk of 64 MiB cannot be mounted here, which takes root: nothing was tried")
    print("0 passed, 0 failed")
    return 0


@contextmanager
def disk() -> Iterator[str | None]:
    """A directory with so much room; None if there can be none."""
    with tempfile.TemporaryDirectory() as place:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "chaos", place]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
            yield None
            return
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", place], check=True)


def play(home: str, options: argparse.Namespace) -> int:
    """Fill and free, then compare."""
    run, done, refused = Run(f"{home}/app", options.seed, WORKERS), 0, 0
    until_s = monotonic() + options.budget
    try:
        begin(run)
        while done < options.rounds and monotonic() < until_s:
            refused += fill_and_free(run, home)
            done += 1
        run.finish()
    finally:
        run.end()
    try:
        problems = run.compare()
        told = run.upkeep()
    finally:
        run.close()
    for problem in problems[:10]:
        print(problem)
    print(
        f"seed {options.seed}: {sum(run.sent.values())} records; producers were refused in {refused} rounds"
    )
    print(told)
    print(f"{done - bool(problems)} passed, {int(bool(problems))} failed")
    return 1 if problems else 0


def begin(run: Run) -> None:
    """Everybody is there: a worker that finds its disk full when it starts does not start."""
    while len(run.broker.backend.workers(run.job.name)) < WORKERS or not run.sent:
        run.go_on(0.2)
    settle(run)


def fill_and_free(run: Run, home: str) -> bool:
    """One round; whether a producer was told that the disk is full."""
    ballast = Path(home, "ballast")
    fill(ballast)
    end = monotonic() + run.random.uniform(*FULL_S)
    refused = False
    while monotonic() < end:
        if not run.waiting:
            run.produce()
        refused |= bool(run.waiting)
        run.broker.backend.refresh()
        run.watch.look(run.broker.backend)
        run.broker.backend.wait(0.1)
        run.crew.look()
        fill(ballast)  # what compaction gave back
    ballast.unlink()
    settle(run)
    return refused


def settle(run: Run) -> None:
    """Everything is sent, and the app has consumed it. SystemExit if it does not get on."""
    end = monotonic() + RECOVER_S
    while not run.flush() or run.left():
        if monotonic() > end:
            run.crew.ask()
            run.broker.backend.wait(1.0)
            raise SystemExit(f"there is room, and nothing gets on: {run.left()}")
        run.broker.backend.wait(0.1)
        run.watch.look(run.broker.backend)
        run.crew.look()


def fill(ballast: Path) -> None:
    """Nothing is left of the disk."""
    size = PIECE
    with ballast.open("ab", buffering=0) as file:
        while size:
            with suppress(OSError):
                if file.write(bytes(size)) == size:
                    continue
            size //= 16
