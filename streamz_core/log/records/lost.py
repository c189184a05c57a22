"""Gaps in a partition: ranges of offsets whose records are no more."""

from __future__ import annotations

from collections.abc import Iterator

Gap = tuple[int, int, str]
"""(from, to, cause)"""


class Lost:
    """The gaps behind the start of one partition, in order, apart from each other; mostly none, or few."""

    __slots__ = ("gaps",)

    def __init__(self, gaps: tuple[Gap, ...] = ()) -> None:
        self.gaps = gaps

    def kept(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The pieces of [start, stop) that are in no gap."""
        pieces = []
        for low, high, _ in self.gaps:
            if start >= stop:
                break
            if high <= start:
                continue
            if start < low:
                pieces.append((start, min(low, stop)))
            start = max(start, high)
        if start < stop:
            pieces.append((start, stop))
        return pieces

    def behind(self, offset: int) -> int:
        """`offset`, or the end of the gap it is in."""
        for low, high, _ in self.gaps:
            if low <= offset < high:
                offset = high
        return offset

    def next_gap(self, offset: int, end: int) -> int:
        """Where the next gap behind `offset` begins; `end` if there is none."""
        return next((low for low, _, _ in self.gaps if low > offset), end)

    def with_gap(self, start: int, stop: int, cause: str) -> Lost:
        """One gap more; what was lost before keeps its cause."""
        fresh = [(low, high, cause) for low, high in self.kept(start, stop)]
        return Lost(tuple(_joined(sorted((*self.gaps, *fresh)))))

    def since(self, start: int) -> Lost:
        """The gaps behind `start`, which is in none."""
        return Lost(tuple(gap for gap in self.gaps if gap[0] > start))


def _joined(gaps: list[Gap]) -> Iterator[Gap]:
    """Gaps that touch each other and have the same cause are one."""
    held = gaps[0]
    for gap in gaps[1:]:
        if gap[0] == held[1] and gap[2] == held[2]:
            held = (held[0], gap[1], gap[2])
        else:
            yield held
            held = gap
    yield held


NONE = Lost()
