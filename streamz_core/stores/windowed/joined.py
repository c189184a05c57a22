"""The overlay of one side of a join of streams: records by key, in order of time, that are only ever added.

As OrderedStore, with less to do for each of them: a record is one tuple, and what a commit must carry a list.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from streamz_core.stores.kind import codecs
from streamz_core.stores.rows import ROWS_MAX, Changes, Reader, encoded
from streamz_core.stores.windowed.layout import BY_START
from streamz_core.stores.windowed.segments import Segments
from streamz_core.stores.windowed.timelines import between, forget_until, next_sequence, shrink
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import pack_tail, split_window_key

Joined = tuple[int, int, Any, bytes | None, bytes]
"""Time and sequence number of a record; value and bytes as rows.py has them; its key."""

MANY = 32  # with so many of a key it is looked how many are hidden


class Records(dict[bytes, list[Joined]]):
    """Records by key; where one is missing, what was kept of it is had again.

    `added`: what a commit must carry. `newest`: the largest time ever added. Records that are hidden by then go when one of
    their key is added.
    """

    __slots__ = ("added", "make", "newest", "shown_ms")

    def __init__(self, make: Callable[[bytes], list[Joined]], newest: int, shown_ms: int) -> None:
        self.make = make
        self.added: list[Joined] = []
        self.newest = newest
        self.shown_ms = shown_ms

    def __missing__(self, key: bytes) -> list[Joined]:
        records = self[key] = self.make(key)
        return records

    def add(self, key: bytes, time: int, value: Any, raw: bytes | None) -> None:
        """One more record."""
        records = self[key]
        if time > self.newest:
            self.newest = time
        if not records or records[-1][0] < time:
            record = (time, 0, value, raw, key)
            if records and (records[-1][0] <= self.newest - self.shown_ms or len(records) > MANY):
                forget_until(records, self.newest - self.shown_ms)
            records.append(record)
            self.added.append(record)
            return
        record = (time, next_sequence(records, time), value, raw, key)
        records.insert(bisect_left(records, (time + 1,)), record)
        self.added.append(record)


class JoinedStore:
    """The overlay of one side over its database; what KeyValueStore says holds here too."""

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        self.spec = spec
        self.value = codecs(spec)[1]
        self.segments = Segments(spec, number, database, BY_START)
        self.rows_max = rows_max
        self.live = Records(self._load, self.segments.newest, self.segments.shown_ms)
        self._whole = self.segments.newest < 0  # what is not here is nowhere
        self._held = 0  # records in memory, at most
        self._sealed: deque[list[Joined]] = deque()
        self._outer: Records | None = None

    def _load(self, key: bytes) -> list[Joined]:
        if self._whole:
            return []
        records = [self._record(key, *row) for row in self.segments.saved(key)]
        self._held += len(records)
        return records

    def _record(self, key: bytes, row_key: bytes, data: bytes) -> Joined:
        _, time, second = split_window_key(row_key)
        value, _, raw = BY_START.row(self.value, data, time)
        return time, second, value, raw, key

    def fetch(self, key: bytes, first: int, last: int) -> Sequence[Joined]:
        """The records of a key from the time `first` to `last`, in order; no hidden ones."""
        live, hidden = self.live, self.live.newest - self.segments.shown_ms
        return between(live[key], first if first > hidden else hidden + 1, last)

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        live = self.live
        changes = self._changes(live.added)
        self.segments.collect(changes, live.newest)
        self._held += len(live.added)
        self._sealed.append(live.added)
        live.added = []
        return changes

    def _changes(self, added: list[Joined]) -> Changes:
        changes, stamps = Changes(), [record[0] for record in added]
        keys = [key + pack_tail(time, second) for time, second, _, _, key in added]
        values: list[bytes | None] = [record[3] for record in added]
        if None in values:
            values = encoded(self.value, [(value, 0, raw) for _, _, value, raw, _ in added])
        self.segments.add_rows(changes, self.segments.heads(stamps), keys, values, stamps)
        return changes

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._sealed.popleft()
        if self.segments.committed() or self._held > self.rows_max:
            floor = self.segments.floor(self.segments.newest)
            self._held, whole = shrink(self.live, self._busy(), floor, self.rows_max)
            self._whole = self._whole and whole

    def _busy(self) -> set[bytes]:
        """The keys of what is not in the database."""
        return {record[-1] for added in (*self._sealed, self.live.added) for record in added}

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for key in self._busy():
            self.live.pop(key, None)
        self._whole = self._whole and self.segments.newest < 0
        self._sealed.clear()
        self.segments.rollback()
        self.live.added, self.live.newest = [], self.segments.newest

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self.live.clear()
        self._held, self._whole = 0, False
        changes = self.segments.restored(keys, values, timestamps)
        self.live.newest = self.segments.newest
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the records as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self._outer = self.live
        self.live = Records(lambda key: list(outer[key]), outer.newest, outer.shown_ms)

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write; CodecError if a value does not fit its codec."""
        return self._changes(self.live.added)

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        outer, nested = self._outer, self.live
        outer.update(nested)
        outer.added += nested.added
        outer.newest = nested.newest
        self.live, self._outer = outer, None

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None
