"""Where the group of a consumer stands, and what a commit of it would move."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.broker.backend import TaskCommit, next_offset
from streamz_core.broker.embedded import Broker
from streamz_core.broker.receiving.places import in_range
from streamz_core.broker.receiving.starts import Begin
from streamz_core.broker.receiving.topics import Where
from streamz_core.errors import Fenced

Moves = dict[Where, tuple[int, int]]
"""By (topic, partition): from where to where."""


class Offsets:
    """Of a group that this consumer alone moves: what another one moves meanwhile fences it. `policy`: see Consumer."""

    def __init__(self, broker: Broker, group: str, begin: Begin, policy: str) -> None:
        self.group = group
        self._broker = broker
        self._backend = broker.backend
        self._begin = begin
        self._policy = policy
        self._committed: dict[Where, int] = {}
        self._committing: dict[Where, int] = {}  # what a commit that was interrupted may have done

    def begin(self, where: Where, begin: Begin | None = None) -> int:
        """Where reading begins: how it is said to counts only where the group never committed."""
        backend = self._backend
        self._committed[where] = at = next_offset(backend, self.group, *where)
        if backend.committed(self.group, *where) is None:
            now_ms = self._broker.env.now_ms()
            return (begin or self._begin).offset(backend, where, now_ms)
        return in_range(backend, where, at, self._policy)

    @property
    def begins_later(self) -> bool:
        """Whether it may begin behind records that there are."""
        return self._begin.policy != "earliest"

    def ranged(self, where: Where, offset: int) -> int:
        """Where a seek to that offset goes; OffsetOutOfRange."""
        return in_range(self._backend, where, offset, self._policy)

    def moves(self, stands: Mapping[Where, int]) -> Moves:
        """What a commit there would move. Fenced."""
        aims = {where: self._backend.passed(*where, at) for where, at in stands.items()}
        moves = {where: (self._stands(where), aim) for where, aim in aims.items()}
        self._committing = aims
        return {where: move for where, move in moves.items() if move[0] != move[1]}

    def tasks(self, moves: Moves) -> list[TaskCommit]:
        """As a commit says it."""
        told = [(*where, *move) for where, move in moves.items()]
        return [TaskCommit("", 0, told)] if told else []

    def move(self, moves: Moves) -> None:
        """Do it, also back. Fenced, StorageFull."""
        if any(stop < start for start, stop in moves.values()):
            self._backend.rewind(self.group, {where: stop for where, (_, stop) in moves.items()})
        elif moves:
            self._backend.commit(self.group, self.tasks(moves), [])

    def moved(self) -> None:
        """What `moves` told is committed, by whomever."""
        self._committed |= self._committing
        self._committing = {}

    def _stands(self, where: Where) -> int:
        """Where the group stands, which nobody else has moved; Fenced."""
        now = next_offset(self._backend, self.group, *where)
        mine = [self._committed[where], *filter(None, [self._committing.get(where)])]
        if now not in [self._backend.passed(*where, at) for at in mine]:
            raise Fenced(
                f"group {self.group}: {where[0]}[{where[1]}] is at {now}, not at {mine[0]}, where this "
                "consumer began: another one committed; make a new one, which begins where the group stands"
            )
        return now
