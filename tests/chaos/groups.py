"""`chaos groups`: consumers that share partitions in random schedules, until the budget is spent; 0 failures expected.

With `--mutants` defects are planted, each of which has to be found; with `--kill` they are real processes, killed and stopped.
"""

import argparse
from contextlib import AbstractContextManager, ExitStack
from unittest.mock import patch

from streamz_core.broker.receiving.rounds import Rounds
from streamz_core.broker.receiving.sharing import Share
from streamz_core.log.records import commits
from tests.chaos.battery import Battery, Patch, arguments, asked
from tests.chaos.groups_kill import killing, member
from tests.chaos.groups_world import make_groups, playing


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

BATTERY = Battery(make_groups, playing, MUTANTS)


def main(words: list[str]) -> int:
    """Play schedules; every failure is printed with its seed."""
    parser = arguments("groups", __doc__)
    parser.add_argument("--kill", action="store_true", help="real processes, killed and stopped")
    parser.add_argument("--member", help=argparse.SUPPRESS)
    parser.add_argument("--home", help=argparse.SUPPRESS)
    options = asked(parser, words)
    if options.member:
        return member(options.home, options.member.strip("-"))
    print(f"seeds from {options.seed} on", flush=True)
    if options.kill:
        return killing(options.budget, options.seed)
    return BATTERY.run(options)
