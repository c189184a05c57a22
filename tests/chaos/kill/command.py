"""`chaos kill`: how it is called, and what it says."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter

from tests.chaos.budget import seconds
from tests.chaos.history import Anomaly
from tests.chaos.kill.crew import ROLES
from tests.chaos.kill.roles import play
from tests.chaos.kill.run import Run

TOLD = 10  # problems that are printed


def main(arguments: list[str]) -> int:
    """Chaos for the budget, then the comparison."""
    parser = argparse.ArgumentParser(prog="chaos kill")
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", default=7, type=int)
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--home")
    options = parser.parse_args(arguments)
    if options.role:
        return play(options.role, options.home)
    home = tempfile.mkdtemp()
    run = Run(home, options.seed)
    try:
        run.chaos(options.budget)
        run.finish()
    except SystemExit:
        print(f"seed {options.seed}: {told(run, [])}; everything lies in {home}")
        raise
    finally:
        run.end()
    try:
        problems = run.compare()
        upkeep = run.upkeep()
    finally:
        run.close()
    if not problems:
        shutil.rmtree(home, ignore_errors=True)
    for problem in problems[:TOLD]:
        print(problem)
    if problems:
        print(f"everything lies in {home}")
    failed = 1 if problems else 0
    print(f"seed {options.seed}: {told(run, problems)}")
    print(upkeep)
    print(f"{run.crew.counts['kill'] - failed} passed, {failed} failed")
    return failed


def told(run: Run, problems: list[Anomaly]) -> str:
    """What was done to whom, and what came of it."""
    done = run.crew.counts
    found = Counter(one.kind for one in problems)
    return (
        f"{done['kill']} kills ({done['janitor kill']} of janitors, {done['all at once']} times all at once), "
        f"{done['stop']} stops ({done['janitor stop']} of janitors, {done['zombie']} zombies), "
        f"{done['left behind']} left behind, "
        f"{sum(run.sent.values())} records, lost {found['lost']}, doubled {found['doubled']}"
    )
