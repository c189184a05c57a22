"""Declared stores of windows and of sessions as the functions of the user see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from streamz_core.errors import Misuse
from streamz_core.record import Windowed
from streamz_core.stores.faces import SessionStore, Stamped, WindowStore
from streamz_core.stores.kind import codecs
from streamz_core.stores.order import place_of
from streamz_core.stores.rows import VALUE, Row
from streamz_core.stores.windowed.ordered import OrderedStore
from streamz_core.stores.windowed.segments import row_key
from streamz_core.stores.windowed.timelines import Item
from streamz_core.topology.spans import TIME_MAX

Check = Callable[[], None]


class _Rows:
    """What both kinds are made of. `timestamp` goes with what is written; `check` refuses other threads."""

    def __init__(self, store: OrderedStore, check: Check) -> None:
        self.timestamp = 0
        self._store = store
        self._check = check
        self._key, self._value = codecs(store.spec)
        self._windowed = row_key(store.spec)

    def _raw(self, key: Any) -> bytes:
        self._check()
        return self._key.encode(key)

    def _row(self, value: Any, timestamp: int) -> Row:
        raw = None if value is None else self._value.encode(value)
        return (value, timestamp, raw) if self._value.immutable else (raw, timestamp, None)

    def _object(self, row: Row) -> Any:
        """The value, as an object that nobody else can change."""
        value = row[VALUE]
        return value if value is None or self._value.immutable else self._value.decode(value)

    def _all(self, first: int, low: Any, high: Any) -> Iterator[tuple[Any, Item]]:
        """Key and item of rows from the time `first` on, of the keys from `low` to `high`."""
        self._check()
        place = place_of(self._key)
        least, most = (None if key is None else place(key) for key in (low, high))
        for raw, item in self._store.fetch_all(first, TIME_MAX):
            key = self._key.decode(raw)
            if least is None and most is None:
                yield key, item
                continue
            at = place(key)
            if (least is None or at >= least) and (most is None or at <= most):
                yield key, item


class WindowFace(_Rows, WindowStore[Any, Any]):
    """A window store; see stores/faces.py."""

    def put(self, key: Any, value: Any, start: int) -> None:
        raw = self._raw(key)
        _time(start, "the start of a window")
        if start > self._store.floor:
            self._put(raw, start, self._made(value))

    def get(self, key: Any, start: int) -> Any:
        found = self._store.fetch(self._raw(key), start, start)
        return self._given(found[0][2]) if found else None

    def fetch(
        self, key: Any, start: int | None = None, end: int | None = None, *, backward: bool = False
    ) -> Iterator[tuple[int, Any]]:
        found = self._store.fetch(self._raw(key), *_span(start, end))
        return ((time, self._given(row)) for time, _, row in _turned(found, backward=backward))

    def fetch_all(
        self,
        start: int | None = None,
        end: int | None = None,
        *,
        low: Any = None,
        high: Any = None,
        backward: bool = False,
    ) -> Iterator[tuple[Windowed[Any], Any]]:
        first, last = _span(start, end)
        found = (each for each in self._all(first, low, high) if each[1][0] <= last)
        for key, (time, _, row) in _turned(found, backward=backward):
            yield Windowed(key, time, self._windowed.extent.end(time)), self._given(row)

    def _put(self, raw: bytes, start: int, row: Row) -> None:
        self._store.put(raw, start, row)

    def _made(self, value: Any) -> Row:
        return self._row(value, self.timestamp)

    def _given(self, row: Row) -> Any:
        return self._object(row)


class DuplicatesFace(WindowFace):
    """One in which a put adds to what is there; None is not kept (Kafka: retainDuplicates)."""

    def _put(self, raw: bytes, start: int, row: Row) -> None:
        if row[VALUE] is not None:
            self._store.live.add(raw, start, row)


class StampedWindowFace(WindowFace):
    """One of values with timestamps (Kafka: TimestampedWindowStore)."""

    def _made(self, value: Any) -> Row:
        return self._row(None, self.timestamp) if value is None else self._row(*value)

    def _given(self, row: Row) -> Any:
        return Stamped(self._object(row), row[1])


class SessionFace(_Rows, SessionStore[Any, Any]):
    """A session store; see stores/faces.py."""

    def put(self, session: Windowed[Any], value: Any) -> None:
        raw = self._raw(session.key)
        start, end = (
            _time(session.start, "the start of a session"),
            _time(session.end, "the end of a session"),
        )
        if start > end:
            raise Misuse(f"a session {session!r} ends before it begins")
        if end > self._store.floor:
            entry = raw + self._store.layout.tail.pack(end, start)
            self._store.live.put(raw, entry, (end, start, self._row(value, end)))

    def remove(self, session: Windowed[Any]) -> None:
        self.put(session, None)

    def get(self, key: Any, start: int, end: int) -> Any:
        for _, begins, row in self._store.fetch(self._raw(key), end, end):
            if begins == start:
                return self._object(row)
        return None

    def find(
        self,
        key: Any,
        earliest_end: int | None = None,
        latest_start: int | None = None,
        *,
        backward: bool = False,
    ) -> Iterator[tuple[Windowed[Any], Any]]:
        first, last = _span(earliest_end, latest_start)
        found = self._store.fetch(self._raw(key), first, TIME_MAX)
        return (
            (Windowed(key, start, end), self._object(row))
            for end, start, row in _turned(found, backward=backward)
            if start <= last
        )

    def find_all(
        self,
        earliest_end: int | None = None,
        latest_start: int | None = None,
        *,
        low: Any = None,
        high: Any = None,
        backward: bool = False,
    ) -> Iterator[tuple[Windowed[Any], Any]]:
        first, last = _span(earliest_end, latest_start)
        for key, (end, start, row) in _turned(self._all(first, low, high), backward=backward):
            if start <= last:
                yield Windowed(key, start, end), self._object(row)


def _span(first: int | None, last: int | None) -> tuple[int, int]:
    return first or 0, TIME_MAX if last is None else last


def _time(time: object, what: str) -> int:
    if type(time) is not int or not 0 <= time <= TIME_MAX:
        raise Misuse(f"{what} is {time!r:.80}; it has to be ms since 1970, UTC, as an int")
    return time


def _turned(rows: Iterable[Any], *, backward: bool) -> Iterable[Any]:
    return reversed(list(rows)) if backward else rows
