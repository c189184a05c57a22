"""Rows of stores in memory: what the generated lines read and write by plain dict access.

A row is a list `[value, timestamp, epoch, key, raw]`:

- `value`: the decoded object if the codec is immutable, else its bytes, so that nobody who holds an
  object can rewrite history. None: there is no such row. UNREAD: only `raw` is known so far.
- `timestamp`: ms; of no meaning while the value is None and the row is clean.
- `epoch`: the span between two commits in which the row was last written. A row whose epoch is not
  the store's is clean, and whoever writes it must also append it to the list of dirty rows.
- `key`: raw key bytes.
- `raw`: the value's bytes if they are known; None otherwise. Stays None if the codec is mutable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, Protocol

from attrs import field, frozen

from streamz_core.codecs.codec import Codec

Row = list[Any]

VALUE: Final = 0
TIMESTAMP: Final = 1
EPOCH: Final = 2
KEY: Final = 3
RAW: Final = 4


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

    One changelog entry for each physical key, with its last value. `ranges` [a, b) are deleted
    before `puts` are applied.
    """

    keys: list[bytes] = field(factory=list)
    values: list[bytes | None] = field(factory=list)
    timestamps: list[int] = field(factory=list)
    puts: list[tuple[bytes, bytes]] = field(factory=list)
    deletes: list[bytes] = field(factory=list)
    ranges: list[tuple[bytes, bytes]] = field(factory=list)


class Rows(dict[bytes, Row]):
    """Rows by raw key; one that is missing is loaded by `load(key)`, which always gives a row."""

    __slots__ = ("load",)

    def __init__(self, load: Callable[[bytes], Row]) -> None:
        self.load = load

    def __missing__(self, key: bytes) -> Row:
        row = self[key] = self.load(key)
        return row

    def blank(self, key: bytes) -> Row:
        """A row for somebody who overwrites it without a look."""
        row: Row = [None, 0, None, key, None]
        self[key] = row
        return row


def absent(key: bytes) -> Row:
    """The row of a key that has no value."""
    return [None, 0, None, key, None]


def copied(rows: Rows) -> Callable[[bytes], Row]:
    """A loader that takes clean copies out of other rows."""

    def load(key: bytes) -> Row:
        row = rows[key][:]
        row[EPOCH] = None
        return row

    return load


def loaded(value: Codec[Any], key: bytes, raw: bytes, timestamp: int) -> Row:
    """A clean row of what a database holds."""
    if value.immutable:
        return [value.decode(raw), timestamp, None, key, raw]
    return [raw, timestamp, None, key, None]


def merge(rows: list[Row], into: Rows, epoch: object, dirty: list[Row]) -> None:
    """Write `rows` over those of `into`, in place: others may hold them."""
    for new in rows:
        row = into.get(new[KEY]) or into.blank(new[KEY])
        row[VALUE], row[TIMESTAMP], row[RAW] = new[VALUE], new[TIMESTAMP], new[RAW]
        if row[EPOCH] is not epoch:
            row[EPOCH] = epoch
            dirty.append(row)


def encoded(value: Codec[Any], rows: list[Row]) -> list[bytes | None]:
    """The value bytes of `rows`, None for deleted ones; CodecError if one does not fit its codec."""
    if not value.immutable:
        return [row[VALUE] for row in rows]
    column = value.encode_all([None if row[RAW] is not None else row[VALUE] for row in rows])
    return [
        fresh if row[RAW] is None else row[RAW] for row, fresh in zip(rows, column, strict=True)
    ]


def evict(rows: Rows, count: int, busy: list[object]) -> None:
    """Drop up to `count` of the rows that came first, but none of the epochs in `busy`."""
    for key in list(islice(rows, count)):
        epoch = rows[key][EPOCH]
        if not any(epoch is other for other in busy):
            del rows[key]
