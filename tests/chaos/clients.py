"""`chaos clients`: producers with ids and transactions in random schedules, until the budget is spent; 0 failures expected.

With `--mutants` defects are planted, each of which has to be found.
"""

import argparse
import gc
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from traceback import format_exception
from unittest.mock import patch

from streamz_core.broker import embedded
from streamz_core.broker.backend import Stamp
from streamz_core.broker.sending import together
from streamz_core.broker.sending.line import Line
from streamz_core.log import producing
from streamz_core.log.records.commits import CommitRecord, SentRecord
from tests.chaos.budget import seconds
from tests.chaos.campaign import campaign
from tests.chaos.clients_world import Clients, make_clients, playing

SEEDS = 1 << 32
SCHEDULES_MAX = 400
TOLD = 60

Patch = Callable[[], AbstractContextManager[object]]


def what_was_written_is_not_known() -> AbstractContextManager[object]:
    """A producer is told that nothing was written under its id, and the chain takes a sequence twice."""
    claim = producing.claim

    def blind(log, producer):
        found = claim(log, producer)
        return type(found)(found.producer, found.epoch, 0)

    def refuse(self, state):
        known = state.producers.get(self.producer)
        mine = known and (known.incarnation, known.epoch) == (self.incarnation, self.epoch)
        return CommitRecord.refuse(self, state) if mine else "another one"

    both = ExitStack()
    both.enter_context(patch.object(embedded, "claim", blind))
    both.enter_context(patch.object(SentRecord, "refuse", refuse))
    return both


def the_first_of_an_id_goes_on() -> AbstractContextManager[object]:
    """A commit is taken from whoever uses the id, if its sequence is higher."""

    def refuse(self, state):
        known = state.producers.get(self.producer)
        if known is not None and self.sequence <= known.sequence:
            return "written before"
        return CommitRecord.refuse(self, state)

    return patch.object(SentRecord, "refuse", refuse)


def a_commit_tells_more_than_it_has() -> AbstractContextManager[object]:
    """The sequence of a commit is that of the newest record that was sent."""
    take = Line.take

    def taking(self, most, hurry):
        piles = take(self, min(most, 300), hurry)
        self.stamp = Stamp(self.stamp.producer, self.stamp.epoch, self.newest)
        return piles

    return patch.object(Line, "take", taking)


def offsets_apart_from_what_was_made() -> AbstractContextManager[object]:
    """A transaction leaves out what was consumed."""
    parts = together.Parts
    return patch.object(
        together, "Parts", lambda piles, _, __, number: parts(piles, "", [], number)
    )


MUTANTS: dict[str, Patch] = {
    "what was written is not known": what_was_written_is_not_known,
    "the first of an id goes on": the_first_of_an_id_goes_on,
    "a commit tells more than it has": a_commit_tells_more_than_it_has,
    "offsets apart from what was made": offsets_apart_from_what_was_made,
}


def main(arguments: list[str]) -> int:
    """Play schedules; every failure is printed with its seed."""
    parser = argparse.ArgumentParser(prog="chaos clients", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", type=int, help="the first one; with --budget 0 the only one")
    parser.add_argument("--mutants", action="store_true")
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(SEEDS) if options.seed is None else options.seed
    print(f"seeds from {first} on", flush=True)
    if options.mutants:
        found = {name: hunt(make, first) for name, make in MUTANTS.items()}
        print(*(f"{name}: {told or 'NOT FOUND'}" for name, told in found.items()), sep="\n")
        missed = sum(not told for told in found.values())
        print(f"{len(found) - missed} passed, {missed} failed")
        return 1 if missed else 0
    return campaign(make_clients, finding, report, first, options.budget)


def report(world: Clients, error: Exception) -> None:
    """How to play it again, and its history if it was kept."""
    print(f"seed {world.seed}: {type(error).__name__}: {error}", flush=True)
    if world.sim.history is not None:
        print("".join(format_exception(error)), *world.sim.history[-TOLD:], sep="\n")


def finding(world: Clients, make: Patch = nullcontext) -> Exception | None:
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
        error = finding(make_clients(first + number), make)
        if error is not None:
            return f"schedule {number + 1}, {type(error).__name__}: {error}"[:200]
    return ""
