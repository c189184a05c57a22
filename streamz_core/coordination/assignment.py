"""Who should run which task: a pure function, sticky and balanced."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

Wanted = Mapping[bytes, Collection[str]]
"""By member the names of whose tasks it may have some: all that stands before the number of a task."""

Hop = tuple[bytes, bytes, str]
"""(from, to, name): a task of that name goes from one member to another."""


def assign(
    tasks: Sequence[str],
    members: Sequence[bytes],
    previous: Mapping[str, bytes],
    wanted: Wanted | None = None,
) -> dict[str, bytes]:
    """Every task to one member; loads differ by one at most, and so do those of each sub-topology
    where that costs no move. A task stays with its member unless balance demands a move.

    Tasks are named `<sub-topology>/<partition>`. `wanted`: what each member may have, if not everything; then a task that
    nobody wants is nobody's, and loads differ as little as that allows. The same arguments give the same answer everywhere.
    """
    if not members:
        return {}
    board = _Board(sorted(members), wanted)
    fresh = []
    for task in sorted(tasks):
        member = previous.get(task)
        if member in board.load and board.may(member, name_of(task)):
            board.put(task, member)
        else:
            fresh.append(task)
    for task in fresh:
        found = board.lightest(name_of(task))
        if found is not None:
            board.put(task, found)
    while path := board.relief():
        for giver, taker, name in path:
            board.put(board.take(giver, name), taker)
    return board.placed()


def name_of(task: str) -> str:
    """What the task is one of."""
    return task.rpartition("/")[0]


class _Board:
    """Who has what while it is decided. `held`: by member and name its tasks, in order."""

    def __init__(self, order: Sequence[bytes], wanted: Wanted | None) -> None:
        self.load = dict.fromkeys(order, 0)
        self._held: dict[bytes, dict[str, list[str]]] = {member: {} for member in order}
        self._wanted = wanted
        self._takers: dict[str, list[bytes]] = {}

    def may(self, member: bytes, name: str) -> bool:
        """Whether the member may have tasks of that name."""
        return self._wanted is None or name in self._wanted.get(member, ())

    def put(self, task: str, member: bytes) -> None:
        """It is that member's."""
        insort(self._held[member].setdefault(name_of(task), []), task)
        self.load[member] += 1

    def take(self, member: bytes, name: str) -> str:
        """One of that name is the member's no more."""
        self.load[member] -= 1
        found = self._held[member][name].pop(0)
        if not self._held[member][name]:
            del self._held[member][name]
        return found

    def placed(self) -> dict[str, bytes]:
        """By task whose it is."""
        return {
            task: member
            for member, names in self._held.items()
            for tasks in names.values()
            for task in tasks
        }

    def lightest(self, name: str) -> bytes | None:
        """Of those who may have it the member with the fewest tasks; of those, with the fewest of the same name."""
        return min(
            self._who(name),
            key=lambda member: (self.load[member], len(self._held[member].get(name, ()))),
            default=None,
        )

    def relief(self) -> list[Hop]:
        """How a member with too many can be rid of one: on its way another may pass on one of its own instead. None is if
        all is level."""
        least = min(self.load.values())
        for heavy in sorted(self.load, key=lambda member: -self.load[member]):
            if self.load[heavy] - least < 2:
                break
            found = self._way_from(heavy)
            if found:
                return found
        return []

    def _way_from(self, heavy: bytes) -> list[Hop]:
        """The way to the member with the fewest tasks that there is a way to, if it has fewer by two: the shortest."""
        ways: dict[bytes, list[Hop]] = {heavy: []}
        left = deque([heavy])
        while left and len(ways) < len(self.load):
            giver = left.popleft()
            for taker, name in self._passes(giver):
                if taker not in ways:
                    ways[taker] = [*ways[giver], (giver, taker, name)]
                    left.append(taker)
                    if len(ways) == len(self.load):
                        break  # most often all want the same

        def worth(member: bytes) -> tuple[int, int, int]:
            way = ways[member]
            crowd = len(self._held[member].get(way[-1][2], ())) if way else 0
            return self.load[member], len(way), crowd

        best = min(ways, key=worth)
        return ways[best] if self.load[heavy] - self.load[best] > 1 else []

    def _passes(self, giver: bytes) -> Iterator[tuple[bytes, str]]:
        """To whom it may give a task, and of which name: of that which it has most of, so that one is spread, too."""
        mine = self._held[giver]
        for name in sorted(mine, key=lambda name: (-len(mine[name]), mine[name][0])):
            for taker in self._who(name):
                yield taker, name

    def _who(self, name: str) -> list[bytes]:
        """The members that may have tasks of that name, in order."""
        found = self._takers.get(name)
        if found is None:
            found = self._takers[name] = [one for one in self.load if self.may(one, name)]
        return found
