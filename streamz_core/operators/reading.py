"""Committed rows of a store, read from a database or a snapshot of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.operators.panes import newest_start, segment_ms
from streamz_core.operators.rows import Reader
from streamz_core.operators.stores import spans
from streamz_core.record import Windowed
from streamz_core.topology.nodes import AnyCodec, StoreSpec

_NUMBER_BYTES = 2
_SEGMENT_BYTES = 8
_START_BYTES = 8
_SEQUENCE_BYTES = 4
_STAMP_BYTES = 8
_TAIL_BYTES = _START_BYTES + _SEQUENCE_BYTES


def read_store(spec: StoreSpec, number: int, reader: Reader) -> KeyValueRows | WindowRows:
    """The rows of `spec`, whose keys begin with `number` in the database."""
    if spec.kind == "window":
        return WindowRows(spec, number, reader)
    return KeyValueRows(spec, number, reader)


class KeyValueRows:
    """Rows (key, value, timestamp) of a "timestamped" store, (key, value) of a "plain" one."""

    def __init__(self, spec: StoreSpec, number: int, reader: Reader) -> None:
        self._key, self._value = _codecs(spec)
        self._prefix = number.to_bytes(_NUMBER_BYTES, "big")
        self._prefix_end = (number + 1).to_bytes(_NUMBER_BYTES, "big")
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
                yield self._row(place[_NUMBER_BYTES:], data)

    def all(self) -> Iterator[tuple[Any, ...]]:
        """Every row, in the order of `range`."""
        return self.range()

    def _row(self, raw: bytes, data: bytes) -> tuple[Any, ...]:
        if not self._stamped:
            return self._key.decode(raw), self._value.decode(data)
        value = self._value.decode(data[_STAMP_BYTES:])
        return self._key.decode(raw), value, int.from_bytes(data[:_STAMP_BYTES], "big")


class WindowRows:
    """Rows (Windowed, value, timestamp) of a window store.

    Windows that began at or before the newest start minus the retention are hidden, as if they
    were gone: they will be, with their segment.
    """

    def __init__(self, spec: StoreSpec, number: int, reader: Reader) -> None:
        self._key, self._value = _codecs(spec)
        self._prefix = number.to_bytes(_NUMBER_BYTES, "big")
        self._size_ms = spec.size_ms
        self._segment_ms = segment_ms(spec.retention_ms)
        self._reader = reader
        newest = newest_start(reader, self._prefix)
        self._newest = newest
        self._floor = max(newest - spec.retention_ms + 1, 0)

    def get(self, key: Any, start: int) -> tuple[Windowed[Any], Any, int] | None:
        """The row of the window of `key` that begins at `start`, or None."""
        if not self._floor <= start <= self._newest:
            return None
        place = self._segment(start) + self._key.encode(key) + _tail(start)
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
            prefix = self._prefix + segment.to_bytes(_SEGMENT_BYTES, "big") + raw
            for place, data in self._reader.scan(prefix + _tail(first), prefix + _tail(last + 1)):
                # The scan also meets longer keys that begin with this one.
                if len(place) == len(prefix) + _TAIL_BYTES:
                    yield self._row(place, data)

    def all(self, after: Windowed[Any] | None = None) -> Iterator[tuple[Windowed[Any], Any, int]]:
        """Every row, or those behind `after`: segment by segment, inside by key and start."""
        if self._newest < 0:
            return
        first = self._segment(self._floor)
        if after is not None:
            place = self._segment(after.start) + self._key.encode(after.key) + _tail(after.start)
            first = max(first, place + b"\x00")
        end = self._prefix + (self._newest // self._segment_ms + 1).to_bytes(_SEGMENT_BYTES, "big")
        for place, data in self._reader.scan(first, end):
            if _start(place) >= self._floor:
                yield self._row(place, data)

    def _segment(self, start: int) -> bytes:
        return self._prefix + (start // self._segment_ms).to_bytes(_SEGMENT_BYTES, "big")

    def _row(self, place: bytes, data: bytes) -> tuple[Windowed[Any], Any, int]:
        key = self._key.decode(place[_NUMBER_BYTES + _SEGMENT_BYTES : -_TAIL_BYTES])
        start = _start(place)
        windowed = Windowed(key, start, start + self._size_ms)
        value = self._value.decode(data[_STAMP_BYTES:])
        return windowed, value, int.from_bytes(data[:_STAMP_BYTES], "big")


def _tail(start: int) -> bytes:
    return start.to_bytes(_START_BYTES, "big") + bytes(_SEQUENCE_BYTES)


def _start(place: bytes) -> int:
    return int.from_bytes(place[-_TAIL_BYTES:-_SEQUENCE_BYTES], "big")


def _codecs(spec: StoreSpec) -> tuple[AnyCodec, AnyCodec]:
    assert spec.key is not None, f"store {spec.name} has no key codec"
    assert spec.value is not None, f"store {spec.name} has no value codec"
    return spec.key, spec.value
