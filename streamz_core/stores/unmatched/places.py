"""Which rows of unmatched records there are, in order of time: all of them, without their values."""

from __future__ import annotations

from bisect import insort

NEVER = 2**62
"""The time of the oldest record where there is none; it fits into a position, and none reaches it."""

Place = tuple[int, bytes]
"""Time of a row, and what stands behind it in its key: side and key."""


class Places:
    """`at`: the tails of the rows of each time; a set may be empty until its time is the first."""

    __slots__ = ("_head", "_times", "at")

    def __init__(self) -> None:
        self.at: dict[int, set[bytes]] = {}
        self._times: list[int] = []
        self._head = 0  # times before it are gone; they are cut off together

    def add(self, time: int, tail: bytes) -> None:
        """There is such a row."""
        tails = self.at.get(time)
        if tails is not None:
            tails.add(tail)
            return
        self.at[time] = {tail}
        times = self._times
        if not times or times[-1] < time:
            times.append(time)
        else:
            insort(times, time, lo=self._head)

    def discard(self, time: int, tail: bytes) -> None:
        """There is no such row."""
        self.at[time].discard(tail)

    def expired(self, right_from: int, left_from: int) -> tuple[list[Place], int]:
        """Rows of the right before `right_from` and of the left before `left_from`, in order; and the
        time of the last row that was looked at, NEVER if there was none.

        Kafka looks as far as the row behind the first of each side that is not over; if a side has
        none of those, at all rows (KStreamKStreamJoin.emitNonJoinedOuterRecords).
        """
        self._forget_empty()
        found: list[Place] = []
        last, right_open, left_open = NEVER, False, False
        for index in range(self._head, len(self._times)):
            time = self._times[index]
            for tail in sorted(self.at[time]):
                last = time
                if left_open and right_open:
                    return found, last
                if tail[0]:
                    is_open = left_open = time >= left_from
                else:
                    is_open = right_open = time >= right_from
                if not is_open:
                    found.append((time, tail))
        return found, last

    def _forget_empty(self) -> None:
        times, at, head = self._times, self.at, self._head
        while head < len(times) and not at[times[head]]:
            del at[times[head]]
            head += 1
        if head > len(times) // 2:
            del times[:head]
            head = 0
        self._head = head
