"""Rows of stores in memory: what the generated lines read and write by plain dict access.

A row is a tuple `(value, timestamp, raw)`, never changed in place:

- `value`: the decoded object if the codec is immutable, else its bytes, so that nobody who holds an
  object can rewrite history. None: there is no such row. UNREAD: only `raw` is known so far.
- `timestamp`: ms; of no meaning where the value is None.
- `raw`: the value's bytes if they are known; None otherwise, and always if the codec is mutable.

Tuples of plain values cost the garbage collector nothing, which is why rows are no lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Protocol

from attrs import field, frozen

from streamz_core.codecs.codec import Codec

Row = tuple[Any, int, bytes | None]

VALUE: Final = 0
TIMESTAMP: Final = 1
RAW: Final = 2

ROWS_MAX: Final = 200_000
"""Rows that a store keeps in memory between commits: about 250 bytes each, with key and value."""

ABSENT: Final[Row] = (None, 0, None)
"""The row of a key that has no value."""


class _Unread:
    """The value of a row of which only the bytes are known."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD: Final = _Unread()


class Reader(Protocol):
    """Committed rows: a database of `streamz_state`, or a snapshot of one."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]: ...


@frozen
class Changes:
    """What a commit does to one store: columns for its changelog, and a part of a WriteBatch.

    One changelog entry for each physical key, with its last value.
    """

    keys: list[bytes] = field(factory=list)
    values: list[bytes | None] = field(factory=list)
    timestamps: list[int] = field(factory=list)
    puts: list[tuple[bytes, bytes]] = field(factory=list)
    deletes: list[bytes] = field(factory=list)
    ranges: list[tuple[bytes, bytes]] = field(factory=list)


class Rows(dict[bytes, Row]):
    """Rows by raw key, clean and dirty ones; `dirty` holds those that a commit must carry.

    `whole`: what is not here is nowhere. Otherwise `load` looks for it, and keeps it here.
    """

    __slots__ = ("dirty", "find", "whole")

    def __init__(self, find: Callable[[bytes], Row], *, whole: bool = False) -> None:
        self.find = find
        self.whole = whole
        self.dirty: dict[bytes, Row] = {}

    def load(self, key: bytes) -> Row:
        """The row of a key that is not here."""
        row = self[key] = self.find(key)
        return row

    def row(self, key: bytes) -> Row:
        """The row of any key."""
        found = self.get(key)
        if found is None:
            found = ABSENT if self.whole else self.load(key)
        return found

    def put(self, key: bytes, row: Row) -> None:
        """Overwrite a row, whatever it was."""
        self[key] = self.dirty[key] = row

    def nested(self) -> Rows:
        """An overlay that reads these rows and leaves them alone."""
        return Rows(self.row)

    def take(self, nested: Rows) -> None:
        """Write what a nested overlay has written."""
        self.update(nested.dirty)
        self.dirty.update(nested.dirty)

    def forget(self, keys: Iterable[bytes]) -> None:
        """Drop rows that were never committed: what was there before is in the database."""
        for key in keys:
            self.pop(key, None)
        self.whole = False

    def evict(self, count: int, busy: list[Mapping[bytes, Row]]) -> None:
        """Drop up to `count` of the rows that came first, but none that is in `busy`."""
        self.whole = False
        for key in list(islice(self, count)):
            if not any(key in other for other in busy):
                del self[key]


def loaded(value: Codec[Any], raw: bytes, timestamp: int) -> Row:
    """The row of what a database holds."""
    if value.immutable:
        return value.decode(raw), timestamp, raw
    return raw, timestamp, None


def last_of_each(
    keys: list[bytes], values: list[bytes | None], timestamps: list[int]
) -> tuple[list[bytes], list[bytes | None], list[int]]:
    """The columns with only the last row of each key: a batch applies its deletes before its puts."""
    last = dict(zip(keys, zip(values, timestamps, strict=True), strict=True))
    return list(last), [row[0] for row in last.values()], [row[1] for row in last.values()]


def encoded(value: Codec[Any], rows: Iterable[Row]) -> list[bytes | None]:
    """The value bytes of `rows`, None for deleted ones; CodecError if one does not fit its codec."""
    if not value.immutable:
        return [row[VALUE] for row in rows]
    rows = list(rows)
    known = [row[RAW] for row in rows]
    fresh = known.count(None)
    if not fresh:
        return known
    if fresh == len(known):
        return value.encode_all([row[VALUE] for row in rows])
    column = value.encode_all([None if row[RAW] is not None else row[VALUE] for row in rows])
    return [made if raw is None else raw for raw, made in zip(known, column, strict=True)]
