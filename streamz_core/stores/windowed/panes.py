"""The overlay of windows that stand at regular starts: a pane of rows for each start."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import repeat

from streamz_core.codecs.windowed import START_BYTES, split_start
from streamz_core.stores.kind import codecs
from streamz_core.stores.places import Places
from streamz_core.stores.rows import (
    ABSENT,
    ROWS_MAX,
    TIMESTAMP,
    VALUE,
    Changes,
    Reader,
    Row,
    Rows,
    encoded,
    loaded,
)
from streamz_core.stores.windowed.layout import BY_START
from streamz_core.stores.windowed.segments import Segments
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import pack_tail, segments_range, split_window_key, unstamp


class Pane(Rows):
    """The rows of all windows that begin at `start`.

    `head` and `suffix` stand around a key in the database; `tail` is the start as a windowed key
    ends with it.
    """

    __slots__ = ("head", "start", "suffix", "tail")

    def __init__(self, start: int, head: bytes, find: Callable[[bytes], Row]) -> None:
        super().__init__(find)
        self.start = start
        self.head = head
        self.suffix = pack_tail(start, 0)
        self.tail = self.suffix[:START_BYTES]

    def nested(self) -> Pane:
        return Pane(self.start, self.head, self.row)


class Panes(dict[int, Pane]):
    """Panes by start; one that is missing is made."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[int], Pane]) -> None:
        self.make = make

    def __missing__(self, start: int) -> Pane:
        pane = self[start] = self.make(start)
        return pane


PANES_MAX = 256
_Dirty = list[tuple[Pane, dict[bytes, Row]]]
"""What one `collect()` gave away, until it is known to be in the database."""


class WindowStore:
    """The overlay of a window store over its database; what KeyValueStore says holds here too."""

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        self.spec = spec
        self.value = codecs(spec)[1]
        self.database = database
        self.segments = Segments(spec, number, database, BY_START)
        self.rows_max = rows_max
        self.live = Panes(self._pane)
        self._saved_until = (
            self.segments.newest
        )  # the database holds no window that begins later ...
        self._seen: set[int] = set()  # ... unless it is one of these
        self._floor = 0  # windows up to here were forgotten
        self._sealed: deque[_Dirty] = deque()
        self._outer: Panes | None = None
        # Windows that did not close, as far as a commit has heard of them; found again when asked for.
        self._open: Places | None = None

    def _pane(self, start: int) -> Pane:
        head = self.segments.head(start)
        pane = Pane(start, head, self._finder(head, pack_tail(start, 0)))
        pane.whole = start > self._saved_until and start not in self._seen
        self._seen.add(start)
        return pane

    def unkept(self, start: int) -> Pane:
        """A pane of that start that is not of the store: what is put there is gone."""
        pane = Pane(start, self.segments.head(start), lambda _: ABSENT)
        pane.whole = True
        return pane

    def _finder(self, head: bytes, suffix: bytes) -> Callable[[bytes], Row]:
        get, value = self.database.get, self.value

        def find(key: bytes) -> Row:
            data = get(head + key + suffix)
            if data is None:
                return ABSENT
            timestamp, raw = unstamp(data)
            return loaded(value, raw, timestamp)

        return find

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        changed = [pane for pane in self.live.values() if pane.dirty]
        changes = self._changes(changed)
        self.segments.collect(changes, max((pane.start for pane in changed), default=-1))
        self._sealed.append([(pane, pane.dirty) for pane in changed])
        for pane in changed:
            if self._open is not None:
                _hear(self._open, pane.start, pane.dirty)
            pane.dirty = {}
        return changes

    def _changes(self, changed: list[Pane]) -> Changes:
        columns = [encoded(self.value, pane.dirty.values()) for pane in changed]
        changes = Changes()
        for pane, values in zip(changed, columns, strict=True):
            suffix = pane.suffix
            keys = [key + suffix for key in pane.dirty]
            timestamps = [row[TIMESTAMP] for row in pane.dirty.values()]
            self.segments.add_rows(changes, repeat(pane.head), keys, values, timestamps)
        return changes

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._sealed.popleft()
        self.segments.committed()
        busy = {id(pane) for sealed in self._sealed for pane, _ in sealed}
        busy |= {id(pane) for pane in self.live.values() if pane.dirty}
        self._drop_hidden(busy)
        self._drop_old(busy)

    def _drop_hidden(self, busy: set[int]) -> None:
        floor = self.segments.floor(self.segments.newest)
        for start in [start for start in self.live if start <= floor]:
            if id(self.live[start]) not in busy:
                del self.live[start]
        if floor != self._floor:
            self._floor = floor
            self._seen = {start for start in self._seen if start > floor}

    def _drop_old(self, busy: set[int]) -> None:
        """Keep `live` within its bounds: whole panes, the oldest first; then rows of the newest.

        Every commit looks at every pane, so there is a bound on their number too.
        """
        excess = sum(map(len, self.live.values())) - self.rows_max
        crowd = len(self.live) - PANES_MAX
        for start in sorted(self.live)[:-1] if excess > 0 or crowd > 0 else ():
            pane = self.live[start]
            if (excess > 0 or crowd > 0) and id(pane) not in busy:
                excess -= len(pane)
                crowd -= 1
                del self.live[start]
        if excess > 0:
            pane = self.live[max(self.live)]
            sealed = [rows for one in self._sealed for other, rows in one if other is pane]
            pane.evict(excess + self.rows_max // 4, [pane.dirty, *sealed])

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for sealed in self._sealed:
            for pane, rows in sealed:
                pane.forget(rows)
        for pane in self.live.values():
            pane.forget(pane.dirty)
            pane.dirty = {}
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
        changes = self.segments.restored(keys, values, timestamps)
        self._saved_until = self.segments.newest
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self._outer = self.live
        if self._open is not None:
            self._open.begin()
        self.live = Panes(lambda start: outer[start].nested())

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write; CodecError if a value does not fit its codec."""
        return self._changes(list(self.live.values()))

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        for pane in self.live.values():
            self._outer[pane.start].take(pane)
        if self._open is not None:
            self._open.keep()
        self.live, self._outer = self._outer, None

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None
        if self._open is not None and not self._open.undo():
            self._open = None  # it was found in between

    # ---- windows that close

    def closing(self, first: int, until: int) -> list[tuple[int, int, bytes, Row]]:
        """Place, key and row of the windows that begin from `first` to before `until`, in this order.

        They are closed: none of them is put again, and the next call begins at `until` or later.
        """
        if until <= 0:
            return []
        if self._open is None:
            self._open = self._still_open(max(first, 0))
        # A commit may hear of a window that had closed before: that was told then.
        due = {place for place in self._open.take_before(until) if place[0] >= first}
        for panes in (self._outer, self.live):
            for start, pane in () if panes is None else panes.items():
                if first <= start < until:
                    due.update((start, key) for key in pane.dirty)
        found = [(start, 0, key, self.live[start].row(key)) for start, key in sorted(due)]
        return [each for each in found if each[3][VALUE] is not None]

    def _still_open(self, first: int) -> Places:
        """Windows from the start `first` on that a commit has heard of."""
        found, segments = Places(), self.segments
        last = max(segments.newest, first)
        span = (first // segments.segment_ms, last // segments.segment_ms)
        for row_key, _ in self.database.scan(*segments_range(segments.prefix, *span)):
            key, start, _ = split_window_key(row_key)
            if start >= first:
                found.add(start, key)
        for sealed in self._sealed:
            for pane, rows in sealed:
                _hear(found, pane.start, rows)
        return found

    # ---- for lookups

    def visible(self, windowed_key: bytes) -> Row:
        """The row of a windowed key as a reader may see it: absent once retention has passed it."""
        key, start = split_start(windowed_key)
        panes = [*self.live.values(), *(() if self._outer is None else self._outer.values())]
        written = [pane.start for pane in panes if pane.dirty]
        newest = max([self.segments.newest_collected, *written])
        return ABSENT if start <= self.segments.floor(newest) else self.live[start].row(key)


def _hear(found: Places, start: int, rows: dict[bytes, Row]) -> None:
    """A commit hears of these rows of windows that begin at `start`."""
    for key, row in rows.items():
        if row[VALUE] is None:
            found.discard(start, key)
        else:
            found.add(start, key)
