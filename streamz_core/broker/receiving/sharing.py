"""A consumer as a member of its group: the partitions it has now, and what is to be done when that changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from streamz_core.broker.backend import Backend, TaskCommit, next_offset
from streamz_core.broker.belonging.kinds import Seat
from streamz_core.broker.receiving.offsets import Moves, Offsets
from streamz_core.broker.receiving.places import tell_anew
from streamz_core.broker.receiving.starts import EARLIEST
from streamz_core.broker.receiving.topics import Topics, Where
from streamz_core.errors import Fenced

logger = logging.getLogger("streamz.consumer")


class Parted(Protocol):
    """What is read, and who is told."""

    def reads(self, topics: Sequence[str]) -> None:
        """These topics will be read."""
        ...

    def take(self, where: Where, offset: int) -> None:
        """Read this partition from there."""
        ...

    def drop(self, where: Where) -> None:
        """Read it no more, nor give what was read of it."""
        ...

    def assigned(self, parts: Sequence[Where]) -> None:
        """Tell that these came."""
        ...

    def revoked(self, parts: Sequence[Where]) -> None:
        """Tell that these will go."""
        ...

    def lost(self, parts: Sequence[Where]) -> None:
        """Tell that these went."""
        ...


class Share:
    """`held`: by partition the epoch at which it is this member's.

    Everything here can be done once more from where it was left: an interrupt loses no partition.
    """

    def __init__(  # noqa: PLR0913 - all that has a part in it
        self,
        backend: Backend,
        seat: Seat,
        offsets: Offsets,
        topics: Topics,
        parts: Parted,
        names: Sequence[str],
    ) -> None:
        """`names`: the topics that the seat knows of, and that can be read."""
        self.held: dict[Where, int] = {}
        self._backend = backend
        self._seat = seat
        self._offsets = offsets
        self._topics = topics
        self._parts = parts
        self._seen = (-1, -1)  # of owners, and of topics
        self._names = list(names)
        self._known = set(
            topics.partitions()
        )  # those that come later are read from their beginning
        self._given: set[Where] = set()
        self._lost: dict[Where, None] = {}
        self._fresh: dict[Where, None] = {}

    # ---- following the group

    def join(self) -> None:
        """Become a member, and take what is free; nobody is told before the first turn."""
        self._seat.join()
        self._seat.step()
        self._compare()

    def turn(self) -> None:
        """Look after the group, give back what is another's by now, take what is this one's, and tell. Fenced if
        another process is the static member of its name."""
        seat = self._seat
        if not seat.member:
            self._compare()
            self._tell()
            seat.check()
            logger.warning(
                "group %s took this consumer for dead, for it did not poll in time, or stood still: joining again",
                self._offsets.group,
            )
            seat.join()
        self._follow()
        giving = seat.step()
        if giving:
            self._give(giving)
        self._compare()
        self._tell()

    @property
    def settled(self) -> bool:
        """Whether it has all that is to be its own, and no more."""
        return self._seat.settled

    def leave(self) -> None:
        """Let the program see to what it has; then nothing is this one's."""
        parts = list(self.held)
        try:
            if parts:
                self._parts.revoked(parts)
        finally:
            self._drop(parts)

    def _follow(self) -> None:
        """Other topics match, or there are others of those names."""
        changes = self._backend.topic_changes
        if changes == self._seen[1]:
            return
        names, anew = self._topics.there(), self._topics.made_anew()
        tell_anew(anew)
        gone = [where for where in self.held if where[0] not in names or where[0] in anew]
        self._lost |= dict.fromkeys(gone)
        self._drop(gone)
        if anew:
            self._seen = (-1, -1)  # they are taken again
            self._known = {where for where in self._known if where[0] not in anew}
        if names != self._names:
            self._parts.reads(names)
            self._seat.reads(names)
            self._names = names
        self._seen = (self._seen[0], changes)

    def _give(self, tasks: Sequence[str]) -> None:
        """Another is to have these. Also when the program fails: nobody would have them."""
        parts = [where for where in map(self._seat.where, tasks) if where in self.held]
        self._given |= set(parts)
        try:
            if parts:
                self._parts.revoked(parts)
        finally:
            if self._backend.fit:  # an interrupt in the work of the log is told as that
                self._seat.give(tasks)
                self._drop(parts)

    def _compare(self) -> None:
        """What the chain says to be this one's, and what is here."""
        changes = self._seat.changes
        if changes == self._seen[0]:
            return
        owned = {self._seat.where(task): epoch for task, epoch in self._seat.owned().items()}
        gone = [where for where, epoch in self.held.items() if owned.get(where) != epoch]
        self._lost |= dict.fromkeys(where for where in gone if where not in self._given)
        self._drop(gone)
        fresh = {
            where: epoch
            for where, epoch in owned.items()
            if where not in self.held and self._seat.assigned(self._seat.task(where))
        }
        begun = {where: self._begin(where) for where in sorted(fresh)}
        self._settle({where: (at, fresh[where]) for where, at in begun.items()})
        for where, at in begun.items():
            self._parts.take(where, at)
            self._fresh[where] = None
            self.held[where] = fresh[where]  # last: only then it is not taken again
        self._given -= self.held.keys()
        self._seen = (changes, self._seen[1])

    def _drop(self, parts: Iterable[Where]) -> None:
        for where in parts:
            self._parts.drop(where)
            self._fresh.pop(where, None)
            self.held.pop(where, None)

    def _tell(self) -> None:
        """Say what came and went; once, also if the program fails."""
        lost, self._lost = list(self._lost), {}
        if lost:
            self._parts.lost(lost)
        fresh, self._fresh = list(self._fresh), {}
        if fresh:
            self._parts.assigned(fresh)

    # ---- standing

    def _begin(self, where: Where) -> int:
        """Where it is read first. What came after this member is read from its beginning."""
        return self._offsets.begin(where, None if where in self._known else EARLIEST)

    def _settle(self, begun: Mapping[Where, tuple[int, int]]) -> None:
        """Where the group begins behind records that there are, that is committed: whoever has the partition next would
        begin at another end, and leave out what came between."""
        if not self._offsets.begins_later:
            return
        group = self._offsets.group
        tasks = [
            TaskCommit(
                self._seat.task(where),
                epoch,
                [(*where, next_offset(self._backend, group, *where), at)],
            )
            for where, (at, epoch) in begun.items()
            if self._backend.committed(group, *where) is None
        ]
        if tasks:
            self._backend.commit(group, tasks, [])

    def moves(self, stands: Mapping[Where, int]) -> Moves:
        """What a commit there would move. Fenced if some of it is not this member's any more."""
        owned = self._seat.owned()
        gone = [
            where
            for where in stands
            if where not in self.held or owned.get(self._seat.task(where)) != self.held[where]
        ]
        if gone:
            named = ", ".join(f"{topic}[{partition}]" for topic, partition in sorted(gone))
            raise Fenced(
                f"group {self._offsets.group}: {named:.200} went to another member, or this one was taken for dead: "
                "nothing was committed; poll() goes on with what is this one's now"
            )
        aims = {where: self._backend.passed(*where, at) for where, at in stands.items()}
        group = self._offsets.group
        moves = {
            where: (next_offset(self._backend, group, *where), aim) for where, aim in aims.items()
        }
        return {where: move for where, move in moves.items() if move[0] != move[1]}

    def tasks(self, moves: Moves) -> list[TaskCommit]:
        """As a commit says it."""
        return [
            TaskCommit(self._seat.task(where), self.held[where], [(*where, *move)])
            for where, move in moves.items()
        ]
