"""Rows of windows by key, each key's in order of their places."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

from streamz_core.stores.rows import Row
from streamz_core.stores.windowed.layout import Place


class Timeline:
    """The rows of one key: `places` in order, and in `dirty` those that a commit must carry.

    A row without a value is in `dirty` only. `fresh`: places that no commit has heard of: what is put
    there and removed again leaves nothing behind.
    """

    __slots__ = ("dirty", "fresh", "places", "rows")

    def __init__(self, rows: dict[Place, Row]) -> None:
        self.rows = rows
        self.places = sorted(rows)
        self.dirty: dict[Place, Row] = {}
        self.fresh: set[Place] = set()

    def put(self, place: Place, row: Row) -> None:
        """Overwrite the row of a place."""
        if place not in self.rows:
            insort(self.places, place)
            if place not in self.dirty:
                self.fresh.add(place)
        self.rows[place] = self.dirty[place] = row

    def remove(self, place: Place, timestamp: int) -> None:
        """Delete the row of a place; there may be none. `timestamp`: when, for the changelog."""
        if self.rows.pop(place, None) is not None:
            del self.places[bisect_left(self.places, place)]
        if place in self.fresh:
            self.fresh.discard(place)
            del self.dirty[place]
        else:
            self.dirty[place] = (None, timestamp, None)

    def collected(self) -> None:
        """A commit has heard of everything."""
        self.dirty, self.fresh = {}, set()

    def between(self, first: int, last: int) -> list[tuple[int, Row]]:
        """Time and row of those from the time `first` to `last`, both included."""
        low = bisect_left(self.places, (first, 0))
        high = bisect_left(self.places, (last + 1, 0))
        return [(place[0], self.rows[place]) for place in self.places[low:high]]

    def at(self, time: int) -> list[Place]:
        """The places of one time."""
        low = bisect_left(self.places, (time, 0))
        return self.places[low : bisect_left(self.places, (time + 1, 0))]

    def touching(self, first: int, last: int) -> list[tuple[Place, Row]]:
        """Of sessions: place and row of those that end at `first` or later and begin at `last` or sooner."""
        found = []
        places, rows = self.places, self.rows
        for at in range(bisect_left(places, (first, 0)), len(places)):
            place = places[at]
            if place[1] > last:
                break  # they stand apart, so their starts are in order too
            found.append((place, rows[place]))
        return found

    def next_sequence(self, start: int) -> int:
        """The sequence number for one more row at `start`."""
        at = bisect_left(self.places, (start + 1, 0)) - 1
        return self.places[at][1] + 1 if at >= 0 and self.places[at][0] == start else 0

    def forget_until(self, time: int) -> None:
        """Drop the rows up to `time`."""
        high = bisect_left(self.places, (time + 1, 0))
        for place in self.places[:high]:
            del self.rows[place]
        del self.places[:high]

    def nested(self) -> Timeline:
        """An overlay that begins with these rows and leaves them alone."""
        return Timeline(dict(self.rows))

    def take(self, nested: Timeline) -> None:
        """Become what a nested overlay has become."""
        self.rows, self.places = nested.rows, nested.places
        self.dirty.update(nested.dirty)


class Timelines(dict[bytes, Timeline]):
    """Timelines by key; one that is missing is made. `changed`: those with dirty rows.

    `newest`: the largest time put into these.
    """

    __slots__ = ("changed", "make", "newest")

    def __init__(self, make: Callable[[bytes], Timeline]) -> None:
        self.make = make
        self.changed: dict[bytes, Timeline] = {}
        self.newest = -1

    def __missing__(self, key: bytes) -> Timeline:
        timeline = self[key] = self.make(key)
        return timeline
