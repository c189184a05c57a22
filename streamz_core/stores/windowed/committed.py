"""Committed rows of window stores, read from a database or a snapshot of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.codecs.windowed import START_BYTES
from streamz_core.record import Windowed
from streamz_core.stores.kind import codecs
from streamz_core.stores.order import place_of
from streamz_core.stores.rows import Reader
from streamz_core.stores.windowed.segments import Segments, row_key
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    TAIL_BYTES,
    segments_range,
    split_window_key,
    unstamp,
    window_key,
    window_range,
)

_SEQUENCE_MAX = 0xFFFF_FFFF
_SEQUENCE_BYTES = TAIL_BYTES - START_BYTES

Found = tuple[Windowed[Any], Any, int]


class WindowRows:
    """Rows (Windowed, value, timestamp) of a window store: by segment, in it by key and start.

    Windows that began at or before the newest start minus the retention are hidden, as if they
    were gone: they will be, with their segment. `after` a row means also after those of the same key
    and start.
    """

    def __init__(self, spec: StoreSpec, number: int, reader: Reader) -> None:
        self._key, self._value = codecs(spec)
        self._row_key = row_key(spec)
        self._reader = reader
        self._segments = Segments(spec, number, reader)
        self._newest = self._segments.newest
        self._floor = max(self._segments.floor(self._newest) + 1, 0)

    def of_key(
        self, key: Any, time_from: int = 0, time_to: int | None = None, after: Any = None
    ) -> Iterator[Found]:
        raw = self._key.encode(key)
        first, last = self._bounds(time_from, time_to)
        if after is not None:
            first = max(first, after.start + 1)
        span_ms = self._segments.segment_ms
        for segment in range(first // span_ms, last // span_ms + 1):
            span = window_range(self._segments.prefix, segment, raw, first, last)
            for place, data in self._reader.scan(*span):
                # The scan also meets longer keys that begin with this one.
                if len(place) == HEAD_BYTES + len(raw) + TAIL_BYTES:
                    yield self._row(place, data)

    def scan(
        self,
        low: Any = None,
        high: Any = None,
        time_from: int = 0,
        time_to: int | None = None,
        after: Any = None,
    ) -> Iterator[Found | tuple[Windowed[Any]]]:
        first, last = self._bounds(time_from, time_to)
        place_of_key = place_of(self._key)
        least = None if low is None else place_of_key(low)
        most = None if high is None else place_of_key(high)
        for place, data in self._places(first, last, after):
            key = self._windowed(place)
            at = place_of_key(key.key)
            if (
                not first <= key.start <= last
                or (least is not None and at < least)
                or (most is not None and at > most)
            ):
                yield (key,)
            else:
                yield self._row(place, data)

    def all(self) -> Iterator[Found]:
        for place, data in self._places(self._floor, self._newest, None):
            if split_window_key(place)[1] >= self._floor:
                yield self._row(place, data)

    def _bounds(self, time_from: int, time_to: int | None) -> tuple[int, int]:
        last = self._newest if time_to is None else min(time_to, self._newest)
        return max(time_from, self._floor), last

    def _places(
        self, first: int, last: int, after: Windowed[Any] | None
    ) -> Iterator[tuple[bytes, bytes]]:
        """All rows of the segments in which those from `first` to `last` lie."""
        if first > last:
            return
        segments = self._segments
        span = (first // segments.segment_ms, last // segments.segment_ms)
        start, end = segments_range(segments.prefix, *span)
        if after is not None:
            segment, raw = after.start // segments.segment_ms, self._key.encode(after.key)
            last_row = window_key(segments.prefix, segment, raw, after.start, _SEQUENCE_MAX)
            start = max(start, last_row + b"\x00")
        yield from self._reader.scan(start, end)

    def _windowed(self, place: bytes) -> Windowed[Any]:
        return self._row_key.decode(place[HEAD_BYTES:-_SEQUENCE_BYTES])

    def _row(self, place: bytes, data: bytes) -> Found:
        timestamp, value = unstamp(data)
        return self._windowed(place), self._value.decode(value), timestamp
