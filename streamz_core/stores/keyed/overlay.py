"""The overlay of a store key -> value."""

from __future__ import annotations

from collections import deque
from typing import Any

from streamz_core.stores.kind import codecs
from streamz_core.stores.rows import (
    ABSENT,
    ROWS_MAX,
    TIMESTAMP,
    UNREAD,
    Changes,
    Reader,
    Row,
    Rows,
    encoded,
    last_of_each,
    loaded,
)
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import pack_timestamp, store_range, unstamp


class KeyValueStore:
    """The overlay of one store over its database; `stamped`: its rows have timestamps.

    `live` may be another object after any method here: lines of a batch fetch it anew.
    """

    def __init__(  # noqa: PLR0913 - what a store is made of
        self,
        spec: StoreSpec,
        number: int,
        database: Reader,
        *,
        stamped: bool,
        rows_max: int = ROWS_MAX,
        part: bytes = b"",
    ) -> None:
        """`part`: what stands before the keys, where they are not all that is in the store."""
        self.spec = spec
        self.key, self.value = codecs(spec)
        self.prefix, self.prefix_end = store_range(number, part)
        self.database = database
        self.stamped = stamped
        self.rows_max = rows_max
        self._sealed: deque[dict[bytes, Row]] = deque()
        self._outer: Rows | None = None
        empty = next(iter(database.scan(self.prefix, self.prefix_end)), None) is None
        self.live = Rows(self._find, whole=empty)

    def _find(self, key: bytes) -> Row:
        data = self.database.get(self.prefix + key)
        return ABSENT if data is None else self.row(data)

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit.

        Raises CodecError if a value does not fit its codec; nothing has happened then.
        """
        dirty = self.live.dirty
        rows = dirty.values()
        values = encoded(self.value, rows)
        changes = self._changes(list(dirty), values, [row[TIMESTAMP] for row in rows])
        self._sealed.append(dirty)
        self.live.dirty = {}
        return changes

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._sealed.popleft()
        self._evict()

    def _evict(self) -> None:
        excess = len(self.live) - self.rows_max
        if excess > 0:
            self.live.evict(excess + self.rows_max // 4, [self.live.dirty, *self._sealed])

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        if self._outer is not None:
            self.undo()
        for rows in (*self._sealed, self.live.dirty):
            self.live.forget(rows)
        self._sealed.clear()
        self.live.dirty = {}

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self.live.clear()
        self.live.whole = False
        return self._changes(*last_of_each(keys, values, timestamps))

    def followed(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """As `restored`, of a store that is read meanwhile: these rows are known from now on.

        The caller writes them before it goes on.
        """
        live, immutable = self.live, self.value.immutable
        for key, value, timestamp in zip(keys, values, timestamps, strict=True):
            if value is None:
                live[key] = ABSENT
            else:
                live[key] = (UNREAD, timestamp, value) if immutable else (value, timestamp, None)
        self._evict()
        return self._changes(*last_of_each(keys, values, timestamps))

    def moved(self, database: Reader) -> None:
        """The rows are those of another database now; nothing of what was known counts."""
        self.database = database
        self.live.clear()
        self.live.whole = False

    def _changes(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        prefix, deletes = self.prefix, []
        if None in values:
            deletes = [
                prefix + key for key, value in zip(keys, values, strict=True) if value is None
            ]
        rows = zip(keys, values, timestamps, strict=True)
        if self.stamped:
            puts = [
                (prefix + key, pack_timestamp(timestamp) + value)
                for key, value, timestamp in rows
                if value is not None
            ]
        else:
            puts = [(prefix + key, value) for key, value, _ in rows if value is not None]
        return Changes(keys, values, timestamps, puts, deletes)

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert self._outer is None, "one nested overlay at a time"
        self._outer = self.live
        self.live = self.live.nested()

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write; CodecError if a value does not fit its codec."""
        dirty = self.live.dirty
        stamps = [row[TIMESTAMP] for row in dirty.values()]
        return self._changes(list(dirty), encoded(self.value, dirty.values()), stamps)

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        assert self._outer is not None, "begin() comes first"
        self._outer.take(self.live)
        self._close()

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        self._close()

    def _close(self) -> None:
        assert self._outer is not None, "begin() comes first"
        self.live, self._outer = self._outer, None

    # ---- for facades

    def unsaved(self) -> dict[bytes, Row]:
        """Rows that may differ from those in the database, by key."""
        found: dict[bytes, Row] = {}
        outer = {} if self._outer is None else self._outer.dirty
        for rows in (*self._sealed, outer, self.live.dirty):
            found.update(rows)
        return found

    def write(self, key: bytes, value: Any, timestamp: int) -> None:
        """Overwrite a row with an object of the codec (None deletes); CodecError if it does not fit."""
        raw = None if value is None else self.value.encode(value)
        row = (value, timestamp, raw) if self.value.immutable else (raw, timestamp, None)
        self.live.put(key, row)

    def object(self, row: Row) -> Any:
        """The value of a row as an object that nobody else can change, or None."""
        value, _, raw = row
        if value is UNREAD:
            return self.value.decode(raw or b"")
        return value if value is None or self.value.immutable else self.value.decode(value)

    def read(self, key: bytes) -> Any:
        """The value of a key, as `object` gives it."""
        return self.object(self.live.row(key))

    def row(self, data: bytes) -> Row:
        """The row of what the database holds."""
        timestamp, raw = unstamp(data) if self.stamped else (0, data)
        return loaded(self.value, raw, timestamp)
