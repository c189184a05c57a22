"""Where the functions of a worker are: each record can be seen from another thread, and costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import length_hint
from typing import Any


class Following:
    """The loop over records that runs now, known by the iterator of one of its columns."""

    def __init__(self) -> None:
        self._loops = 0
        self._now: Iterator[Any] = iter(())

    def follow(self, column: Iterable[Any]) -> Iterator[Any]:
        """What a loop is to take its records from."""
        self._loops += 1
        self._now = found = iter(column)
        return found

    def at(self) -> tuple[int, int]:
        """Another value whenever a record was taken since; from any thread."""
        return self._loops, length_hint(self._now)
