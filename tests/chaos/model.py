"""`chaos model`: random steps over the whole face of topics against the model of tests/model, until the budget is spent."""

from __future__ import annotations

import argparse
import logging
import random
import time
from traceback import format_exception

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.budget import seconds
from tests.model.world import World
from tests.model.writing import Writing

SEEDS = 1 << 32
SETTINGS = settings(
    max_examples=100,
    stateful_step_count=60,
    deadline=None,
    database=None,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def main(arguments: list[str]) -> int:
    """Play worlds, a hundred for each seed; a failure is printed with its seed and its shortest steps."""
    parser = argparse.ArgumentParser(prog="chaos model", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", type=int, help="the first; with --budget 0 the only one")
    options = parser.parse_args(arguments)
    logging.getLogger("streamz").setLevel(logging.ERROR)
    first = random.SystemRandom().randrange(SEEDS) if options.seed is None else options.seed
    print(f"seeds from {first} on", flush=True)
    until_s = time.monotonic() + options.budget
    failed = done = 0
    Writing.taken = 0
    while not done or time.monotonic() < until_s:
        error = finding(first + done)
        if error is not None:
            failed += 1
            print(f"seed {first + done}:", "".join(format_exception(error)), flush=True)
        done += 1
    print(f"{Writing.taken} passed, {failed} failed")
    return 1 if failed else 0


def finding(number: int) -> Exception | None:
    """What is wrong in the worlds of a seed, None if nothing is."""

    @seed(number)
    class Seeded(World):
        pass

    try:
        run_state_machine_as_test(Seeded, settings=SETTINGS)  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - it is told, with its seed
        return error
    return None
