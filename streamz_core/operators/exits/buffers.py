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


SOME = 16
"""So many keys show that not all belong to one partition, if they are mixed."""

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
        columns = (self.keys, self.values, self.timestamps)
        headers = self._headers()
        if partitions == 1:
            return [Part(0, *columns, headers)]
        if headers is None and not self.placed and None not in self.keys:
            only = _only_partition(self.keys, partitions, self.tail_bytes)
            if only is not None:
                return [Part(only, *columns, None)]
            parts = _divided_by_key(partitions, self.tail_bytes, columns)
            return [Part(number, *part, None) for number, part in enumerate(parts) if part[2]]
        return self._spread(partitions, columns, headers)

    def _spread(self, count: int, columns: _Columns, headers: list[Headers] | None) -> list[Part]:
        """As `take`, where a record's partition does not come from its key alone, or it has headers."""
        rows: list[list[int]] = [[] for _ in range(count)]
        for row, own in enumerate(self._partitions(count)):
            for partition in self.placed.get(row, (own,)):
                rows[partition].append(row)
        return [_part(number, mine, columns, headers) for number, mine in enumerate(rows) if mine]

    def _partitions(self, count: int) -> list[int]:
        keys, tail = self.keys, self.tail_bytes
        return [
            self._turn(count) if key is None else crc32(key[: len(key) - tail]) % count
            for key in keys
        ]

    def _turn(self, count: int) -> int:
        self._next_null = (self._next_null + 1) % count
        return self._next_null

    def _headers(self) -> list[Headers] | None:
        found = self.headers
        if not found:
            return None
        return [found.get(at, ()) for at in range(len(self.timestamps))]


def _part(number: int, rows: list[int], columns: _Columns, headers: list[Headers] | None) -> Part:
    keys, values, timestamps = columns
    tag = [headers[row] for row in rows] if headers else []
    return Part(
        number,
        [keys[row] for row in rows],
        [values[row] for row in rows],
        [timestamps[row] for row in rows],
        tag if any(tag) else None,
    )


def _only_partition(keys: list[bytes], count: int, tail_bytes: int) -> int | None:
    """The partition of all keys, if they have one: mostly so where they are those of the input. None if the first ones differ
    already.
    """
    until = -tail_bytes or None
    some = {crc32(key[:until]) % count for key in keys[:SOME]}
    if len(some) > 1 or len({crc32(key[:until]) % count for key in keys[SOME:]} | some) > 1:
        return None
    return some.pop()


def _divided_by_key(count: int, tail_bytes: int, columns: _Columns) -> list[_Columns]:
    """Columns for each partition. Written out for its speed: all that an app writes comes through here."""
    if len(columns[0]) == 1:  # a slow stream is committed record by record
        (key,), _, _ = columns
        mine = crc32(key[: len(key) - tail_bytes]) % count
        return [columns if number == mine else ([], [], []) for number in range(count)]
    parts: list[_Columns] = [([], [], []) for _ in range(count)]
    adders = [(keys.append, values.append, times.append) for keys, values, times in parts]
    if tail_bytes:
        for key, value, timestamp in zip(*columns, strict=True):
            add_key, add_value, add_timestamp = adders[crc32(key[:-tail_bytes]) % count]
            add_key(key)
            add_value(value)
            add_timestamp(timestamp)
    else:
        for key, value, timestamp in zip(*columns, strict=True):
            add_key, add_value, add_timestamp = adders[crc32(key) % count]
            add_key(key)
            add_value(value)
            add_timestamp(timestamp)
    return parts
