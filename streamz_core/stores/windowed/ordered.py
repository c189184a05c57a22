"""The overlay of windows at any time, read in order: by key from one time to another, or all.

Where WindowStore has one set of rows for each start, this one has one for each key, a timeline. The
layout says what the place of a row is; its first number is called its time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator

from streamz_core.stores.kind import codecs
from streamz_core.stores.merged import merged
from streamz_core.stores.places import Places
from streamz_core.stores.rows import (
    ABSENT,
    ROWS_MAX,
    TIMESTAMP,
    VALUE,
    Changes,
    Reader,
    Row,
    encoded,
)
from streamz_core.stores.windowed.layout import BY_START, Layout
from streamz_core.stores.windowed.segments import Segments
from streamz_core.stores.windowed.timelines import (
    Item,
    Timeline,
    Timelines,
    at_time,
    between,
    forget_until,
    next_sequence,
)
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    STORE_BYTES,
    segments_range,
    split_window_key,
    window_range,
)

_Dirty = dict[bytes, Item]


class OrderedStore:
    """The overlay of a window store with order; what KeyValueStore says holds here too."""

    def __init__(
        self,
        spec: StoreSpec,
        number: int,
        database: Reader,
        *,
        layout: Layout = BY_START,
        rows_max: int = ROWS_MAX,
    ) -> None:
        self.spec = spec
        self.value = codecs(spec)[1]
        self.database = database
        self.layout = layout
        self.segments = Segments(spec, number, database, layout)
        self.rows_max = rows_max
        self.live = Timelines(self._load, self.segments.newest)
        self._whole = self.segments.newest < 0  # what is not here is nowhere
        self._held = 0  # rows in memory, at most
        self._sealed: deque[_Dirty] = deque()
        self._outer: Timelines | None = None

    def _load(self, key: bytes) -> Timeline:
        timeline = [] if self._whole else list(self._saved(key))
        self._held += len(timeline)
        return timeline

    def _saved(self, key: bytes) -> Iterator[Item]:
        """The rows of a key in the database that are not hidden, in order."""
        segments, tail = self.segments, self.layout.tail
        first, last = max(segments.floor(segments.newest) + 1, 0), segments.newest
        for segment in range(first // segments.segment_ms, last // segments.segment_ms + 1):
            span = window_range(segments.prefix, segment, key, first, last, tail)
            for row_key, data in self.database.scan(*span):
                # The scan also meets longer keys that begin with this one.
                if len(row_key) == HEAD_BYTES + len(key) + tail.size:
                    yield self._item(row_key, data)

    def _item(self, row_key: bytes, data: bytes) -> Item:
        _, time, second = split_window_key(row_key, self.layout.tail)
        return time, second, self.layout.row(self.value, data, time)

    # ---- rows

    def put(self, key: bytes, start: int, row: Row) -> None:
        """Overwrite the row of a key at a start; a row without a value deletes."""
        self.live.put(key, key + self.layout.tail.pack(start, 0), (start, 0, row))

    def add(self, key: bytes, start: int, row: Row) -> None:
        """One more row of a key at a start."""
        sequence = next_sequence(self.live[key], start)
        self.live.put(key, key + self.layout.tail.pack(start, sequence), (start, sequence, row))

    def fetch(self, key: bytes, first: int, last: int) -> list[tuple[int, Row]]:
        """Time and row of a key's rows from the time `first` to `last`, in order; no hidden ones."""
        floor = self._floor()
        return between(self.live[key], first if first > floor else floor + 1, last)

    @property
    def floor(self) -> int:
        """The newest time that is hidden, and not kept any more."""
        return self._floor()

    def shown(self, key: bytes, first: int, last: int) -> list[Item]:
        """The items of a key from the time `first` to `last`, in order; no hidden ones."""
        timeline, floor = self.live[key], self._floor()
        low = bisect_left(timeline, (max(first, floor + 1),))
        return timeline[low : bisect_left(timeline, (last + 1,))]

    def closing(self, first: int, until: int) -> list[tuple[int, int, bytes, Row]]:
        """Place, key and row of the windows whose time lies from `first` to before `until`, in this order.

        They are closed: none of them is put again, and the next call begins at `until` or later.
        """
        if until <= 0:
            return []
        live = self.live
        if live.open is None:
            live.open = Places()
            for key, (time, _, _) in self.fetch_all(first, live.newest):
                live.open.add(time, key)
            if self._outer is not None:
                self._outer.open = live.open
        found = [
            (time, second, key, row)
            for due, key in live.open.take_before(until)
            for time, second, row in at_time(live[key], due)
        ]
        found.sort()
        return found

    def fetch_all(self, first: int, last: int) -> Iterator[tuple[bytes, Item]]:
        """Key and item from the time `first` to `last`: by segment, in it by key and place.

        The rows are those of the moment at which it begins.
        """
        segments = self.segments
        first, last = max(first, self._floor() + 1, 0), min(last, self.live.newest)
        if first > last:
            return
        span = (first // segments.segment_ms, last // segments.segment_ms)
        rows = self.database.scan(*segments_range(segments.prefix, *span))
        saved = ((row_key[STORE_BYTES:], self._item(row_key, data)) for row_key, data in rows)
        for stem, item in merged(saved, self._unsaved(first, last)):
            if first <= item[0] <= last:
                yield stem[HEAD_BYTES - STORE_BYTES : -self.layout.tail.size], item

    def visible(self, windowed_key: bytes) -> Row:
        """The row of a windowed key as a reader may see it: absent once retention has passed it."""
        key, place = self.layout.split(windowed_key)
        found = at_time(self.live[key], place[0]) if place[0] > self._floor() else []
        return next((row for _, second, row in found if second == place[1]), ABSENT)

    def _unsaved(self, first: int, last: int) -> dict[bytes, Item | None]:
        """Rows that may differ from those in the database, by their key behind the store's number."""
        found: dict[bytes, Item | None] = {}
        outer = () if self._outer is None else (self._outer.dirty,)
        for one in (*self._sealed, *outer, self.live.dirty):
            for entry, item in one.items():
                if first <= item[0] <= last:
                    stem = self.segments.head(item[0])[STORE_BYTES:] + entry
                    found[stem] = None if item[2][VALUE] is None else item
        return found

    def _floor(self) -> int:
        return self.segments.floor(self.live.newest)

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        self._tell_newest()
        changes = self._changes(self.live.dirty)
        self.segments.collect(changes, self.live.newest)
        self._held += len(changes.keys) - 2 * changes.values.count(None)
        self._sealed.append(self.live.collected())
        return changes

    def _tell_newest(self) -> None:
        """A row that came and went leaves what time it was, and whoever restores the store has to know it."""
        live, entry, tail = self.live, self.live.newest_entry, self.layout.tail
        if live.newest > self.segments.newest_collected and entry not in live.dirty:
            time, second = tail.unpack_from(entry, len(entry) - tail.size)
            live.dirty[entry] = (time, second, (None, time, None))
            self._held += 1

    def _changes(self, dirty: _Dirty) -> Changes:
        changes, rows = Changes(), [item[2] for item in dirty.values()]
        heads = self.segments.heads([item[0] for item in dirty.values()])
        stamps = [row[TIMESTAMP] for row in rows]
        self.segments.add_rows(changes, heads, list(dirty), encoded(self.value, rows), stamps)
        return changes

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._sealed.popleft()
        expired = self.segments.committed()
        if expired or self._held > self.rows_max:
            self._shrink()

    def _busy(self) -> set[bytes]:
        """The keys of what is not in the database."""
        size = self.layout.tail.size
        return {entry[:-size] for one in (*self._sealed, self.live.dirty) for entry in one}

    def _shrink(self) -> None:
        """Forget hidden rows; if that is not enough, the keys that came first."""
        busy, live = self._busy(), self.live
        floor = self.segments.floor(self.segments.newest)
        idle = [key for key in live if key not in busy]
        for key in idle:
            forget_until(live[key], floor)
        self._held = sum(map(len, live.values()))
        wanted = self.rows_max - self.rows_max // 4 if self._held > self.rows_max else self.rows_max
        for key in idle:
            if self._held > wanted:
                self._whole = False
                self._held -= len(live.pop(key))
            elif not live[key]:
                del live[key]

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for key in self._busy():
            self.live.pop(key, None)
        self._whole = self._whole and self.segments.newest < 0
        self._sealed.clear()
        self.segments.rollback()
        self.live.collected()
        self.live.newest, self.live.open = self.segments.newest, None

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self.live.clear()
        self._held, self._whole = 0, False
        changes = self.segments.restored(keys, values, timestamps)
        self.live.newest, self.live.open = self.segments.newest, None
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self._outer = self.live
        self.live = Timelines(lambda key: list(outer[key]), outer.newest)
        self.live.open = outer.open
        if outer.open is not None:
            outer.open.begin()

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write; CodecError if a value does not fit its codec."""
        return self._changes(self.live.dirty)

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        outer, nested, size = self._outer, self.live, self.layout.tail.size
        for entry, item in nested.dirty.items():
            outer.put(entry[:-size], entry, item)
        if nested.newest > outer.newest:
            outer.newest, outer.newest_entry = nested.newest, nested.newest_entry
        if outer.open is not None:
            outer.open.keep()
        self.live, self._outer = outer, None

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None
        if self.live.open is not None and not self.live.open.undo():
            self.live.open = None  # it was found in between
