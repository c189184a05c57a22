"""The overlay of windows at any start, read in order: by key from one start to another, or all.

Where WindowStore has one set of rows for each start, this one has one for each key. A start may have
several rows of one key, told apart by a sequence number.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator

from streamz_core.codecs.windowed import split_start
from streamz_core.stores.kind import codecs
from streamz_core.stores.merged import merged
from streamz_core.stores.rows import (
    ABSENT,
    ROWS_MAX,
    TIMESTAMP,
    VALUE,
    Changes,
    Reader,
    Row,
    encoded,
    loaded,
)
from streamz_core.stores.windowed.segments import Segments, add_rows
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    STORE_BYTES,
    TAIL_BYTES,
    pack_tail,
    segments_range,
    split_window_key,
    unstamp,
    window_range,
)

Place = tuple[int, int]
"""Start and sequence number of a row."""


class Timeline:
    """The rows of one key: `places` in order, and in `dirty` those that a commit must carry."""

    __slots__ = ("dirty", "places", "rows")

    def __init__(self, rows: dict[Place, Row]) -> None:
        self.rows = rows
        self.places = sorted(rows)
        self.dirty: dict[Place, Row] = {}

    def put(self, place: Place, row: Row) -> None:
        if place not in self.rows:
            insort(self.places, place)
        self.rows[place] = self.dirty[place] = row

    def between(self, first: int, last: int) -> list[tuple[int, Row]]:
        """Start and row of those that have a value, from the start `first` to `last`, both included."""
        low = bisect_left(self.places, (first, 0))
        high = bisect_left(self.places, (last + 1, 0))
        found = ((place[0], self.rows[place]) for place in self.places[low:high])
        return [(start, row) for start, row in found if row[VALUE] is not None]

    def next_sequence(self, start: int) -> int:
        """The sequence number for one more row at `start`."""
        at = bisect_left(self.places, (start + 1, 0)) - 1
        return self.places[at][1] + 1 if at >= 0 and self.places[at][0] == start else 0

    def forget_until(self, start: int) -> None:
        """Drop the rows up to `start`."""
        high = bisect_left(self.places, (start + 1, 0))
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

    `newest`: the largest start put into these.
    """

    __slots__ = ("changed", "make", "newest")

    def __init__(self, make: Callable[[bytes], Timeline]) -> None:
        self.make = make
        self.changed: dict[bytes, Timeline] = {}
        self.newest = -1

    def __missing__(self, key: bytes) -> Timeline:
        timeline = self[key] = self.make(key)
        return timeline


_Dirty = dict[bytes, dict[Place, Row]]


class OrderedStore:
    """The overlay of a window store with order; what KeyValueStore says holds here too."""

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        self.spec = spec
        self.value = codecs(spec)[1]
        self.database = database
        self.segments = Segments(spec, number, database)
        self.rows_max = rows_max
        self.live = Timelines(self._load)
        self._whole = self.segments.newest < 0  # what is not here is nowhere
        self._held = 0  # rows in memory, at most
        self._sealed: deque[_Dirty] = deque()
        self._outer: Timelines | None = None

    def _load(self, key: bytes) -> Timeline:
        rows = {} if self._whole else dict(self._saved(key))
        self._held += len(rows)
        return Timeline(rows)

    def _saved(self, key: bytes) -> Iterator[tuple[Place, Row]]:
        """The rows of a key in the database that are not hidden."""
        segments = self.segments
        first, last = max(segments.floor(segments.newest) + 1, 0), segments.newest
        for segment in range(first // segments.segment_ms, last // segments.segment_ms + 1):
            span = window_range(segments.prefix, segment, key, first, last)
            for place, data in self.database.scan(*span):
                # The scan also meets longer keys that begin with this one.
                if len(place) == HEAD_BYTES + len(key) + TAIL_BYTES:
                    _, start, sequence = split_window_key(place)
                    yield (start, sequence), self._row(data)

    def _row(self, data: bytes) -> Row:
        timestamp, raw = unstamp(data)
        return loaded(self.value, raw, timestamp)

    # ---- rows

    def put(self, key: bytes, start: int, row: Row) -> None:
        """Overwrite the row of a key at a start; a row without a value deletes."""
        self._put(key, (start, 0), row)

    def add(self, key: bytes, start: int, row: Row) -> None:
        """One more row of a key at a start."""
        self._put(key, (start, self.live[key].next_sequence(start)), row)

    def _put(self, key: bytes, place: Place, row: Row) -> None:
        timeline = self.live.changed[key] = self.live[key]
        timeline.put(place, row)
        self.live.newest = max(self.live.newest, place[0])

    def fetch(self, key: bytes, first: int, last: int) -> list[tuple[int, Row]]:
        """Start and row of a key's rows from the start `first` to `last`, in order; no hidden ones."""
        return self.live[key].between(max(first, self._floor() + 1), last)

    def fetch_all(self, first: int, last: int) -> Iterator[tuple[bytes, int, Row]]:
        """Key, start and row from the start `first` to `last`: by segment, in it by key and start.

        The rows are those of the moment at which it begins.
        """
        segments = self.segments
        first, last = max(first, self._floor() + 1, 0), min(last, self._newest())
        if first > last:
            return
        span = (first // segments.segment_ms, last // segments.segment_ms)
        rows = self.database.scan(*segments_range(segments.prefix, *span))
        saved = ((place[STORE_BYTES:], self._row(data)) for place, data in rows)
        for place, row in merged(saved, self._unsaved(first, last)):
            key, start, _ = split_window_key(segments.prefix + place)
            if first <= start <= last:
                yield key, start, row

    def visible(self, windowed_key: bytes) -> Row:
        """The row of a windowed key as a reader may see it: absent once retention has passed it."""
        key, start = split_start(windowed_key)
        found = self.fetch(key, start, start)
        return found[0][1] if found else ABSENT

    def _unsaved(self, first: int, last: int) -> dict[bytes, Row | None]:
        """Rows that may differ from those in the database, by their place in a segment."""
        found: dict[bytes, Row | None] = {}
        outer = () if self._outer is None else (_dirty(self._outer),)
        for one in (*self._sealed, *outer, _dirty(self.live)):
            for key, rows in one.items():
                for (start, sequence), row in rows.items():
                    if first <= start <= last:
                        head = self.segments.head(start)[STORE_BYTES:]
                        place = head + key + pack_tail(start, sequence)
                        found[place] = None if row[VALUE] is None else row
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
        self._held += len(changes.keys)
        for timeline in self.live.changed.values():
            timeline.dirty = {}
        self.live.changed, self.live.newest = {}, -1
        return changes

    def _changes(self, dirty: _Dirty) -> Changes:
        columns = [encoded(self.value, rows.values()) for rows in dirty.values()]
        changes = Changes()
        for (key, rows), values in zip(dirty.items(), columns, strict=True):
            for (place, row), value in zip(rows.items(), values, strict=True):
                head, entry = self.segments.head(place[0]), key + pack_tail(*place)
                add_rows(changes, head, [entry], [value], [row[TIMESTAMP]])
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
        self._sealed.clear()
        self.segments.rollback()

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self.live.clear()
        self._held, self._whole = 0, False
        return self.segments.restored(keys, values, timestamps)

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self._outer = self.live
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
        self.undo()

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None


def _dirty(live: Timelines) -> _Dirty:
    return {key: timeline.dirty for key, timeline in live.changed.items()}
