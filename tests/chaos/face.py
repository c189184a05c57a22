"""`chaos face`: the public face used as wrongly as it can be, until the budget is spent; nothing is damaged."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from traceback import format_exception

from tests.chaos.budget import seconds
from tests.chaos.face_world import World

SEEDS = 1 << 32
STEPS = 500  # of a world: longer ones open longer logs, and find no more


def main(arguments: list[str]) -> int:
    """Play worlds; every failure is printed with its seed."""
    parser = argparse.ArgumentParser(prog="chaos face", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", type=int, help="of the first world; with --budget 0 the only one")
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(SEEDS) if options.seed is None else options.seed
    print(f"seeds from {first} on", flush=True)
    until_s = time.monotonic() + options.budget
    passed = failed = seed = 0
    while not seed or time.monotonic() < until_s:
        error = finding(first + seed)
        seed += 1
        if error is None:
            passed += STEPS
        else:
            failed += 1
            print(f"seed {first + seed - 1}:", "".join(format_exception(error)), flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def finding(seed: int, steps: int = STEPS) -> Exception | None:
    """What is wrong after a world of that seed, None if nothing is."""
    # Producers that were forgotten may still write; on a slow disk, while the directory goes.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        try:
            World(seed, home).play(steps)
        except Exception as error:  # noqa: BLE001 - it is told, with its seed
            return error
    return None
