"""`bench log [--case NAME]...`: one JSON line a case; `--before DIR` measures another build beside, in turn.

Programs are texts that both builds can run: they know the public face and the handle on a log, no more.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

HERE = Path(__file__).resolve().parents[3]
Line = dict[str, Any]


@frozen
class Options:
    """`before`: a checkout with its own .venv. `scale`: how much of the full size of a case is done."""

    before: Path | None
    scale: float
    rounds: int

    @property
    def builds(self) -> list[Path]:
        """This one first."""
        return [HERE] if self.before is None else [HERE, self.before]


Case = Callable[[Options], Iterator[Line]]


def main(arguments: list[str]) -> None:
    """Run what was asked for."""
    from tests.bench.log import beside, commits, follow, start, tail, throughput, trickle

    cases: dict[str, Case] = {
        **throughput.CASES,
        **commits.CASES,
        **tail.CASES,
        **start.CASES,
        **follow.CASES,
        **trickle.CASES,
        **beside.CASES,
    }
    parser = argparse.ArgumentParser(prog="bench log", description=__doc__)
    parser.add_argument("--case", action="append", choices=list(cases))
    parser.add_argument("--before", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    before = None if given.before is None else given.before.resolve()
    options = Options(before, given.scale, given.rounds)
    for name in given.case or cases:
        for line in cases[name](options):
            print(json.dumps({"bench": "log", **line}), flush=True)


def program(build: Path, text: str, *words: object) -> subprocess.Popen[str]:
    """A process of that build that runs `text`."""
    python = sys.executable if build == HERE else f"{build}/.venv/bin/python"
    argv = [python, "-c", text, *map(str, words)]
    pipe = subprocess.PIPE
    # Both of its packages: the path of this process names those of the build that measures.
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(build), str(build / "state")])}
    return subprocess.Popen(argv, cwd=build, env=environ, stdin=pipe, stdout=pipe, text=True)


def told(child: subprocess.Popen[str]) -> list[float]:
    """The numbers that a program prints at its end."""
    out, _ = child.communicate()
    if child.returncode:
        raise SystemExit(f"a program of the benchmark ended with {child.returncode}")
    return [float(word) for word in out.split()]


def run(build: Path, text: str, *words: object) -> list[float]:
    """The numbers a program prints."""
    return told(program(build, text, *words))
