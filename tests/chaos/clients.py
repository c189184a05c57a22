"""`chaos clients`: producers with ids and transactions in random schedules, until the budget is spent; 0 failures expected.

With `--mutants` defects are planted, each of which has to be found.
"""

from contextlib import AbstractContextManager, ExitStack
from unittest.mock import patch

from streamz_core.broker import embedded
from streamz_core.broker.backend import Stamp
from streamz_core.broker.sending import together
from streamz_core.broker.sending.line import Line
from streamz_core.log import producing
from streamz_core.log.records.commits import CommitRecord, SentRecord
from tests.chaos.battery import Battery, Patch, arguments, asked
from tests.chaos.clients_world import make_clients, playing


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

BATTERY = Battery(make_clients, playing, MUTANTS)


def main(words: list[str]) -> int:
    """Play schedules; every failure is printed with its seed."""
    parser = arguments("clients", __doc__)
    options = asked(parser, words)
    print(f"seeds from {options.seed} on", flush=True)
    return BATTERY.run(options)
