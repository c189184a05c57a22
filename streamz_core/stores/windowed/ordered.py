"""The overlay of windows at any time, read in order: by key from one time to another, or all.

Where WindowStore has one set of rows for each start, this one has one for each key, a timeline. The
layout says what the place of a row is; its first number is called its time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from streamz_core.stores.kind import codecs
from streamz_core.stores.merged import merged
from streamz_core.stores.places import Places
from streamz_core.stores.rows import (
    ABSENT,
    ROWS_MAX,
    TIMESTAMP,
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
    shrink,
)
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import HEAD_BYTES, STORE_BYTES, segments_range, split_window_key

_Written = tuple[dict[bytes, Item], dict[bytes, Item]]
"""Rows and deletes that a commit carries, by key and tail."""


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
        self._sealed: deque[_Written] = deque()
        self._outer: Timelines | None = None

    def _load(self, key: bytes) -> Timeline:
        timeline = [] if self._whole else [self._item(*row) for row in self.segments.saved(key)]
        self._held += len(timeline)
        return timeline

    def _item(self, row_key: bytes, data: bytes) -> Item:
        _, time, second = split_window_key(row_key, self.layout.tail)
        return time, second, self.layout.row(self.value, data, time)

    # ---- rows

    def put(self, key: bytes, start: int, row: Row) -> None:
        """Overwrite the row of a key at a start; a row without a value deletes."""
        self.live.put(key, key + self.layout.tail.pack(start, 0), (start, 0, row))

    def fetch(self, key: bytes, first: int, last: int) -> Sequence[Item]:
        """The items of a key from the time `first` to `last`, in order; no hidden ones."""
        live, hidden = self.live, self.live.newest - self.segments.shown_ms
        return between(live[key], first if first > hidden else hidden + 1, last)

    @property
    def floor(self) -> int:
        """The newest time that is hidden, and not kept any more."""
        return self.segments.floor(self.live.newest)

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
        first, last = max(first, self.floor + 1, 0), min(last, self.live.newest)
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
        found = at_time(self.live[key], place[0]) if place[0] > self.floor else []
        return next((row for _, second, row in found if second == place[1]), ABSENT)

    def _unsaved(self, first: int, last: int) -> dict[bytes, Item | None]:
        """Rows that may differ from those in the database, by their key behind the store's number."""
        found: dict[bytes, Item | None] = {}
        head = self.segments.head
        for dirty, gone in self._unwritten():
            for rows, there in ((dirty, True), (gone, False)):
                for entry, item in rows.items():
                    if first <= item[0] <= last:
                        found[head(item[0])[STORE_BYTES:] + entry] = item if there else None
        return found

    def _unwritten(self) -> Iterator[_Written]:
        """What is not in the database, in the order in which it is to be written."""
        yield from self._sealed
        for live in (self._outer, self.live):
            if live is not None:
                yield live.dirty, live.gone

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        self._tell_newest()
        changes = self._changes(self.live)
        self.segments.collect(changes, self.live.newest)
        dirty, gone = self.live.collected()
        self._held += len(dirty) - len(gone)
        self._sealed.append((dirty, gone))
        return changes

    def _tell_newest(self) -> None:
        """A row that came and went leaves what time it was, and whoever restores the store has to know it."""
        live, entry, tail = self.live, self.live.newest_entry, self.layout.tail
        if live.newest > self.segments.newest_collected and entry not in live.dirty:
            time, second = tail.unpack_from(entry, len(entry) - tail.size)
            live.gone[entry] = (time, second, (None, time, None))
            self._held += 1

    def _changes(self, live: Timelines) -> Changes:
        changes, segments, gone = Changes(), self.segments, live.gone.values()
        rows = [item[2] for item in live.dirty.values()]
        heads = segments.heads([item[0] for item in live.dirty.values()])
        values, stamps = encoded(self.value, rows), [row[TIMESTAMP] for row in rows]
        segments.add_rows(changes, heads, list(live.dirty), values, stamps)
        heads = segments.heads([item[0] for item in gone])
        segments.add_deletes(changes, heads, list(live.gone), [item[2][TIMESTAMP] for item in gone])
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
        return {entry[:-size] for one in self._unwritten() for rows in one for entry in rows}

    def _shrink(self) -> None:
        floor = self.segments.floor(self.segments.newest)
        self._held, whole = shrink(self.live, self._busy(), floor, self.rows_max)
        self._whole = self._whole and whole

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
        return self._changes(self.live)

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        outer, nested, size = self._outer, self.live, self.layout.tail.size
        for entry, item in nested.gone.items():
            outer.remove(entry[:-size], entry, item)
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
