"""Committed rows of stores key -> value, read from a database or a snapshot of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.stores.kind import codecs
from streamz_core.stores.order import place_of, spans, stem_of
from streamz_core.stores.rows import Reader
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import prefix_end, store_range, unstamp


class KeyValueRows:
    """Rows of a store whose keys begin with `number` and `part`; `stamped`: they have timestamps."""

    def __init__(
        self, spec: StoreSpec, number: int, reader: Reader, *, stamped: bool, part: bytes = b""
    ) -> None:
        self._key, self._value = codecs(spec)
        self._prefix, self._prefix_end = store_range(number, part)
        self._stamped = stamped
        self._reader = reader

    def of_key(
        self,
        key: Any,
        time_from: int = 0,  # noqa: ARG002 - there are no windows
        time_to: int | None = None,  # noqa: ARG002
        after: Any = None,
        *,
        reverse: bool = False,  # noqa: ARG002 - there is one row
    ) -> Iterator[tuple[Any, ...]]:
        raw = self._key.encode(key)
        data = self._reader.get(self._prefix + raw) if after is None else None
        if data is not None:
            yield self._row(raw, data)

    def scan(  # noqa: PLR0913 - what a scan may be told
        self,
        low: Any = None,
        high: Any = None,
        time_from: int = 0,  # noqa: ARG002 - there are no windows
        time_to: int | None = None,  # noqa: ARG002
        after: Any = None,
        *,
        prefix: Any = None,
        reverse: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        place = place_of(self._key)
        if after is not None and reverse and (high is None or place(after) <= place(high)):
            high = after
        elif after is not None and not reverse and (low is None or place(after) >= place(low)):
            low = after
        done = None if after is None else self._key.encode(after)
        for raw, data in self._within(low, high, prefix, reverse=reverse):
            if raw != done:
                yield self._row(raw, data)

    def all(self) -> Iterator[tuple[Any, ...]]:
        return self.scan()

    def _within(
        self, low: Any, high: Any, prefix: Any, *, reverse: bool
    ) -> Iterator[tuple[bytes, bytes]]:
        first = None if low is None else self._key.encode(low)
        last = None if high is None else self._key.encode(high)
        found = spans(self._key, first, last)
        stem = b"" if prefix is None else stem_of(self._key, prefix)
        least, most = self._prefix + stem, prefix_end(self._prefix + stem) or self._prefix_end
        for start, end in reversed(found) if reverse else found:
            stop = most if end is None else min(self._prefix + end, most)
            begin = max(self._prefix + start, least)
            for place, data in self._reader.scan(begin, stop, reverse=reverse):
                yield place[len(self._prefix) :], data

    def _row(self, raw: bytes, data: bytes) -> tuple[Any, ...]:
        if not self._stamped:
            return self._key.decode(raw), self._value.decode(data)
        timestamp, value = unstamp(data)
        return self._key.decode(raw), self._value.decode(value), timestamp
