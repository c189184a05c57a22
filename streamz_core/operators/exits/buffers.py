"""Buffers of what a task writes: one for each topic, columns until the commit takes them."""

from __future__ import annotations

from typing import Any, NamedTuple
from zlib import crc32

from streamz_core.errors import CodecError
from streamz_core.record import Headers
from streamz_core.topology.nodes import AnyCodec


class Part(NamedTuple):
    """Records for one partition, as columns. `headers` is None if none of them has any."""

    partition: int
    keys: list[bytes | None]
    values: list[bytes | None]
    timestamps: list[int]
    headers: list[Headers] | None


_Columns = tuple[list[Any], list[Any], list[int]]


class Buffer:
    """What goes to one topic, in order.

    Lines append to `keys`, `values`, `timestamps`, and put headers under the record's number into
    `headers`. A column with a codec takes objects, which `settle()` encodes in one go; without one
    it takes bytes. `placed`: under the record's number the partitions it goes to, where they were chosen.
    `tail_bytes`: with so many bytes keys end that tell a window, and decide no partition.
    """

    __slots__ = (
        "_next_null",
        "_settled",
        "headers",
        "key_codec",
        "keys",
        "placed",
        "tail_bytes",
        "timestamps",
        "topic",
        "value_codec",
        "values",
    )

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.keys: list[Any] = []
        self.values: list[Any] = []
        self.timestamps: list[int] = []
        self.headers: dict[int, Headers] = {}
        self.placed: dict[int, tuple[int, ...]] = {}
        self.key_codec: AnyCodec | None = None
        self.value_codec: AnyCodec | None = None
        self.tail_bytes = 0
        self._settled = 0
        self._next_null = 0

    def __len__(self) -> int:
        return len(self.timestamps)

    def settle(self) -> None:
        """Encode what was appended since the last call; CodecError if a value does not fit."""
        settled = self._settled
        if settled == len(self.timestamps):
            return
        try:
            if self.key_codec is not None:
                self.keys[settled:] = self.key_codec.encode_all(self.keys[settled:])
            if self.value_codec is not None:
                self.values[settled:] = self.value_codec.encode_all(self.values[settled:])
        except CodecError as error:
            error.topic = self.topic
            raise
        self._settled = len(self.timestamps)

    def mark(self) -> int:
        """Where the next record will stand."""
        return len(self.timestamps)

    def truncate(self, mark: int) -> None:
        """Forget all records from `mark` on, also one that was only half appended."""
        del self.keys[mark:], self.values[mark:], self.timestamps[mark:]
        self.headers = {at: found for at, found in self.headers.items() if at < mark}
        self.placed = {at: found for at, found in self.placed.items() if at < mark}
        self._settled = min(self._settled, mark)

    def clear(self) -> None:
        """Forget all records. Columns that were taken stay as they are."""
        self.keys, self.values, self.timestamps, self.headers, self.placed = [], [], [], {}, {}
        self._settled = 0

    def take(self, partitions: int) -> list[Part]:
        """All records as bytes, divided by key (crc32; null keys in turn). They stay until `clear()`."""
        self.settle()
        if not self.timestamps:
            return []
        headers = self._headers()
        if partitions == 1:
            return [Part(0, self.keys, self.values, self.timestamps, headers)]
        chosen, columns = self._partitions(partitions), (self.keys, self.values, self.timestamps)
        if self.placed:
            rows, chosen = self._spread(chosen)
            keys, values, stamps = columns
            columns = (
                [keys[row] for row in rows],
                [values[row] for row in rows],
                [stamps[row] for row in rows],
            )
            headers = headers and [headers[row] for row in rows]
        parts = _divided(partitions, chosen, columns)
        tags: list[list[Headers]] = [[] for _ in parts]
        for partition, tag in zip(chosen, headers or (), strict=False):
            tags[partition].append(tag)
        return [
            Part(number, keys, values, timestamps, tag if any(tag) else None)
            for number, ((keys, values, timestamps), tag) in enumerate(
                zip(parts, tags, strict=True)
            )
            if timestamps
        ]

    def _spread(self, by_key: list[int]) -> tuple[list[int], list[int]]:
        """Row and partition of all that is written: a row for each partition that was chosen for it."""
        placed = self.placed
        found = [
            (row, partition)
            for row, own in enumerate(by_key)
            for partition in placed.get(row, (own,))
        ]
        return [row for row, _ in found], [partition for _, partition in found]

    def _partitions(self, count: int) -> list[int]:
        keys = self.keys
        if None in keys:
            return [self._turn(count) if key is None else self._of(key, count) for key in keys]
        if self.tail_bytes:
            keys = [key[: -self.tail_bytes] for key in keys]
        return [code % count for code in map(crc32, keys)]

    def _of(self, key: bytes, count: int) -> int:
        return crc32(key[: len(key) - self.tail_bytes]) % count

    def _turn(self, count: int) -> int:
        self._next_null = (self._next_null + 1) % count
        return self._next_null

    def _headers(self) -> list[Headers] | None:
        found = self.headers
        if not found:
            return None
        return [found.get(at, ()) for at in range(len(self.timestamps))]


def _divided(count: int, chosen: list[int], columns: _Columns) -> list[_Columns]:
    """Columns for each partition."""
    parts: list[_Columns] = [([], [], []) for _ in range(count)]
    adders = [(keys.append, values.append, times.append) for keys, values, times in parts]
    for partition, key, value, timestamp in zip(chosen, *columns, strict=True):
        add_key, add_value, add_timestamp = adders[partition]
        add_key(key)
        add_value(value)
        add_timestamp(timestamp)
    return parts
