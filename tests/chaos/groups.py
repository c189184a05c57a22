"""`chaos groups`: consumers that share partitions in random schedules, until the budget is spent; 0 failures expected.

With `--mutants` defects are planted, each of which has to be found; with `--kill` they are real processes, killed and stopped.
"""

import argparse
import gc
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from traceback import format_exception
from unittest.mock import patch

from streamz_core.broker.receiving.rounds import Rounds
from streamz_core.broker.receiving.sharing import Share
from streamz_core.log.records import commits
from tests.chaos.budget import seconds
from tests.chaos.campaign import campaign
from tests.chaos.groups_kill import killing, member
from tests.chaos.groups_world import Groups, make_groups, playing

SEEDS = 1 << 32
SCHEDULES_MAX = 400
TOLD = 60

Patch = Callable[[], AbstractContextManager[object]]


def whose_it_is_does_not_matter() -> AbstractContextManager[object]:
    """A commit is taken from whoever knows where the group stands."""
    both = ExitStack()
    both.enter_context(patch.object(commits, "_refuse_shared", lambda *_: ""))
    both.enter_context(patch.object(Share, "moves", _moves_of_the_past))
    return both


def _moves_of_the_past(self, stands):
    group, backend = self._offsets.group, self._backend
    starts = {where: backend.committed(group, *where) or 0 for where in stands}
    return {where: (starts[where], at) for where, at in stands.items() if starts[where] < at}


def what_comes_back_is_read_from_where_it_was_left() -> AbstractContextManager[object]:
    """A member that gets a partition again does not ask where the group has come to."""
    add, drop = Rounds.add, Rounds.drop
    left: dict[tuple[int, tuple[str, int]], int] = {}

    def dropping(self, where):
        if where in self.at:
            left[id(self), where] = self.at[where]
        drop(self, where)

    def adding(self, where, offset):
        add(self, where, left.get((id(self), where), offset))

    both = ExitStack()
    both.enter_context(patch.object(Rounds, "drop", dropping))
    both.enter_context(patch.object(Rounds, "add", adding))
    return both


MUTANTS: dict[str, Patch] = {
    "whose it is does not matter": whose_it_is_does_not_matter,
    "what comes back is read from where it was left": what_comes_back_is_read_from_where_it_was_left,
}


def main(arguments: list[str]) -> int:
    """Play schedules; every failure is printed with its seed."""
    parser = argparse.ArgumentParser(prog="chaos groups", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", type=int, help="the first one; with --budget 0 the only one")
    parser.add_argument("--mutants", action="store_true")
    parser.add_argument("--kill", action="store_true", help="real processes, killed and stopped")
    parser.add_argument("--member", help=argparse.SUPPRESS)
    parser.add_argument("--home", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.member:
        return member(options.home, options.member.strip("-"))
    first = random.SystemRandom().randrange(SEEDS) if options.seed is None else options.seed
    print(f"seeds from {first} on", flush=True)
    if options.kill:
        return killing(options.budget, first)
    if options.mutants:
        found = {name: hunt(make, first) for name, make in MUTANTS.items()}
        print(*(f"{name}: {told or 'NOT FOUND'}" for name, told in found.items()), sep="\n")
        missed = sum(not told for told in found.values())
        print(f"{len(found) - missed} passed, {missed} failed")
        return 1 if missed else 0
    return campaign(make_groups, finding, report, first, options.budget)


def report(world: Groups, error: Exception) -> None:
    """How to play it again, and its history if it was kept."""
    print(f"seed {world.seed}: {type(error).__name__}: {error}", flush=True)
    if world.sim.history is not None:
        print("".join(format_exception(error)), *world.sim.history[-TOLD:], sep="\n")


def finding(world: Groups, make: Patch = nullcontext) -> Exception | None:
    """What a schedule finds; None if all is well."""
    collects = gc.isenabled()
    gc.disable()
    try:
        with make():
            playing(world)
    except Exception as error:  # noqa: BLE001 - every error is a finding
        return error
    finally:
        if collects:
            gc.enable()
    return None


def hunt(make: Patch, first: int) -> str:
    """After how many schedules the defect was found, and by what; "" if it was not."""
    for number in range(SCHEDULES_MAX):
        error = finding(make_groups(first + number), make)
        if error is not None:
            return f"schedule {number + 1}, {type(error).__name__}: {error}"[:200]
    return ""
