"""Rows of windows by key, each key's in order of their places.

A timeline is a plain list, and what a commit must carry stands in one dict for all keys: a store has as
many timelines as keys, and each container more that a key had would be gone through by every
collection of garbage.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from streamz_core.stores.places import Places
from streamz_core.stores.rows import TIMESTAMP, VALUE, Row

Item = tuple[int, int, Row]
"""A row and its place: time, second number. No two of a timeline have one place."""

Timeline = list[Item]


class Timelines(dict[bytes, Timeline]):
    """Timelines by key; one that is missing is made. Only rows with a value are in them.

    `dirty`: what a commit must carry, by key and tail as the changelog has them; `told`: of the rows in it
    those of whose place a commit has heard. What was put at any other and is removed again leaves nothing
    behind. `newest`: the largest time ever put; `newest_entry`: under which key, since a commit heard. `open`: windows that did not close, by time and key, where
    somebody asks.
    """

    __slots__ = ("dirty", "make", "newest", "newest_entry", "open", "told")

    def __init__(self, make: Callable[[bytes], Timeline], newest: int) -> None:
        self.make = make
        self.dirty: dict[bytes, Item] = {}
        self.told: set[bytes] = set()
        self.newest = newest
        self.newest_entry = b""
        self.open: Places | None = None

    def __missing__(self, key: bytes) -> Timeline:
        timeline = self[key] = self.make(key)
        return timeline

    def put(self, key: bytes, entry: bytes, item: Item) -> None:
        """Overwrite the row of a place; one without a value deletes. `entry`: the key with the tail."""
        time, second, row = item
        if row[VALUE] is None:
            self.remove(key, entry, item)
            return
        timeline, dirty = self[key], self.dirty
        before = dirty.get(entry)
        if not timeline or timeline[-1][0] < time:
            there = False
            timeline.append(item)
        else:
            at = bisect_left(timeline, (time, second))
            there = at < len(timeline) and timeline[at][:2] == (time, second)
            timeline[at : at + there] = (item,)
        if there if before is None else before[2][VALUE] is None:
            self.told.add(entry)
        dirty[entry] = item
        if time > self.newest:
            self.newest, self.newest_entry = time, entry
        if self.open is not None:
            self.open.add(time, key)

    def remove(self, key: bytes, entry: bytes, item: Item) -> None:
        """Delete the row of a place; there may be none. It was as `item` says, or is gone since then."""
        time, second, row = item
        timeline, dirty = self[key], self.dirty
        if timeline and timeline[-1] is item:
            timeline.pop()
        else:
            at = bisect_left(timeline, (time, second))
            if at < len(timeline) and timeline[at][:2] == (time, second):
                del timeline[at]
        before = dirty.get(entry)
        if before is not None and before[2][VALUE] is not None and entry not in self.told:
            del dirty[entry]
        else:
            dirty[entry] = (time, second, (None, row[TIMESTAMP], None))
        if time > self.newest:
            self.newest, self.newest_entry = time, entry
        if self.open is not None:
            self.open.discard(time, key)

    def collected(self) -> dict[bytes, Item]:
        """What a commit has heard of now."""
        dirty, self.dirty = self.dirty, {}
        self.told.clear()
        return dirty


def between(timeline: Timeline, first: int, last: int) -> list[tuple[int, Row]]:
    """Time and row of those from the time `first` to `last`, both included."""
    low, high = bisect_left(timeline, (first,)), bisect_left(timeline, (last + 1,))
    return [(time, row) for time, _, row in timeline[low:high]]


def touching(timeline: Timeline, first: int, last: int) -> Sequence[Item]:
    """Of sessions those that end at `first` or later and begin at `last` or sooner."""
    if not timeline or timeline[-1][0] < first:
        return ()
    if len(timeline) == 1 or timeline[-2][0] < first:
        return timeline[-1:] if timeline[-1][1] <= last else ()
    found = []
    for at in range(bisect_left(timeline, (first,)), len(timeline)):
        if timeline[at][1] > last:
            break  # they stand apart, so their starts are in order too
        found.append(timeline[at])
    return found


def at_time(timeline: Timeline, time: int) -> list[Item]:
    """Those of one time."""
    return timeline[bisect_left(timeline, (time,)) : bisect_left(timeline, (time + 1,))]


def next_sequence(timeline: Timeline, start: int) -> int:
    """The sequence number for one more row at `start`."""
    found = at_time(timeline, start)
    return found[-1][1] + 1 if found else 0


def forget_until(timeline: Timeline, time: int) -> None:
    """Drop the rows up to `time`."""
    del timeline[: bisect_left(timeline, (time + 1,))]
