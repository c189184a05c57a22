"""Buffers of what a task writes: one for each topic, columns until the commit takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from zlib import crc32

from streamz_core.record import Headers
from streamz_core.topology.nodes import AnyCodec

_START_BYTES = 8


class Part(NamedTuple):
    """Records for one partition, as columns. `headers` is None if none of them has any."""

    partition: int
    keys: list[bytes | None]
    values: list[bytes | None]
    timestamps: list[int]
    headers: list[Headers] | None


class Output:
    """What goes to one topic, in order.

    Lines append to `keys`, `values`, `timestamps`, and put headers under the record's number into
    `headers`. A column with a codec takes objects, which `settle()` encodes in one go; without one
    it takes bytes. `windowed`: keys end with a window's start, which does not decide the partition.
    """

    __slots__ = (
        "_next_null",
        "_settled",
        "headers",
        "key_codec",
        "keys",
        "timestamps",
        "topic",
        "value_codec",
        "values",
        "windowed",
    )

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.keys: list[Any] = []
        self.values: list[Any] = []
        self.timestamps: list[int] = []
        self.headers: dict[int, Headers] = {}
        self.key_codec: AnyCodec | None = None
        self.value_codec: AnyCodec | None = None
        self.windowed = False
        self._settled = 0
        self._next_null = 0

    def __len__(self) -> int:
        return len(self.timestamps)

    def settle(self) -> None:
        """Encode what was appended since the last call; CodecError if a value does not fit."""
        settled = self._settled
        if settled == len(self.timestamps):
            return
        if self.key_codec is not None:
            self.keys[settled:] = self.key_codec.encode_all(self.keys[settled:])
        if self.value_codec is not None:
            self.values[settled:] = self.value_codec.encode_all(self.values[settled:])
        self._settled = len(self.timestamps)

    def mark(self) -> int:
        """Where the next record will stand."""
        return len(self.timestamps)

    def truncate(self, mark: int) -> None:
        """Forget all records from `mark` on, also one that was only half appended."""
        del self.keys[mark:], self.values[mark:], self.timestamps[mark:]
        self.headers = {at: found for at, found in self.headers.items() if at < mark}
        self._settled = min(self._settled, mark)

    def clear(self) -> None:
        """Forget all records. Columns that were taken stay as they are."""
        self.keys, self.values, self.timestamps, self.headers = [], [], [], {}
        self._settled = 0

    def take(self, partitions: int) -> list[Part]:
        """All records as bytes, divided by key (crc32; null keys in turn). They stay until `clear()`."""
        self.settle()
        if not self.timestamps:
            return []
        if partitions == 1:
            return [Part(0, self.keys, self.values, self.timestamps, self._headers_of(None))]
        places: list[list[int]] = [[] for _ in range(partitions)]
        adders = [place.append for place in places]
        for at, partition in enumerate(self._partitions(partitions)):
            adders[partition](at)
        return [self._part(number, place) for number, place in enumerate(places) if place]

    def _partitions(self, count: int) -> list[int]:
        keys = self.keys
        if None in keys:
            return [self._turn(count) if key is None else self._of(key, count) for key in keys]
        if self.windowed:
            return [crc32(key[:-_START_BYTES]) % count for key in keys]
        return [crc32(key) % count for key in keys]

    def _of(self, key: bytes, count: int) -> int:
        return crc32(key[:-_START_BYTES] if self.windowed else key) % count

    def _turn(self, count: int) -> int:
        self._next_null = (self._next_null + 1) % count
        return self._next_null

    def _part(self, number: int, place: list[int]) -> Part:
        pick = _picker(place)
        return Part(
            number,
            pick(self.keys),
            pick(self.values),
            pick(self.timestamps),
            self._headers_of(place),
        )

    def _headers_of(self, place: list[int] | None) -> list[Headers] | None:
        found = self.headers
        if not found:
            return None
        numbers = range(len(self.timestamps)) if place is None else place
        column = [found.get(at, ()) for at in numbers]
        return column if any(column) else None


def _picker(place: list[int]) -> Callable[[Sequence[Any]], list[Any]]:
    """What picks the items at `place` out of a column."""
    if len(place) == 1:
        return lambda column: [column[place[0]]]
    getter = itemgetter(*place)
    return lambda column: list(getter(column))
