"""Committed versions, read from a database or a snapshot of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.stores.keyed.committed import KeyValueRows
from streamz_core.stores.rows import Reader
from streamz_core.stores.versioned.layout import Layout, Version, in_span, version
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import newest_start_key, prefix_end, unpack_version, unstamp

Found = tuple[Any, ...]


class VersionedRows(KeyValueRows):
    """The latest version of each key as rows (key, value, timestamp); deletes are none."""

    def __init__(self, spec: StoreSpec, number: int, reader: Reader) -> None:
        layout = self._layout = Layout(spec, number)
        super().__init__(spec, number, reader, stamped=True)
        end = prefix_end(layout.latest)
        assert end is not None, "older versions lie behind the latest ones"
        self._prefix, self._prefix_end = layout.latest, end
        data = reader.get(newest_start_key(layout.prefix))
        self._newest = -1 if data is None else int.from_bytes(data, "big")

    def of_key(
        self,
        key: Any,
        time_from: int = 0,
        time_to: int | None = None,
        after: Any = None,
        *,
        reverse: bool = False,
    ) -> Iterator[Found]:
        found = super().of_key(key, time_from, time_to, after, reverse=reverse)
        return (row for row in found if len(row) > 1)

    def all(self) -> Iterator[Found]:
        return (row for row in super().all() if len(row) > 1)

    def versions(self, key: Any, first: int = 0, last: int | None = None) -> Iterator[Found]:
        """(key, value, timestamp, valid until or None) of what was valid at some time from `first` to `last`, the
        earliest first, as far as it is known: history reaches back from the stream time of the store.
        """
        raw, layout, newest = self._key.encode(key), self._layout, self._newest
        until = newest if last is None else last
        since = max(first, layout.floor(newest), 0)
        if until >= since:
            for timestamp, valid_to, value in layout.between(
                lambda segment: self._older(raw, segment), since, until, newest
            ):
                if value is not None:
                    yield key, self._value.decode(value), timestamp, valid_to
        for _, value, timestamp in self.of_key(key):
            if timestamp <= until:
                yield key, value, timestamp, None

    def as_of(self, key: Any, time: int) -> Iterator[Found]:
        """The version that was valid at a time, as `versions` gives it; nothing if it is not known any more."""
        return self.versions(key, time, time)

    def _older(self, raw: bytes, segment: int) -> list[Version]:
        """The older versions of a key in a segment, the earliest first."""
        head, end = self._layout.span(segment, raw)
        rows = in_span(head, self._reader.scan(head, end))
        return [version(timestamp, data) for timestamp, data in rows if data]

    def _row(self, raw: bytes, data: bytes) -> Found:
        timestamp, packed = unstamp(data)
        value = unpack_version(packed)
        key = self._key.decode(raw)
        return (key,) if value is None else (key, self._value.decode(value), timestamp)
