"""A battery of random schedules: worlds from seeds, how one is played, and the defects that it has to find."""

import argparse
import gc
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from traceback import format_exception

from attrs import frozen

from tests.chaos.budget import seconds
from tests.chaos.campaign import World, campaign

SEEDS = 1 << 32
SCHEDULES_MAX = 400
TOLD = 60

Patch = Callable[[], AbstractContextManager[object]]


@frozen
class Battery:
    """`make` gives the world of a seed, `play` plays it; `mutants` by their names."""

    make: Callable[..., World]
    play: Callable[[World], object]
    mutants: Mapping[str, Patch]

    def run(self, options: argparse.Namespace) -> int:
        """What `arguments` ask for; 1 if something failed, or a defect was not found."""
        first = options.seed
        if not options.mutants:
            return campaign(self.make, self.finding, report, first, options.budget)
        found = {name: self.hunt(name, first) for name in self.mutants}
        print(*(f"{name}: {told or 'NOT FOUND'}" for name, told in found.items()), sep="\n")
        missed = sum(not told for told in found.values())
        print(f"{len(found) - missed} passed, {missed} failed")
        return 1 if missed else 0

    def finding(self, world: World, planted: Patch = nullcontext) -> Exception | None:
        """What a schedule finds; None if all is well."""
        collects = gc.isenabled()
        gc.disable()
        try:
            with planted():
                self.play(world)
        except Exception as error:  # noqa: BLE001 - every error is a finding
            return error
        finally:
            if collects:
                gc.enable()
        return None

    def hunt(self, name: str, first: int) -> str:
        """After how many schedules the defect was found, and by what; "" if it was not."""
        for number in range(SCHEDULES_MAX):
            error = self.finding(self.make(first + number), self.mutants[name])
            if error is not None:
                return f"schedule {number + 1}, {type(error).__name__}: {error}"[:200]
        return ""


def arguments(name: str, about: str | None) -> argparse.ArgumentParser:
    """What every battery is asked; it may be asked more."""
    parser = argparse.ArgumentParser(prog=f"chaos {name}", description=about)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", type=int, help="the first one; with --budget 0 the only one")
    parser.add_argument("--mutants", action="store_true")
    return parser


def asked(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """What is asked for, with a seed."""
    options = parser.parse_args(words)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(SEEDS)
    return options


def report(world: World, error: Exception) -> None:
    """How to play it again, and its history if it was kept."""
    print(f"seed {world.seed}: {type(error).__name__}: {error}", flush=True)
    if world.sim.history is not None:
        print("".join(format_exception(error)), *world.sim.history[-TOLD:], sep="\n")
