"""Which rows of a store there are, in order of time: all of them, without their values."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator

Place = tuple[int, bytes]
"""Time of a row, and what tells it from others of that time."""


class Places:
    """`at`: the tails of the rows of each time; a set may be empty until its time is the first."""

    __slots__ = ("_done", "_head", "_times", "at")

    def __init__(self) -> None:
        self.at: dict[int, set[bytes]] = {}
        self._times: list[int] = []
        self._head = 0  # times before it are gone; they are cut off together
        self._done: list[tuple[bool, Place]] | None = (
            None  # what a nested overlay did: added or not
        )

    def add(self, time: int, tail: bytes) -> None:
        """There is such a row; there may have been."""
        tails = self.at.get(time)
        if tails is None:
            tails = self.at[time] = set()
            times = self._times
            if not times or times[-1] < time:
                times.append(time)
            else:
                insort(times, time, lo=self._head)
        if self._done is not None and tail not in tails:
            self._done.append((True, (time, tail)))
        tails.add(tail)

    def discard(self, time: int, tail: bytes) -> None:
        """There is no such row; there may have been none."""
        tails = self.at.get(time)
        if tails is not None and tail in tails:
            tails.remove(tail)
            if self._done is not None:
                self._done.append((False, (time, tail)))

    def in_order(self) -> Iterator[Place]:
        """All rows by time and tail. They may be discarded, when it is over."""
        self._forget_empty()
        for index in range(self._head, len(self._times)):
            time = self._times[index]
            for tail in sorted(self.at[time]):
                yield time, tail

    def first(self, default: int) -> int:
        """The time of the first row, `default` if there is none."""
        self._forget_empty()
        return self._times[self._head] if self._head < len(self._times) else default

    def take_before(self, time: int) -> list[Place]:
        """Discard the rows before `time`: they are given by time, in no order within one."""
        self._forget_empty()
        found: list[Place] = []
        for index in range(self._head, len(self._times)):
            first = self._times[index]
            if first >= time:
                break
            found += [(first, tail) for tail in self.at[first]]
        for place in found:
            self.discard(*place)
        return found

    def begin(self) -> None:
        """Remember what is done from now on, for `undo`."""
        self._done = []

    def keep(self) -> None:
        """What was done stays."""
        self._done = None

    def undo(self) -> bool:
        """As it was at `begin`; false if there was none, and nothing happens."""
        done, self._done = self._done, None
        for added, place in reversed(done or []):
            if added:
                self.discard(*place)
            else:
                self.add(*place)
        return done is not None

    def _forget_empty(self) -> None:
        times, at, head = self._times, self.at, self._head
        while head < len(times) and not at[times[head]]:
            del at[times[head]]
            head += 1
        if head > len(times) // 2:
            del times[:head]
            head = 0
        self._head = head
