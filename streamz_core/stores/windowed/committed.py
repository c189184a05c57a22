"""Committed rows of window stores, read from a database or a snapshot of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from streamz_core.record import Windowed
from streamz_core.stores.kind import codecs
from streamz_core.stores.order import place_of, stem_of
from streamz_core.stores.rows import Reader
from streamz_core.stores.windowed.layout import Layout
from streamz_core.stores.windowed.segments import Segments, row_key
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    segments_range,
    split_window_key,
    unstamp,
    window_range,
)

Found = tuple[Any, ...]


class WindowRows:
    """Rows (Windowed, value, timestamp) of a window store, of one that is not stamped without the
    timestamp: by segment, in it by key and place.

    Of windows those are asked for that begin in a span, of sessions those that touch it. What began, or
    of sessions ended, at or before the store's floor is hidden, as if it were gone: it will be, with its
    segment. `after` a row means also after those of the same key and time.
    """

    def __init__(self, spec: StoreSpec, number: int, reader: Reader, *, layout: Layout) -> None:
        self._key, self._value = codecs(spec)
        self._row_key = row_key(spec)
        self._reader = reader
        self._layout = layout
        self._segments = Segments(spec, number, reader, layout)
        self._newest = self._segments.newest
        self._floor = max(self._segments.floor(self._newest) + 1, 0)

    def of_key(
        self,
        key: Any,
        time_from: int = 0,
        time_to: int | None = None,
        after: Any = None,
        *,
        reverse: bool = False,
    ) -> Iterator[Found]:
        raw, tail = self._key.encode(key), self._layout.tail
        first, last, begins = self._bounds(time_from, time_to)
        if after is not None and reverse:
            last = min(last, self._layout.time(after) - 1)
        elif after is not None:
            first = max(first, self._layout.time(after) + 1)
        span_ms = self._segments.segment_ms
        segments = range(first // span_ms, last // span_ms + 1)
        for segment in reversed(segments) if reverse else segments:
            if first > last:
                return
            span = window_range(self._segments.prefix, segment, raw, first, last, tail)
            for place, data in self._reader.scan(*span, reverse=reverse):
                # The scan also meets longer keys that begin with this one.
                if len(place) == HEAD_BYTES + len(raw) + tail.size:
                    found = self._windowed(place)
                    if found.start <= begins:
                        yield self._row(found, data)

    def scan(  # noqa: PLR0913 - what a scan may be told
        self,
        low: Any = None,
        high: Any = None,
        time_from: int = 0,
        time_to: int | None = None,
        after: Any = None,
        *,
        prefix: Any = None,
        reverse: bool = False,
    ) -> Iterator[Found]:
        first, last, begins = self._bounds(time_from, time_to)
        within = self._within(low, high, prefix)
        for place, data in self._rows(first, last, after, reverse=reverse):
            key = self._windowed(place)
            there = first <= self._layout.time(key) <= last and key.start <= begins
            yield self._row(key, data) if there and within(key.key) else (key,)

    def _within(self, low: Any, high: Any, prefix: Any) -> Callable[[Any], bool]:
        """Whether a key is one of those asked for."""
        place, encode = place_of(self._key), self._key.encode
        least, most = (None if key is None else place(key) for key in (low, high))
        stem = b"" if prefix is None else stem_of(self._key, prefix)

        def within(key: Any) -> bool:
            at = place(key)
            between = (least is None or at >= least) and (most is None or at <= most)
            return between and (not stem or encode(key).startswith(stem))

        return within

    def all(self) -> Iterator[Found]:
        for place, data in self._rows(self._floor, self._newest, None, reverse=False):
            if split_window_key(place, self._layout.tail)[1] >= self._floor:
                yield self._row(self._windowed(place), data)

    def _bounds(self, time_from: int, time_to: int | None) -> tuple[int, int, int]:
        """The times of the rows, both included, and when their windows begin at the latest."""
        until = self._newest if time_to is None else min(time_to, self._newest)
        # A session that ends behind the span may touch it.
        last = self._newest if self._layout.by_end else until
        return max(time_from, self._floor), last, until

    def _rows(
        self, first: int, last: int, after: Windowed[Any] | None, *, reverse: bool
    ) -> Iterator[tuple[bytes, bytes]]:
        """All rows of the segments in which those from `first` to `last` lie."""
        if first > last:
            return
        segments, tail = self._segments, self._layout.tail
        span = (first // segments.segment_ms, last // segments.segment_ms)
        start, end = segments_range(segments.prefix, *span)
        if after is not None:
            time = self._layout.time(after)
            raw = segments.head(time) + self._key.encode(after.key)
            if reverse:
                end = min(end, raw + tail.pack(time, 0))
            else:
                start = max(start, raw + tail.pack(time, tail.most) + b"\x00")
        yield from self._reader.scan(start, end, reverse=reverse)

    def _windowed(self, place: bytes) -> Windowed[Any]:
        # Behind the window's tail stands what tells rows of one window apart.
        behind = self._layout.tail.size - self._row_key.extent.tail_bytes
        return self._row_key.decode(place[HEAD_BYTES : len(place) - behind])

    def _row(self, key: Windowed[Any], data: bytes) -> Found:
        if not self._layout.stamped:
            return key, self._value.decode(data)
        timestamp, value = unstamp(data)
        return key, self._value.decode(value), timestamp
