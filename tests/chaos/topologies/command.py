"""`chaos topologies`: trial after trial until the time is over; one that differs is made small and printed."""

from __future__ import annotations

import argparse
import json
import logging
from itertools import count
from time import monotonic

from tests.chaos.budget import seconds
from tests.chaos.topologies.shrinking import shrink
from tests.chaos.topologies.trial import Trial, Undecided, difference, make

SHRINK_S = 60.0


def main(arguments: list[str]) -> int:
    """Trials of the seeds from `--seed` on; with `--budget 0` that one alone."""
    parser = argparse.ArgumentParser(prog="chaos topologies")
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", default=0, type=int)
    options = parser.parse_args(arguments)
    logging.getLogger("streamz").setLevel(logging.CRITICAL)  # workers are killed all the time
    begun = monotonic()
    passed, undecided, failed = 0, 0, []
    for seed in count(options.seed):
        try:
            found = difference(make(seed))
        except Undecided:
            undecided += 1
        else:
            passed += found is None
            if found is not None:
                failed.append(seed)
                print(report(seed))
        if monotonic() - begun >= options.budget:
            break
    rate = (seed + 1 - options.seed) / (monotonic() - begun) * 60
    print(f"seeds {options.seed} to {seed}: {rate:.0f} a minute, {undecided} undecided")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


def report(seed: int) -> str:
    """The trial of a seed made small, and what differs."""
    end = monotonic() + SHRINK_S
    small = shrink(make(seed), lambda trial: monotonic() < end and _differs(trial))
    lines = [f"--- seed {seed}: ./dev chaos topologies --seed {seed} --budget 0", *told(small)]
    return "\n".join([*lines, str(difference(small)), ""])


def told(trial: Trial) -> list[str]:
    """The trial as a program: its nodes, its records piece by piece, how it is run."""
    lines = [json.dumps(node) for node in trial.nodes]
    for at, piece in enumerate(trial.cut()):
        lines += [f"# {event} here" for event in trial.events(at)]
        lines += [json.dumps(entry) for entry in piece]
        lines.append("# run")
    lines += [f"# {event} here" for event in trial.events(len(trial.pieces))]
    lines.append(
        f"# partitions={trial.partitions} workers={trial.workers} memory={trial.memory}"
        f" at_commit={trial.at_commit} compacted={trial.compacted} {json.dumps(trial.settings)}"
    )
    return lines


def _differs(trial: Trial) -> bool:
    try:
        return difference(trial) is not None
    except Undecided:
        return False
    except Exception:  # noqa: BLE001 - what was left cannot be told any more
        return False
