"""The partitions of a consumer as they come and go: what is read of them, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from streamz_core.broker.receiving.ahead import Ahead
from streamz_core.broker.receiving.listening import Listeners
from streamz_core.broker.receiving.rounds import Rounds
from streamz_core.broker.receiving.topics import Where


class Partitions:
    """Of a member of a group that shares. `before`: what is done before some go; `reading`: before topics are read."""

    def __init__(  # noqa: PLR0913 - all that has a part in it
        self,
        consumer: Any,
        rounds: Rounds,
        ahead: Ahead[Any, Any],
        listeners: Listeners,
        before: Callable[[], object],
        reading: Callable[[Sequence[str]], None],
    ) -> None:
        self._consumer = consumer
        self._rounds = rounds
        self._ahead = ahead
        self._listeners = listeners
        self._before = before
        self._reading = reading

    def reads(self, topics: Sequence[str]) -> None:
        """These topics will be read."""
        self._reading(topics)

    def take(self, where: Where, offset: int) -> None:
        """Read this partition from there."""
        self._rounds.add(where, offset)

    def drop(self, where: Where) -> None:
        """Read it no more, nor give what was read of it."""
        self._ahead.drop([where])
        self._rounds.drop(where)

    def assigned(self, parts: Sequence[Where]) -> None:
        """Tell that these came."""
        self._listeners.assigned(self._consumer, parts)

    def revoked(self, parts: Sequence[Where]) -> None:
        """Tell that these will go; what was given of them can be committed."""
        self._before()
        self._listeners.revoked(self._consumer, parts)

    def lost(self, parts: Sequence[Where]) -> None:
        """Tell that these went."""
        self._listeners.lost(self._consumer, parts)
