"""Stores key -> value: "timestamped" ones behind tables and aggregates, "plain" ones of the user."""

from __future__ import annotations

from collections import deque
from typing import Any

from streamz_core.operators.rows import (
    EPOCH,
    KEY,
    TIMESTAMP,
    VALUE,
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


class KeyValueStore:
    """The overlay of one store over its database.

    `live` holds clean and dirty rows; `dirty` lists those written in this `epoch`. Both, and the
    epoch, may be other objects after any method here: lines of a batch fetch them anew.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = 200_000
    ) -> None:
        key, value = spec.key, spec.value
        assert key is not None, f"store {spec.name} has no key codec"
        assert value is not None, f"store {spec.name} has no value codec"
        self.spec = spec
        self.key: AnyCodec = key
        self.value: AnyCodec = value
        self.prefix = number.to_bytes(2, "big")
        self.prefix_end = (number + 1).to_bytes(2, "big")
        self.database = database
        self.stamped = spec.kind != "plain"
        self.rows_max = rows_max
        self.dirty: list[Row] = []
        self.epoch: object = object()
        self._sealed: deque[tuple[object, list[Row]]] = deque()
        self._outer: tuple[Rows, list[Row], object] | None = None
        # While the database holds no row of this store, what is not in `live` is nowhere.
        empty = next(iter(database.scan(self.prefix, self.prefix_end)), None) is None
        self.live = Rows(absent if empty else self._load)

    def _load(self, key: bytes) -> Row:
        data = self.database.get(self.prefix + key)
        if data is None:
            return absent(key)
        if not self.stamped:
            return loaded(self.value, key, data, 0)
        timestamp = int.from_bytes(data[:_STAMP_BYTES], "big")
        return loaded(self.value, key, data[_STAMP_BYTES:], timestamp)

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        rows = self.dirty
        changes = self._changes(
            [row[KEY] for row in rows], encoded(self.value, rows), [row[TIMESTAMP] for row in rows]
        )
        self._sealed.append((self.epoch, rows))
        self.dirty, self.epoch = [], object()
        return changes

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._sealed.popleft()
        excess = len(self.live) - self.rows_max
        if excess > 0:
            self.live.load = self._load
            busy = [self.epoch, *(epoch for epoch, _ in self._sealed)]
            evict(self.live, excess + self.rows_max // 4, busy)

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for _, rows in (*self._sealed, (None, self.dirty)):
            for row in rows:
                self.live.pop(row[KEY], None)
        self.live.load = self._load
        self._sealed.clear()
        self.dirty, self.epoch = [], object()

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database; the caller writes them before any lookup."""
        self.live.clear()
        self.live.load = self._load
        return self._changes(keys, values, timestamps)

    def _changes(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        changes = Changes(keys, values, timestamps)
        prefix, stamped = self.prefix, self.stamped
        for key, value, timestamp in zip(keys, values, timestamps, strict=True):
            if value is None:
                changes.deletes.append(prefix + key)
            elif stamped:
                stamp = timestamp.to_bytes(_STAMP_BYTES, "big")
                changes.puts.append((prefix + key, stamp + value))
            else:
                changes.puts.append((prefix + key, value))
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        self._outer = (self.live, self.dirty, self.epoch)
        self.live, self.dirty, self.epoch = Rows(copied(self.live)), [], object()

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; CodecError if a value does not fit."""
        assert self._outer is not None, "begin() comes first"
        encoded(self.value, self.dirty)
        rows = self.dirty
        self.live, self.dirty, self.epoch = self._outer
        self._outer = None
        merge(rows, self.live, self.epoch, self.dirty)

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._outer is not None, "begin() comes first"
        self.live, self.dirty, self.epoch = self._outer
        self._outer = None

    # ---- for facades and lookups

    def unsaved(self) -> dict[bytes, Row]:
        """Rows that may differ from those in the database, by key."""
        lists = [rows for _, rows in self._sealed]
        if self._outer is not None:
            lists.append(self._outer[1])
        return {row[KEY]: self.live[row[KEY]] for rows in (*lists, self.dirty) for row in rows}

    def write(self, key: bytes, value: Any, timestamp: int) -> None:
        """Overwrite a row with an object of the codec (None deletes); CodecError if it does not fit."""
        raw = None if value is None else self.value.encode(value)
        row = self.live.get(key) or self.live.blank(key)
        if row[EPOCH] is not self.epoch:
            row[EPOCH] = self.epoch
            self.dirty.append(row)
        if self.value.immutable:
            row[:] = [value, timestamp, self.epoch, key, raw]
        else:
            row[:] = [raw, timestamp, self.epoch, key, None]

    def read(self, key: bytes) -> Any:
        """The value as an object that nobody else holds, or None."""
        value = self.live[key][VALUE]
        return value if value is None or self.value.immutable else self.value.decode(value)
