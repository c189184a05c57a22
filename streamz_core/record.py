"""What flows: records, batches of them by the column, windowed keys."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Generic, TypeVar

from streamz_core.errors import Misuse

K = TypeVar("K")
V = TypeVar("V")
J = TypeVar("J")
R = TypeVar("R")

TIMESTAMP_MAX = (1 << 63) - 1

Headers = tuple[tuple[str, bytes | None], ...]
"""Ordered, duplicates allowed; a value may be null."""
NO_HEADERS: Headers = ()

HeadersGiven = Mapping[str, bytes | str | None] | Iterable[tuple[str, bytes | str | None]]
"""How headers may be said: by name, or as pairs; text is written as UTF-8."""


def headers_of(given: object) -> Headers:
    """Headers as records have them; TypeError names what is none."""
    pairs = given.items() if isinstance(given, Mapping) else given
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise TypeError(
            f"headers are {given!r:.80}; they have to be a dict, or pairs of a name and bytes, text or None"
        )
    return tuple(map(_header, pairs))


def _header(given: object) -> tuple[str, bytes | None]:
    if isinstance(given, tuple | list) and len(given) == 2:
        name, value = given
        if isinstance(name, str):
            name = _text(name, given).decode()
            if value is None or type(value) is bytes:
                return name, value
            if isinstance(value, str):
                return name, _text(value, given)
            if isinstance(value, bytes | bytearray | memoryview):
                return name, bytes(value)
    raise TypeError(
        f"a header is {given!r:.80}; it has to be a pair of a name (str) and bytes, text or None"
    )


def _text(text: str, header: object) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise TypeError(f"a header is {header!r:.80}, which cannot be written as UTF-8") from error


def timestamp_of(given: object) -> int:
    """A timestamp as records have it, ms UTC; TypeError if it is no whole number, Misuse if it is out of bounds."""
    if type(given) is not int:
        hint = "; int(...) makes one of it" if isinstance(given, float) else ""
        raise TypeError(
            f"a timestamp is {given!r:.80}; it has to be ms since 1970, UTC, as an int{hint}"
        )
    if not 0 <= given <= TIMESTAMP_MAX:
        what = "is negative" if given < 0 else "does not fit into 8 bytes"
        raise Misuse(f"a timestamp {what}: {given!r:.80}; times are ms since 1970, UTC")
    return given


class Record(Generic[K, V]):
    """One record: key, value, timestamp (ms UTC), headers, and where it was read, if anywhere.

    `topic`, `partition` and `offset` are those of the input record that is being processed; -1 and
    "" where there is none. `child`: the only step behind that gets it, by name; None: all of them.
    Records are values: the `with_` methods, and `to`, return a new one.
    """

    __slots__ = ("child", "headers", "key", "offset", "partition", "timestamp", "topic", "value")

    def __init__(  # noqa: PLR0913 - the seven parts of a record
        self,
        key: K,
        value: V,
        timestamp: int,
        headers: Headers = (),
        *,
        topic: str = "",
        partition: int = -1,
        offset: int = -1,
        child: str | None = None,
    ) -> None:
        self.child = child
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
        self.topic = topic
        self.partition = partition
        self.offset = offset

    def with_key(self, key: J) -> Record[J, V]:
        """The same record under another key."""
        return self._with(key, self.value, self.timestamp, self.headers)

    def with_value(self, value: R) -> Record[K, R]:
        """The same record with another value."""
        return self._with(self.key, value, self.timestamp, self.headers)

    def with_timestamp(self, timestamp: int) -> Record[K, V]:
        """The same record at another time (ms UTC)."""
        return self._with(self.key, self.value, timestamp, self.headers)

    def with_headers(self, headers: HeadersGiven) -> Record[K, V]:
        """The same record with these headers instead of its own: a dict, or pairs. TypeError."""
        return self._with(self.key, self.value, self.timestamp, headers_of(headers))

    def to(self, child: str) -> Record[K, V]:
        """The same record for one of the steps behind only, by its name (Kafka: forward to a child)."""
        made = self._with(self.key, self.value, self.timestamp, self.headers)
        made.child = child
        return made

    def _with(self, key: Any, value: Any, timestamp: int, headers: Headers) -> Record[Any, Any]:
        return Record(
            key,
            value,
            timestamp,
            headers,
            topic=self.topic,
            partition=self.partition,
            offset=self.offset,
            child=self.child,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Record.__slots__)

    def __hash__(self) -> int:
        return hash((self.topic, self.partition, self.offset, self.timestamp))

    def __repr__(self) -> str:
        place = f" {self.topic}[{self.partition}]@{self.offset}" if self.topic else ""
        return f"<Record {self.key!r}: {self.value!r} at {self.timestamp}{place}>"


class Batch:
    """Records of a partition by the column, all that are left of the offsets [base_offset, next_offset).

    Columns are of equal length. The offsets of the rows have no gaps unless they are given: records of a
    topic that is compacted go, and those that stay keep theirs. Whoever had the batch goes on at
    `next_offset`. `size`: how many bytes it had where it was read; 0 for one that was never written.
    """

    __slots__ = (
        "base_offset",
        "headers",
        "keys",
        "next_offset",
        "size",
        "sparse",
        "timestamps",
        "values",
    )

    def __init__(  # noqa: PLR0913 - the parts of a batch
        self,
        base_offset: int,
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
        timestamps: Sequence[int],
        headers: Sequence[Headers] | None = None,
        size: int = 0,
        *,
        sparse: Sequence[int] | None = None,
        next_offset: int = -1,
    ) -> None:
        """`sparse`: the offset of each row, if they have gaps; `next_offset` is then needed too."""
        self.size = size
        self.base_offset = base_offset
        self.keys = keys
        self.values = values
        self.timestamps = timestamps
        self.headers = headers
        self.sparse = sparse
        self.next_offset = base_offset + len(keys) if sparse is None else next_offset

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def offsets(self) -> Sequence[int]:
        """The offset of each row."""
        if self.sparse is None:
            return range(self.base_offset, self.next_offset)
        return self.sparse

    def offset_of(self, row: int) -> int:
        """The offset of a row."""
        return self.base_offset + row if self.sparse is None else self.sparse[row]

    def since(self, offset: int) -> Batch:
        """The part from `offset` on."""
        if offset <= self.base_offset:
            return self
        return self._part(self._row(offset), len(self), offset, max(offset, self.next_offset))

    def until(self, offset: int) -> Batch:
        """The part before `offset`."""
        if offset >= self.next_offset:
            return self
        return self._part(0, self._row(offset), self.base_offset, max(offset, self.base_offset))

    def row(self, at: int) -> Batch:
        """A row alone."""
        offset = self.offset_of(at)
        return self._part(at, at + 1, offset, offset + 1)

    def _row(self, offset: int) -> int:
        """How many rows are before `offset`."""
        if self.sparse is None:
            return max(offset - self.base_offset, 0)
        return bisect_left(self.sparse, offset)

    def _part(self, start: int, stop: int, base: int, following: int) -> Batch:
        rows = slice(start, stop)
        keys = self.keys[rows]
        return Batch(
            base,
            keys,
            self.values[rows],
            self.timestamps[rows],
            None if self.headers is None else self.headers[rows],
            self.size * len(keys) // max(len(self), 1),
            sparse=None if self.sparse is None else self.sparse[rows],
            next_offset=following,
        )


def joined(parts: Sequence[Batch]) -> Batch:
    """Batches, each of which begins where the one before ends, as one."""
    if len(parts) == 1:
        return parts[0]
    keys: list[bytes | None] = []
    values: list[bytes | None] = []
    stamps: list[int] = []
    for part in parts:
        keys += part.keys
        values += part.values
        stamps += part.timestamps
    headers: list[Headers] | None = None
    if any(part.headers is not None for part in parts):
        headers = [row for part in parts for row in part.headers or [()] * len(part)]
    sparse: list[int] | None = None
    if any(part.sparse is not None for part in parts):
        sparse = [offset for part in parts for offset in part.offsets]
    size = sum(part.size for part in parts)
    return Batch(
        parts[0].base_offset,
        keys,
        values,
        stamps,
        headers,
        size,
        sparse=sparse,
        next_offset=parts[-1].next_offset,
    )


class VersionedRecord(Generic[V]):
    """A value and since when it is valid, ms UTC; `valid_to`: until when, None if it is the latest or nobody
    looked (Kafka: VersionedRecord).
    """

    __slots__ = ("timestamp", "valid_to", "value")

    def __init__(self, value: V, timestamp: int, valid_to: int | None = None) -> None:
        self.value = value
        self.timestamp = timestamp
        self.valid_to = valid_to

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VersionedRecord):
            return NotImplemented
        mine, theirs = ((one.value, one.timestamp, one.valid_to) for one in (self, other))
        return mine == theirs

    def __hash__(self) -> int:
        return hash((self.timestamp, self.valid_to))

    def __repr__(self) -> str:
        until = "" if self.valid_to is None else f" to {self.valid_to}"
        return f"<VersionedRecord {self.value!r} from {self.timestamp}{until}>"


class Windowed(Generic[K]):
    """A key in a window [start, end), ms UTC (Kafka: Windowed)."""

    __slots__ = ("end", "key", "start")

    def __init__(self, key: K, start: int, end: int) -> None:
        self.key = key
        self.start = start
        self.end = end

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Windowed):
            return NotImplemented
        return (self.key, self.start, self.end) == (other.key, other.start, other.end)

    def __hash__(self) -> int:
        return hash((self.key, self.start, self.end))

    def __repr__(self) -> str:
        return f"{self.key!r}@{self.start}-{self.end}"


def records_of(
    topic: str, partition: int, batch: Batch, keys: Sequence[Any], values: Sequence[Any]
) -> list[Record[Any, Any]]:
    """The records of a batch of that partition, whose keys and values are decoded."""
    new, found = object.__new__, []
    headers = repeat(NO_HEADERS) if batch.headers is None else batch.headers
    # Without a call of __init__, which takes as long as all the rest of reading a record.
    for key, value, timestamp, offset, shown in zip(
        keys, values, batch.timestamps, batch.offsets, headers, strict=False
    ):
        record = new(Record)
        record.key = key
        record.value = value
        record.timestamp = timestamp
        record.headers = shown
        record.topic = topic
        record.partition = partition
        record.offset = offset
        record.child = None
        found.append(record)
    return found
