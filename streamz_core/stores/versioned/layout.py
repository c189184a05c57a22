"""Where versions lie, how long they are kept, and how the one of a moment is found.

The latest version of a key is a row by itself. An older one was valid until the next one began, and lies
in the segment of that moment: what is in a segment is over when the segment is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    LATEST,
    OLDER,
    TIMESTAMP_BYTES,
    pack_segment,
    pack_timestamp,
    split_changelog_version,
    store_prefix,
    unpack_version,
    unstamp,
    versions_head,
)

Latest = tuple[int, bytes | None]
"""Timestamp and value of the latest version of a key; a value of None deletes."""

NO_VERSION: Latest = (-1, None)
"""There is none."""

Version = tuple[int, int, bytes | None]
"""Timestamp, the moment from which it is not valid any more, value."""

Older = Callable[[int], Iterable[Version]]
"""The older versions of a key in a segment, the earliest first."""

DELETED = b""
"""The row that stands in the segment of a delete, as long as that may be the latest version."""

_MINUTE_MS = 60_000
_SPANS = ((_MINUTE_MS, 3, 2000), (5 * _MINUTE_MS, 5, 20_000), (60 * _MINUTE_MS, 12, _MINUTE_MS))


def segment_ms(history_ms: int) -> int:
    """How much time one segment spans (Kafka: Stores.persistentVersionedKeyValueStore)."""
    for most, parts, least in _SPANS:
        if history_ms <= most:
            return max(history_ms // parts, least)
    return max(history_ms // 24, 5 * _MINUTE_MS)


class Layout:
    """The places of one store, whose keys begin with `number`."""

    __slots__ = ("history_ms", "latest", "older", "prefix", "segment_ms")

    def __init__(self, spec: StoreSpec, number: int) -> None:
        assert spec.history_ms is not None, f"store {spec.name} has no history"
        self.history_ms = spec.history_ms
        self.segment_ms = segment_ms(spec.history_ms)
        self.prefix = store_prefix(number)
        self.latest = self.prefix + LATEST
        self.older = self.prefix + OLDER

    def floor(self, newest: int) -> int:
        """The oldest moment of which anything is known, and can be put, at that stream time."""
        return newest - self.history_ms

    def over(self, newest: int) -> bytes:
        """Where the first segment begins that is not over at that stream time."""
        return self.older + pack_segment(max(self.floor(newest), 0) // self.segment_ms)

    def head(self, time: int, key: bytes) -> bytes:
        """What stands before the timestamps of versions of a key that were valid until `time`."""
        return versions_head(self.prefix, time // self.segment_ms, key)

    def span(self, segment: int, key: bytes) -> tuple[bytes, bytes]:
        """[start, end) around the older versions of a key in a segment; see `in_span`."""
        head = versions_head(self.prefix, segment, key)
        return head, head + b"\xff" * TIMESTAMP_BYTES

    def covering(self, older: Older, time: int, newest: int) -> Version | None:
        """The first older version that is valid behind `time`: it may begin later. None if the latest one is
        the next that begins.
        """
        for segment in range(time // self.segment_ms, newest // self.segment_ms + 1):
            for version in older(segment):
                if version[1] > time:
                    return version
        return None

    def between(self, older: Older, first: int, last: int, newest: int) -> Iterator[Version]:
        """The older versions that were valid at some time from `first` to `last`, the earliest first."""
        for segment in range(first // self.segment_ms, newest // self.segment_ms + 1):
            for version in older(segment):
                if version[0] > last:
                    return
                if version[1] > first:
                    yield version


def in_span(head: bytes, rows: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Timestamp and data of those rows whose places are `head` and a timestamp.

    Rows of longer keys that begin alike may lie between them.
    """
    size = len(head) + TIMESTAMP_BYTES
    for place, data in rows:
        if len(place) == size:
            yield split_changelog_version(place)[1], data


def version(timestamp: int, data: bytes) -> Version:
    """The older version of a row."""
    valid_to, packed = unstamp(data)
    return timestamp, valid_to, unpack_version(packed)


def version_place(head: bytes, timestamp: int) -> bytes:
    """The place of an older version."""
    return head + pack_timestamp(timestamp)
