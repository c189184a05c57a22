"""A database in memory: for stores that ask for it, and for tests that want no disk."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from threading import Lock
from weakref import WeakSet, ref

from attrs import define

from streamz_state.batch import WriteBatch
from streamz_state.errors import StateClosed
from streamz_state.keys import POSITION_KEY
from streamz_state.position import Position, decode_position, encode_position
from streamz_state.view import ViewSnapshot, scan_view


@define(eq=False)
class _Moment:
    """Rows that nobody changes any more, and their keys in order."""

    rows: dict[bytes, bytes]
    keys: list[bytes]


class _MemoryView:
    """A view of one moment; scans and snapshots have one each."""

    def __init__(self, moment: _Moment) -> None:
        self._moment: _Moment | None = moment

    def _open(self) -> _Moment:
        moment = self._moment
        if moment is None:
            raise StateClosed("the in-memory database, or this snapshot of it, is closed")
        return moment

    def get(self, key: bytes) -> bytes | None:
        return self._open().rows.get(key)

    def rows(
        self, start: bytes, end: bytes | None, *, reverse: bool, limit: int
    ) -> list[tuple[bytes, bytes]]:
        moment = self._open()
        first = bisect_left(moment.keys, start)
        last = len(moment.keys) if end is None else bisect_left(moment.keys, end)
        if reverse:
            keys = moment.keys[max(first, last - limit) : last]
            keys.reverse()
        else:
            keys = moment.keys[first : min(last, first + limit)]
        return [(key, moment.rows[key]) for key in keys]

    def close(self) -> None:
        self._moment = None


class MemoryDatabase:
    """Implements Database."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._keys: list[bytes] | None = []  # in order, without `_fresh`; None: some were deleted
        self._fresh: list[bytes] = []
        self._moment: ref[_Moment] | None = None  # alive: somebody reads `_rows` as they are now
        self._views: WeakSet[_MemoryView] = WeakSet()
        self._lock = Lock()
        self._closed = False

    def get(self, key: bytes) -> bytes | None:
        if self._closed:
            raise StateClosed("the in-memory database is closed")
        return self._rows.get(key)

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return scan_view(self._view(), start, end, reverse=reverse)

    @property
    def position(self) -> Position | None:
        row = self.get(POSITION_KEY)
        return None if row is None else decode_position(row)

    def write(self, batch: WriteBatch, position: Position | None) -> None:
        puts = batch.puts
        if position is not None:
            puts = [*puts, (POSITION_KEY, encode_position(position))]
        with self._lock:
            self._require_open()
            if self._moment is not None and self._moment() is not None:
                self._rows = dict(self._rows)
            self._moment = None
            self._delete(batch)
            rows = self._rows
            for key, value in puts:
                if key not in rows:
                    self._fresh.append(key)
                rows[key] = value

    def snapshot(self) -> ViewSnapshot:
        return ViewSnapshot(self._view())

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for view in list(self._views):
                view.close()
            self._rows = {}
            self._keys = []
            self._fresh = []

    def _require_open(self) -> None:
        if self._closed:
            raise StateClosed("the in-memory database is closed")

    def _delete(self, batch: WriteBatch) -> None:
        for start, end in batch.ranges:
            keys = self._sorted_keys()
            first = bisect_left(keys, start)
            last = max(first, bisect_left(keys, end))
            for key in keys[first:last]:
                del self._rows[key]
            self._keys = keys[:first] + keys[last:]
        for key in batch.deletes:
            if self._rows.pop(key, None) is not None:
                self._keys = None

    def _sorted_keys(self) -> list[bytes]:
        """All keys in order; a list that is never changed afterwards, since moments share it."""
        if self._keys is None:
            self._keys = sorted(self._rows)
        elif self._fresh:
            self._keys = sorted(self._keys + self._fresh)
        self._fresh = []
        return self._keys

    def _view(self) -> _MemoryView:
        with self._lock:
            self._require_open()
            moment = self._moment() if self._moment is not None else None
            if moment is None:
                moment = _Moment(self._rows, self._sorted_keys())
                self._moment = ref(moment)
            view = _MemoryView(moment)
            self._views.add(view)
            return view
