"""`chaos log`: random schedules of the shipped log until the budget is spent; 0 failures expected."""

import argparse
import random
from traceback import format_exception

from streamz_core.testing.simulator import Profile
from streamz_core.testing.simulator.profile import CHANCES, RATES
from tests.chaos.budget import seconds
from tests.chaos.campaign import campaign
from tests.chaos.log_schedules import finding
from tests.chaos.log_world import World, make_world, mixture
from tests.chaos.twice import unlike

SEEDS = 1 << 32
TOLD = 60  # lines of history that are printed of a schedule that failed


def main(arguments: list[str]) -> int:
    """Play schedules; every failure is printed with its seed."""
    parser = argparse.ArgumentParser(prog="chaos log", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument(
        "--seed", type=int, help="the first one; with --budget 0 the only one, told"
    )
    parser.add_argument(
        "--twice", type=int, metavar="N", help="play N in two processes: they must be the same"
    )
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(SEEDS) if options.seed is None else options.seed
    print(f"seeds from {first} on", flush=True)
    if options.twice:
        wrong = unlike(first, options.twice)
        print(*(f"seed {seed} is not the same twice" for seed in wrong), sep="\n")
        print(f"{options.twice - len(wrong)} passed, {len(wrong)} failed")
        return 1 if wrong else 0
    return campaign(make_world, finding, report, first, options.budget)


def report(world: World, error: Exception) -> None:
    """How to play it again, and what is needed for it to fail."""
    print(f"seed {world.seed}: {type(error).__name__}: {error}")
    if world.sim.history is None:
        print(f"  {world.sim.profile}")
        print(f"  fails already with: {shrink(world.seed, type(error))}")
        print(f"  told by: ./dev chaos log --seed {world.seed} --budget 0", flush=True)
        return
    print("".join(format_exception(error)))
    print(*world.sim.history[-TOLD:], sep="\n")


def shrink(seed: int, kind: type[Exception]) -> Profile:
    """Fewer faults that still make the seed fail in that way; each is left out if it can be."""
    profile = mixture(seed)
    for name in (*RATES, *CHANCES):
        fewer = profile.without(name)
        if fewer != profile and isinstance(finding(make_world(seed, fewer)), kind):
            profile = fewer
    return profile
