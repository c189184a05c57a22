"""When a task whose calls are under way takes nothing more, so that a commit can speak of all it took."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

OPEN_COSTS = 4
"""How much longer it takes records than it waited for the last answers the time before: four fifths of the time."""


class Closing:
    """By `clock` (s). It is open for the commit interval at least."""

    def __init__(self, clock: Callable[[], float], interval_s: float) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._waited_s = 0.0  # for the last answers, smoothed
        self._opened_s: float | None = None
        self._closed_s: float | None = None

    @property
    def due_s(self) -> float:
        """When it is time; inf: nothing was asked, or it has come."""
        if self._opened_s is None or self._closed_s is not None:
            return inf
        return self._opened_s + max(self._interval_s, OPEN_COSTS * self._waited_s)

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return self._opened_s is not None and self._clock() >= self.due_s

    def opened(self) -> None:
        """Something is under way."""
        if self._opened_s is None:
            self._opened_s = self._clock()

    def close(self) -> None:
        """From now on it waits."""
        if self._closed_s is None:
            self._closed_s = self._clock()

    def settle(self) -> None:
        """All is committed."""
        if self._closed_s is not None:
            self._waited_s += (self._clock() - self._closed_s - self._waited_s) / 2
        self.rewind()

    def rewind(self) -> None:
        """What was under way is undone."""
        self._opened_s = self._closed_s = None
