"""`chaos compaction`: stores of every kind, restored from changelogs that are compacted at any moment, beside the same
store that was never lost: what they say is the same, as long as the budget lasts.
"""

from __future__ import annotations

import argparse
import random
import time
from traceback import format_exception

from tests.chaos.budget import seconds
from tests.chaos.compaction_stores import ACTIONS
from tests.chaos.compaction_world import World

SEEDS = 1 << 32
STEPS = 300  # of one world


def main(arguments: list[str]) -> int:
    """Play worlds; every failure is printed with its seed."""
    parser = argparse.ArgumentParser(prog="chaos compaction", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", type=int, help="of the first world; with --budget 0 the only one")
    parser.add_argument("--kind", choices=sorted(ACTIONS), help="of store; all unless said")
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(SEEDS) if options.seed is None else options.seed
    print(f"seeds from {first} on", flush=True)
    until_s = time.monotonic() + options.budget
    passed = failed = seed = 0
    while not seed or time.monotonic() < until_s:
        for kind in [options.kind] if options.kind else ACTIONS:
            error = finding(first + seed, kind)
            passed += STEPS * (error is None)
            failed += error is not None
            if error is not None:
                print(f"seed {first + seed} {kind}:", "".join(format_exception(error)), flush=True)
        seed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def finding(seed: int, kind: str, steps: int = STEPS) -> Exception | None:
    """What is wrong after a world of that seed, None if nothing is."""
    try:
        World(seed, kind).play(steps)
    except Exception as error:  # noqa: BLE001 - it is told, with its seed
        return error
    return None
