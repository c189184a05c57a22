"""The overlay of windows at any time, read in order: by key from one time to another, or all.

Where WindowStore has one set of rows for each start, this one has one for each key, a timeline. The
layout says what the place of a row is; its first number is called its time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from operator import itemgetter

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
from streamz_core.stores.windowed.layout import BY_START, Layout, Place
from streamz_core.stores.windowed.segments import Segments
from streamz_core.stores.windowed.timelines import Timeline, Timelines
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    STORE_BYTES,
    segments_range,
    split_window_key,
    window_range,
)

_Dirty = dict[bytes, dict[Place, Row]]


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
        self.live = Timelines(self._load)
        self._whole = self.segments.newest < 0  # what is not here is nowhere
        self._held = 0  # rows in memory, at most
        self._sealed: deque[_Dirty] = deque()
        self._outer: Timelines | None = None
        self._open: Places | None = None  # windows that did not close; found again when asked for

    def _load(self, key: bytes) -> Timeline:
        rows = {} if self._whole else dict(self._saved(key))
        self._held += len(rows)
        return Timeline(rows)

    def _saved(self, key: bytes) -> Iterator[tuple[Place, Row]]:
        """The rows of a key in the database that are not hidden."""
        segments, tail = self.segments, self.layout.tail
        first, last = max(segments.floor(segments.newest) + 1, 0), segments.newest
        for segment in range(first // segments.segment_ms, last // segments.segment_ms + 1):
            span = window_range(segments.prefix, segment, key, first, last, tail)
            for row_key, data in self.database.scan(*span):
                # The scan also meets longer keys that begin with this one.
                if len(row_key) == HEAD_BYTES + len(key) + tail.size:
                    _, *place = split_window_key(row_key, tail)
                    yield (place[0], place[1]), self.layout.row(self.value, data, place[0])

    # ---- rows

    def put(self, key: bytes, start: int, row: Row) -> None:
        """Overwrite the row of a key at a start; a row without a value deletes."""
        self._put(key, (start, 0), row)

    def add(self, key: bytes, start: int, row: Row) -> None:
        """One more row of a key at a start."""
        self._put(key, (start, self.live[key].next_sequence(start)), row)

    def replace(self, key: bytes, old: list[tuple[Place, Row]], place: Place, row: Row) -> None:
        """Overwrite the row of a place, and delete those in `old` that have others."""
        timeline = self.live[key]
        for before, gone in old:
            if before != place:
                timeline.remove(before, gone[TIMESTAMP])
                if self._open is not None:
                    self._open.discard(before[0], key)
        self._put(key, place, row)

    def _put(self, key: bytes, place: Place, row: Row) -> None:
        live = self.live
        timeline = live.changed[key] = live[key]
        if row[VALUE] is None:
            timeline.remove(place, row[TIMESTAMP])
            if self._open is not None:
                self._open.discard(place[0], key)
        else:
            timeline.put(place, row)
            if self._open is not None:
                self._open.add(place[0], key)
        if place[0] > live.newest:
            live.newest = place[0]

    def closing(self, first: int, until: int) -> list[tuple[bytes, Place, Row]]:
        """Key, place and row of the windows whose time lies from `first` to before `until`, by place and
        key. They are closed: none of them is put again, and the next call begins at `until` or later.
        """
        if until <= 0:
            return []
        if self._open is None:
            self._open = Places()
            for key, place, _ in self.fetch_all(first, self._newest()):
                self._open.add(place[0], key)
        found = []
        for time, key in self._open.take_before(until):
            timeline = self.live[key]
            found += [(key, place, timeline.rows[place]) for place in timeline.at(time)]
        found.sort(key=itemgetter(1, 0))
        return found

    def fetch(self, key: bytes, first: int, last: int) -> list[tuple[int, Row]]:
        """Time and row of a key's rows from the time `first` to `last`, in order; no hidden ones."""
        return self.live[key].between(max(first, self._floor() + 1), last)

    def fetch_all(self, first: int, last: int) -> Iterator[tuple[bytes, Place, Row]]:
        """Key, place and row from the time `first` to `last`: by segment, in it by key and place.

        The rows are those of the moment at which it begins.
        """
        segments, tail = self.segments, self.layout.tail
        first, last = max(first, self._floor() + 1, 0), min(last, self._newest())
        if first > last:
            return
        span = (first // segments.segment_ms, last // segments.segment_ms)
        rows = self.database.scan(*segments_range(segments.prefix, *span))
        saved = ((row_key[STORE_BYTES:], self._row(row_key, data)) for row_key, data in rows)
        for stem, row in merged(saved, self._unsaved(first, last)):
            key, *place = split_window_key(segments.prefix + stem, tail)
            if first <= place[0] <= last:
                yield key, (place[0], place[1]), row

    def _row(self, row_key: bytes, data: bytes) -> Row:
        time = split_window_key(row_key, self.layout.tail)[1]
        return self.layout.row(self.value, data, time)

    def visible(self, windowed_key: bytes) -> Row:
        """The row of a windowed key as a reader may see it: absent once retention has passed it."""
        key, place = self.layout.split(windowed_key)
        if place[0] <= self._floor():
            return ABSENT
        return self.live[key].rows.get(place, ABSENT)

    def _unsaved(self, first: int, last: int) -> dict[bytes, Row | None]:
        """Rows that may differ from those in the database, by their key behind the store's number."""
        found: dict[bytes, Row | None] = {}
        outer = () if self._outer is None else (_dirty(self._outer),)
        pack = self.layout.tail.pack
        for one in (*self._sealed, *outer, _dirty(self.live)):
            for key, rows in one.items():
                for place, row in rows.items():
                    if first <= place[0] <= last:
                        stem = self.segments.head(place[0])[STORE_BYTES:] + key + pack(*place)
                        found[stem] = None if row[VALUE] is None else row
        return found

    def _newest(self) -> int:
        outer = -1 if self._outer is None else self._outer.newest
        return max(self.segments.newest_collected, outer, self.live.newest)

    def _floor(self) -> int:
        return self.segments.floor(self._newest())

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        dirty = _dirty(self.live)
        changes = self._changes(dirty)
        self.segments.collect(changes, self.live.newest)
        self._sealed.append(dirty)
        self._held += len(changes.keys) - 2 * sum(value is None for value in changes.values)
        for timeline in self.live.changed.values():
            timeline.collected()
        self.live.changed, self.live.newest = {}, -1
        return changes

    def _changes(self, dirty: _Dirty) -> Changes:
        rows = [row for timeline in dirty.values() for row in timeline.values()]
        values = iter(encoded(self.value, rows))
        changes = Changes()
        head, pack, add_rows = self.segments.head, self.layout.tail.pack, self.segments.add_rows
        for key, timeline in dirty.items():
            for place, row in timeline.items():
                entry = key + pack(*place)
                add_rows(changes, head(place[0]), [entry], [next(values)], [row[TIMESTAMP]])
        return changes

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._sealed.popleft()
        expired = self.segments.committed()
        if expired or self._held > self.rows_max:
            self._shrink()

    def _shrink(self) -> None:
        """Forget hidden rows; if that is not enough, the keys that came first."""
        busy = set(self.live.changed).union(*self._sealed)
        floor = self.segments.floor(self.segments.newest)
        idle = [key for key in self.live if key not in busy]
        for key in idle:
            self.live[key].forget_until(floor)
        self._held = sum(len(timeline.places) for timeline in self.live.values())
        wanted = self.rows_max - self.rows_max // 4 if self._held > self.rows_max else self.rows_max
        for key in idle:
            if self._held > wanted:
                self._whole = False
                self._held -= len(self.live.pop(key).places)
            elif not self.live[key].places:
                del self.live[key]

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for key in {*self.live.changed}.union(*self._sealed):
            self.live.pop(key, None)
        self.live.changed, self.live.newest = {}, -1
        self._whole = self._whole and self.segments.newest < 0
        self._open = None
        self._sealed.clear()
        self.segments.rollback()

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self.live.clear()
        self._open = None
        self._held, self._whole = 0, False
        return self.segments.restored(keys, values, timestamps)

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self._outer = self.live
        if self._open is not None:
            self._open.begin()
        self.live = Timelines(lambda key: outer[key].nested())

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write; CodecError if a value does not fit its codec."""
        return self._changes(_dirty(self.live))

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        outer, nested = self._outer, self.live
        for key, timeline in nested.changed.items():
            outer[key].take(timeline)
            outer.changed[key] = outer[key]
        outer.newest = max(outer.newest, nested.newest)
        if self._open is not None:
            self._open.keep()
        self._end()

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        if self._open is not None and not self._open.undo():
            self._open = None  # it was found in between
        self._end()

    def _end(self) -> None:
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None


def _dirty(live: Timelines) -> _Dirty:
    return {key: timeline.dirty for key, timeline in live.changed.items()}
