"""Window stores: (key, window start) -> value, timestamp, one pane of rows for each start."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from attrs import frozen

from streamz_core.operators.rows import (
    KEY,
    TIMESTAMP,
    Changes,
    Reader,
    Row,
    Rows,
    absent,
    copied,
    encoded,
    evict,
    loaded,
    merge,
)
from streamz_core.topology.nodes import AnyCodec, StoreSpec

_STAMP_BYTES = 8
_SEGMENT_MS_MIN = 60_000
_SEQUENCE = b"\x00\x00\x00\x00"
_NEWEST = b"\xff" * 8
"""In the place of a segment: the row that keeps the newest start ever put, deleted ones included."""


def segment_ms(retention_ms: int) -> int:
    """How much time one segment spans (Kafka: Stores.persistentWindowStore)."""
    return max(retention_ms // 2, _SEGMENT_MS_MIN)


class Pane(Rows):
    """The rows of all windows that begin at `start`.

    `prefix` and `suffix` stand around a key in the database; `tail` is the start as a windowed key
    ends with it.
    """

    __slots__ = ("dirty", "prefix", "start", "suffix", "tail")

    def __init__(self, start: int, prefix: bytes, load: Callable[[bytes], Row]) -> None:
        super().__init__(load)
        self.start = start
        self.prefix = prefix
        self.tail = start.to_bytes(8, "big")
        self.suffix = self.tail + _SEQUENCE
        self.dirty: list[Row] = []


class Panes(dict[int, Pane]):
    """Panes by start; one that is missing is made."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[int], Pane]) -> None:
        self.make = make

    def __missing__(self, start: int) -> Pane:
        pane = self[start] = self.make(start)
        return pane


@frozen
class _Sealed:
    """What one `collect()` gave away, until it is known to be in the database."""

    epoch: object
    rows: list[tuple[Pane, list[Row]]]
    newest: int
    expired: int


class WindowStore:
    """The overlay of a window store over its database; what KeyValueStore says holds here too.

    `newest` is the store's stream time: the largest start put (Kafka: observedStreamTime). Rows with
    start <= newest - retention are hidden from readers; whole segments before that are deleted.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = 200_000
    ) -> None:
        assert spec.value is not None, f"store {spec.name} has no value codec"
        self.spec = spec
        self.value: AnyCodec = spec.value
        self.prefix = number.to_bytes(2, "big")
        self.database = database
        self.segment_ms = segment_ms(spec.retention_ms)
        self.rows_max = rows_max
        self.live = Panes(self._pane)
        self.epoch: object = object()
        self.newest = newest_start(database, self.prefix)
        self._expired = 0  # segments before this one are gone
        self._fresh_after = self.newest  # the database holds no window that begins later ...
        self._seen: set[int] = set()  # ... unless it is one of these
        self._sealed: deque[_Sealed] = deque()
        self._outer: tuple[Panes, object] | None = None

    def _pane(self, start: int) -> Pane:
        fresh = start > self._fresh_after and start not in self._seen
        self._seen.add(start)
        pane = Pane(start, self._segment(start), absent)
        if not fresh:
            pane.load = self._loader(pane)
        return pane

    def _segment(self, start: int) -> bytes:
        return self.prefix + (start // self.segment_ms).to_bytes(8, "big")

    def _loader(self, pane: Pane) -> Callable[[bytes], Row]:
        get, value, prefix, suffix = self.database.get, self.value, pane.prefix, pane.suffix

        def load(key: bytes) -> Row:
            data = get(prefix + key + suffix)
            if data is None:
                return absent(key)
            timestamp = int.from_bytes(data[:_STAMP_BYTES], "big")
            return loaded(value, key, data[_STAMP_BYTES:], timestamp)

        return load

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        changed = [pane for pane in self.live.values() if pane.dirty]
        columns = [encoded(self.value, pane.dirty) for pane in changed]
        changes = Changes()
        for pane, values in zip(changed, columns, strict=True):
            self._add(changes, pane, values)
        before = self._sealed[-1] if self._sealed else None
        newest = max([before.newest if before else self.newest, *(p.start for p in changed)])
        expired = before.expired if before else self._expired
        expired = self._expire(changes, newest, expired)
        self._sealed.append(
            _Sealed(self.epoch, [(pane, pane.dirty) for pane in changed], newest, expired)
        )
        for pane in changed:
            pane.dirty = []
        self.epoch = object()
        return changes

    def _add(self, changes: Changes, pane: Pane, values: Iterable[bytes | None]) -> None:
        prefix, suffix = pane.prefix, pane.suffix
        for row, value in zip(pane.dirty, values, strict=True):
            key, timestamp = row[KEY] + suffix, row[TIMESTAMP]
            changes.keys.append(key)
            changes.values.append(value)
            changes.timestamps.append(timestamp)
            if value is None:
                changes.deletes.append(prefix + key)
            else:
                stamp = timestamp.to_bytes(_STAMP_BYTES, "big")
                changes.puts.append((prefix + key, stamp + value))

    def _expire(self, changes: Changes, newest: int, expired: int) -> int:
        """Delete whole segments that retention has passed; the first that is left."""
        if newest > self.newest:
            changes.puts.append((self.prefix + _NEWEST, newest.to_bytes(8, "big")))
        first = max(newest - self.spec.retention_ms, 0) // self.segment_ms
        if first > expired:
            end = self.prefix + first.to_bytes(8, "big")
            changes.ranges.append((self.prefix + bytes(8), end))
        return max(first, expired)

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        done = self._sealed.popleft()
        self.newest, self._expired = done.newest, done.expired
        busy = {id(pane) for sealed in self._sealed for pane, _ in sealed.rows}
        busy |= {id(pane) for pane in self.live.values() if pane.dirty}
        self._drop_hidden(busy)
        self._drop_old(busy)

    def _drop_hidden(self, busy: set[int]) -> None:
        floor = self.newest - self.spec.retention_ms
        for start in [start for start in self.live if start <= floor]:
            if id(self.live[start]) not in busy:
                del self.live[start]
        self._seen = {start for start in self._seen if start > floor}

    def _drop_old(self, busy: set[int]) -> None:
        """Keep `live` within its bound: whole panes, the oldest first; then rows of the newest."""
        excess = sum(map(len, self.live.values())) - self.rows_max
        for start in sorted(self.live)[:-1]:
            pane = self.live[start]
            if excess > 0 and id(pane) not in busy:
                excess -= len(pane)
                del self.live[start]
        if excess > 0:
            pane = self.live[max(self.live)]
            pane.load = self._loader(pane)
            epochs = [self.epoch, *(sealed.epoch for sealed in self._sealed)]
            evict(pane, excess + self.rows_max // 4, epochs)

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for sealed in self._sealed:
            for pane, rows in sealed.rows:
                _forget(pane, rows)
        for pane in self.live.values():
            _forget(pane, pane.dirty)
            pane.dirty = []
            pane.load = self._loader(pane)
        self._sealed.clear()
        self.epoch = object()

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database; the caller writes them before any lookup."""
        self.live.clear()
        changes = Changes(keys, values, timestamps)
        newest = self.newest
        for key, value, timestamp in zip(keys, values, timestamps, strict=True):
            start = int.from_bytes(key[-12:-4], "big")
            newest = max(newest, start)
            place = self._segment(start) + key
            if value is None:
                changes.deletes.append(place)
            else:
                stamp = timestamp.to_bytes(_STAMP_BYTES, "big")
                changes.puts.append((place, stamp + value))
        self._expired = self._expire(changes, newest, self._expired)
        self.newest = self._fresh_after = newest
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        outer = self.live
        self._outer = (outer, self.epoch)
        self.live, self.epoch = Panes(lambda start: _nested(outer[start])), object()

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; CodecError if a value does not fit."""
        assert self._outer is not None, "begin() comes first"
        for pane in self.live.values():
            encoded(self.value, pane.dirty)
        panes = self.live
        self.live, self.epoch = self._outer
        self._outer = None
        for pane in panes.values():
            outer = self.live[pane.start]
            merge(pane.dirty, outer, self.epoch, outer.dirty)

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self.epoch = self._outer
        self._outer = None

    # ---- for lookups

    def visible(self, key: bytes, start: int) -> Row:
        """The row of a window, as a reader may see it: an absent one if retention has passed it."""
        panes = self.live if self._outer is None else self._outer[0]
        written = [pane.start for pane in (*panes.values(), *self.live.values()) if pane.dirty]
        sealed = [entry.newest for entry in self._sealed]
        if start <= max([self.newest, *written, *sealed]) - self.spec.retention_ms:
            return absent(key)
        return self.live[start][key]


def newest_start(database: Reader, prefix: bytes) -> int:
    """The stream time of the window store whose keys begin with `prefix`; -1 if nothing was put."""
    data = database.get(prefix + _NEWEST)
    return -1 if data is None else int.from_bytes(data, "big")


def _nested(pane: Pane) -> Pane:
    return Pane(pane.start, pane.prefix, copied(pane))


def _forget(pane: Pane, rows: list[Row]) -> None:
    for row in rows:
        pane.pop(row[KEY], None)
