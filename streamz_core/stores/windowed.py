"""Window stores: (key, window start) -> value, timestamp, one pane of rows for each start."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from attrs import frozen

from streamz_core.stores.rows import (
    ABSENT,
    ROWS_MAX,
    TIMESTAMP,
    Changes,
    Reader,
    Row,
    Rows,
    encoded,
    last_of_each,
    loaded,
)
from streamz_core.topology.nodes import AnyCodec, StoreSpec
from streamz_state.keys import (
    changelog_window_start,
    pack_segment,
    pack_tail,
    pack_timestamp,
    store_prefix,
    unstamp,
)

_SEGMENT_MS_MIN = 60_000
_NEWEST = b"\xff" * 8
"""In the place of a segment: the row that keeps the newest start ever put, deleted ones included."""


def segment_ms(retention_ms: int) -> int:
    """How much time one segment spans (Kafka: Stores.persistentWindowStore)."""
    return max(retention_ms // 2, _SEGMENT_MS_MIN)


def newest_start(database: Reader, prefix: bytes) -> int:
    """The stream time of the window store whose keys begin with `prefix`; -1 if nothing was put."""
    data = database.get(prefix + _NEWEST)
    return -1 if data is None else int.from_bytes(data, "big")


class Pane(Rows):
    """The rows of all windows that begin at `start`.

    `prefix` and `suffix` stand around a key in the database; `tail` is the start as a windowed key
    ends with it.
    """

    __slots__ = ("prefix", "start", "suffix", "tail")

    def __init__(self, start: int, prefix: bytes, find: Callable[[bytes], Row]) -> None:
        super().__init__(find)
        self.start = start
        self.prefix = prefix
        self.suffix = pack_tail(start, 0)
        self.tail = self.suffix[:8]

    def nested(self) -> Pane:
        return Pane(self.start, self.prefix, self.row)


class Panes(dict[int, Pane]):
    """Panes by start; one that is missing is made."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[int], Pane]) -> None:
        self.make = make

    def __missing__(self, start: int) -> Pane:
        pane = self[start] = self.make(start)
        return pane


PANES_MAX = 256


@frozen
class _Sealed:
    """What one `collect()` gave away, until it is known to be in the database."""

    dirty: list[tuple[Pane, dict[bytes, Row]]]
    newest: int
    expired: int


class WindowStore:
    """The overlay of a window store over its database; what KeyValueStore says holds here too.

    `newest` is the store's stream time: the largest start put (Kafka: observedStreamTime). Rows with
    start <= newest - retention are hidden from readers; whole segments before that are deleted.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        assert spec.value is not None, f"store {spec.name} has no value codec"
        self.spec = spec
        self.value: AnyCodec = spec.value
        self.prefix = store_prefix(number)
        self.database = database
        self.segment_ms = segment_ms(spec.retention_ms)
        self.rows_max = rows_max
        self.live = Panes(self._pane)
        self.newest = newest_start(database, self.prefix)
        self._expired = 0  # segments before this one are gone
        self._saved_until = self.newest  # the database holds no window that begins later ...
        self._seen: set[int] = set()  # ... unless it is one of these
        self._floor = 0  # windows up to here were forgotten
        self._sealed: deque[_Sealed] = deque()
        self._outer: Panes | None = None

    def _pane(self, start: int) -> Pane:
        prefix = self._segment(start)
        pane = Pane(start, prefix, self._finder(prefix, pack_tail(start, 0)))
        pane.whole = start > self._saved_until and start not in self._seen
        self._seen.add(start)
        return pane

    def _segment(self, start: int) -> bytes:
        return self.prefix + pack_segment(start // self.segment_ms)

    def _finder(self, prefix: bytes, suffix: bytes) -> Callable[[bytes], Row]:
        get, value = self.database.get, self.value

        def find(key: bytes) -> Row:
            data = get(prefix + key + suffix)
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
        columns = [encoded(self.value, pane.dirty.values()) for pane in changed]
        changes = Changes()
        for pane, values in zip(changed, columns, strict=True):
            self._add(changes, pane, values)
        newest = max([self._newest_collected(), *(pane.start for pane in changed)])
        expired = self._sealed[-1].expired if self._sealed else self._expired
        expired = self._expire(changes, newest, expired)
        self._sealed.append(_Sealed([(pane, pane.dirty) for pane in changed], newest, expired))
        for pane in changed:
            pane.dirty = {}
        return changes

    def _newest_collected(self) -> int:
        return self._sealed[-1].newest if self._sealed else self.newest

    def _add(self, changes: Changes, pane: Pane, values: Iterable[bytes | None]) -> None:
        prefix, suffix = pane.prefix, pane.suffix
        puts, deletes = changes.puts, changes.deletes
        keys = [key + suffix for key in pane.dirty]
        timestamps = [row[TIMESTAMP] for row in pane.dirty.values()]
        for key, value, timestamp in zip(keys, values, timestamps, strict=True):
            if value is None:
                deletes.append(prefix + key)
            else:
                puts.append((prefix + key, pack_timestamp(timestamp) + value))
        changes.keys.extend(keys)
        changes.values.extend(values)
        changes.timestamps.extend(timestamps)

    def _expire(self, changes: Changes, newest: int, expired: int) -> int:
        """Delete whole segments that retention has passed; the first that is left."""
        if newest > self.newest:
            changes.puts.append((self.prefix + _NEWEST, newest.to_bytes(8, "big")))
        first = max(newest - self.spec.retention_ms, 0) // self.segment_ms
        if first > expired:
            changes.ranges.append(
                (self.prefix + pack_segment(0), self.prefix + pack_segment(first))
            )
        return max(first, expired)

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        done = self._sealed.popleft()
        self.newest, self._expired = done.newest, done.expired
        busy = {id(pane) for sealed in self._sealed for pane, _ in sealed.dirty}
        busy |= {id(pane) for pane in self.live.values() if pane.dirty}
        self._drop_hidden(busy)
        self._drop_old(busy)

    def _drop_hidden(self, busy: set[int]) -> None:
        floor = self.newest - self.spec.retention_ms
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
            sealed = [rows for one in self._sealed for other, rows in one.dirty if other is pane]
            pane.evict(excess + self.rows_max // 4, [pane.dirty, *sealed])

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for sealed in self._sealed:
            for pane, rows in sealed.dirty:
                pane.forget(rows)
        for pane in self.live.values():
            pane.forget(pane.dirty)
            pane.dirty = {}
        self._sealed.clear()

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self.live.clear()
        changes = Changes(*last_of_each(keys, values, timestamps))
        newest = self.newest
        rows = zip(changes.keys, changes.values, changes.timestamps, strict=True)
        for key, value, timestamp in rows:
            start = changelog_window_start(key)
            newest = max(newest, start)
            place = self._segment(start) + key
            if value is None:
                changes.deletes.append(place)
            else:
                changes.puts.append((place, pack_timestamp(timestamp) + value))
        self._expired = self._expire(changes, newest, self._expired)
        self.newest = self._saved_until = newest
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self._outer = self.live
        self.live = Panes(lambda start: outer[start].nested())

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write; CodecError if a value does not fit its codec."""
        changes = Changes()
        for pane in self.live.values():
            self._add(changes, pane, encoded(self.value, pane.dirty.values()))
        return changes

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        for pane in self.live.values():
            self._outer[pane.start].take(pane)
        self.undo()

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None

    # ---- for lookups

    def visible(self, key: bytes, start: int) -> Row:
        """The row of a window as a reader may see it: absent once retention has passed it."""
        panes = [*self.live.values(), *(() if self._outer is None else self._outer.values())]
        written = [pane.start for pane in panes if pane.dirty]
        newest = max([self._newest_collected(), *written])
        return ABSENT if start <= newest - self.spec.retention_ms else self.live[start].row(key)
