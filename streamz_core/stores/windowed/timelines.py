"""Rows of windows by key, each key's in order of their places.

A timeline is a plain list, and what a commit must carry stands in one dict for all keys: a store has as
many timelines as keys, and each container more that a key had would be gone through by every
collection of garbage.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from streamz_core.stores.places import Places
from streamz_core.stores.rows import VALUE, Row
from streamz_state.keys import pack_tail

Item = tuple[int, int, Row]
"""A row and its place: time, second number. No two of a timeline have one place."""

Timeline = list[Item]

Placed = TypeVar("Placed", bound=tuple[Any, ...])


class Timelines(dict[bytes, Timeline]):
    """Timelines by key; one that is missing is made. Only rows with a value are in them.

    `dirty`, `gone`: what a commit must carry, rows and deletes, by key and tail as the changelog has them; `told`: of
    the rows in `dirty` those of whose place a commit has heard. What was put at any other and is removed again leaves
    nothing behind. `newest`: the largest time ever put; `newest_entry`: under which key, since a commit heard. `open`:
    windows that did not close, by time and key, where somebody asks.
    """

    __slots__ = ("dirty", "gone", "make", "newest", "newest_entry", "open", "told")

    def __init__(self, make: Callable[[bytes], Timeline], newest: int) -> None:
        self.make = make
        self.dirty: dict[bytes, Item] = {}
        self.gone: dict[bytes, Item] = {}
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
        timeline, there = self[key], False
        if not timeline or timeline[-1][0] < time:
            timeline.append(item)
        else:
            at = bisect_left(timeline, (time, second))
            there = at < len(timeline) and timeline[at][:2] == (time, second)
            timeline[at : at + there] = (item,)
        if self.gone.pop(entry, None) is not None or (there and entry not in self.dirty):
            self.told.add(entry)
        self.dirty[entry] = item
        if time > self.newest:
            self.newest, self.newest_entry = time, entry
        if self.open is not None:
            self.open.add(time, key)

    def add(self, key: bytes, time: int, row: Row) -> None:
        """One more row of a key at a time; it has a value."""
        timeline, second = self[key], 0
        if not timeline or timeline[-1][0] < time:
            item = (time, 0, row)
            timeline.append(item)
        else:
            second = next_sequence(timeline, time)
            item = (time, second, row)
            timeline.insert(bisect_left(timeline, (time, second)), item)
        entry = key + pack_tail(time, second)
        if self.gone and self.gone.pop(entry, None) is not None:
            self.told.add(entry)
        self.dirty[entry] = item
        if time > self.newest:
            self.newest, self.newest_entry = time, entry
        if self.open is not None:
            self.open.add(time, key)

    def remove(self, key: bytes, entry: bytes, item: Item) -> None:
        """Delete the row of a place; there may be none. It was as `item` says, or is gone since then."""
        time, second, _ = item
        timeline = self[key]
        if timeline and timeline[-1] is item:
            timeline.pop()
        else:
            at = bisect_left(timeline, (time, second))
            if at < len(timeline) and timeline[at][:2] == (time, second):
                del timeline[at]
        if self.dirty.pop(entry, None) is None or entry in self.told:
            self.gone[entry] = item
        if time > self.newest:
            self.newest, self.newest_entry = time, entry
        if self.open is not None:
            self.open.discard(time, key)

    def collected(self) -> tuple[dict[bytes, Item], dict[bytes, Item]]:
        """Rows and deletes that a commit has heard of now."""
        dirty, gone = self.dirty, self.gone
        self.dirty, self.gone = {}, {}
        self.told.clear()
        return dirty, gone


def between(timeline: list[Placed], first: int, last: int) -> Sequence[Placed]:
    """Those from the time `first` to `last`, both included. Mostly it is asked for the end of a timeline."""
    if not timeline or timeline[-1][0] < first:
        return ()
    if len(timeline) == 1 or timeline[-2][0] < first:
        return timeline[-1:] if timeline[-1][0] <= last else ()
    return timeline[bisect_left(timeline, (first,)) : bisect_left(timeline, (last + 1,))]


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


def at_time(timeline: list[Placed], time: int) -> list[Placed]:
    """Those of one time."""
    return timeline[bisect_left(timeline, (time,)) : bisect_left(timeline, (time + 1,))]


def next_sequence(timeline: list[Any], start: int) -> int:
    """The sequence number for one more row at `start`."""
    found = at_time(timeline, start)
    return found[-1][1] + 1 if found else 0


def forget_until(timeline: list[Any], time: int) -> None:
    """Drop the rows up to `time`."""
    del timeline[: bisect_left(timeline, (time + 1,))]


def shrink(
    live: dict[bytes, list[Any]], busy: set[bytes], floor: int, rows_max: int
) -> tuple[int, bool]:
    """Forget hidden rows of keys that are not busy; if that is not enough, all of those that came first. How many rows are
    left; and whether rows were forgotten that are shown.
    """
    idle, whole = [key for key in live if key not in busy], True
    for key in idle:
        forget_until(live[key], floor)
    held = sum(map(len, live.values()))
    wanted = rows_max - rows_max // 4 if held > rows_max else rows_max
    for key in idle:
        if held > wanted:
            whole = False
            held -= len(live.pop(key))
        elif not live[key]:
            del live[key]
    return held, whole
