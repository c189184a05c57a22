"""Committed rows of a store, read from a database or a snapshot of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.record import Windowed
from streamz_core.stores.kinds import spans
from streamz_core.stores.rows import Reader
from streamz_core.stores.windowed import newest_start, segment_ms
from streamz_core.topology.nodes import AnyCodec, StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    STORE_BYTES,
    TAIL_BYTES,
    segments_range,
    split_window_key,
    store_prefix,
    store_range,
    unstamp,
    window_key,
    window_range,
)


def read_store(spec: StoreSpec, number: int, reader: Reader) -> KeyValueRows | WindowRows:
    """The rows of `spec`, whose keys begin with `number` in the database."""
    if spec.kind == "window":
        return WindowRows(spec, number, reader)
    return KeyValueRows(spec, number, reader)


class KeyValueRows:
    """Rows (key, value, timestamp) of a "timestamped" store, (key, value) of a "plain" one."""

    def __init__(self, spec: StoreSpec, number: int, reader: Reader) -> None:
        self._key, self._value = _codecs(spec)
        self._prefix, self._prefix_end = store_range(number)
        self._stamped = spec.kind != "plain"
        self._reader = reader

    def get(self, key: Any) -> tuple[Any, ...] | None:
        """The row of `key`, or None."""
        raw = self._key.encode(key)
        data = self._reader.get(self._prefix + raw)
        return None if data is None else self._row(raw, data)

    def range(self, start: Any = None, end: Any = None) -> Iterator[tuple[Any, ...]]:
        """Rows with start <= key <= end in order of the keys' bytes, ints in numeric order.

        None leaves that side open.
        """
        low = None if start is None else self._key.encode(start)
        high = None if end is None else self._key.encode(end)
        for first, last in spans(self._key, low, high):
            stop = self._prefix_end if last is None else self._prefix + last
            for place, data in self._reader.scan(self._prefix + first, stop):
                yield self._row(place[STORE_BYTES:], data)

    def all(self) -> Iterator[tuple[Any, ...]]:
        """Every row, in the order of `range`."""
        return self.range()

    def _row(self, raw: bytes, data: bytes) -> tuple[Any, ...]:
        if not self._stamped:
            return self._key.decode(raw), self._value.decode(data)
        timestamp, value = unstamp(data)
        return self._key.decode(raw), self._value.decode(value), timestamp


class WindowRows:
    """Rows (Windowed, value, timestamp) of a window store.

    Windows that began at or before the newest start minus the retention are hidden, as if they
    were gone: they will be, with their segment.
    """

    def __init__(self, spec: StoreSpec, number: int, reader: Reader) -> None:
        self._key, self._value = _codecs(spec)
        self._prefix = store_prefix(number)
        assert spec.window is not None, f"store {spec.name} has no window"
        self._extent = spec.window.extent
        self._segment_ms = segment_ms(spec.retention_ms)
        self._reader = reader
        self._newest = newest_start(reader, self._prefix)
        self._floor = max(self._newest - spec.retention_ms + 1, 0)

    def get(self, key: Any, start: int) -> tuple[Windowed[Any], Any, int] | None:
        """The row of the window of `key` that begins at `start`, or None."""
        if not self._floor <= start <= self._newest:
            return None
        place = self._place(key, start)
        data = self._reader.get(place)
        return None if data is None else self._row(place, data)

    def fetch(
        self, key: Any, time_from: int = 0, time_to: int | None = None
    ) -> Iterator[tuple[Windowed[Any], Any, int]]:
        """Windows of `key` with time_from <= start <= time_to, the earliest first."""
        raw = self._key.encode(key)
        first = max(time_from, self._floor)
        last = self._newest if time_to is None else min(time_to, self._newest)
        for segment in range(first // self._segment_ms, last // self._segment_ms + 1):
            span = window_range(self._prefix, segment, raw, first, last)
            for place, data in self._reader.scan(*span):
                # The scan also meets longer keys that begin with this one.
                if len(place) == HEAD_BYTES + len(raw) + TAIL_BYTES:
                    yield self._row(place, data)

    def all(self, after: Windowed[Any] | None = None) -> Iterator[tuple[Windowed[Any], Any, int]]:
        """Every row, or those behind `after`: segment by segment, inside by key and start."""
        if self._newest < 0:
            return
        first, last = self._floor // self._segment_ms, self._newest // self._segment_ms
        start, end = segments_range(self._prefix, first, last)
        if after is not None:
            start = max(start, self._place(after.key, after.start) + b"\x00")
        for place, data in self._reader.scan(start, end):
            if split_window_key(place)[1] >= self._floor:
                yield self._row(place, data)

    def _place(self, key: Any, start: int) -> bytes:
        raw = self._key.encode(key)
        return window_key(self._prefix, start // self._segment_ms, raw, start)

    def _row(self, place: bytes, data: bytes) -> tuple[Windowed[Any], Any, int]:
        raw, start, _ = split_window_key(place)
        timestamp, value = unstamp(data)
        windowed = Windowed(self._key.decode(raw), start, self._extent.end(start))
        return windowed, self._value.decode(value), timestamp


def _codecs(spec: StoreSpec) -> tuple[AnyCodec, AnyCodec]:
    assert spec.key is not None, f"store {spec.name} has no key codec"
    assert spec.value is not None, f"store {spec.name} has no value codec"
    return spec.key, spec.value
