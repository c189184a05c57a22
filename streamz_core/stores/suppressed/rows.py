"""The rows of changes that are held back: their bytes, and what they look like decoded.

A row is time (8 bytes, big-endian, signed) ‖ the prior value ‖ the headers ‖ the new value, each with
its length before it (4 bytes; -1: null). Time and prior value are those of the first change that was held
back and stay; headers and new value are those of the last one. No headers have no bytes.
"""

from __future__ import annotations

from functools import cache
from struct import Struct, error
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch, pack, unpack
from streamz_core.errors import CodecError
from streamz_core.record import Headers
from streamz_core.topology.nodes import AnyCodec

_HEAD = Struct(">qi")
_LENGTH = Struct(">i")
_NULL = _LENGTH.pack(-1)
_NO_HEADERS = _LENGTH.pack(0)
TIME_BYTES = 8

Held = tuple[bytes, bytes | None, Headers]
"""The part of a row that stays, the new value, its headers."""


def opened(time: int, prior: bytes | None) -> bytes:
    """The part of a row that stays: when it is due, and what was passed on last (None: null)."""
    if prior is None:
        return _HEAD.pack(time, -1)
    return _HEAD.pack(time, len(prior)) + prior


def opened_of(row: bytes) -> bytes:
    """The part of a row that stays."""
    return row[: _HEAD.size + max(_LENGTH.unpack_from(row, TIME_BYTES)[0], 0)]


def with_change(part: bytes, value: bytes | None, headers: Headers) -> bytes:
    """The row that begins with this part, and holds a change."""
    packed = _NO_HEADERS if not headers else _sized(pack(headers))
    return part + packed + _sized(value)


def time_of(row: bytes) -> int:
    """When a row is due."""
    time: int = _HEAD.unpack_from(row)[0]
    return time


def prior_of(row: bytes) -> bytes | None:
    """The value that was passed on last; the part that stays is enough."""
    length = _LENGTH.unpack_from(row, TIME_BYTES)[0]
    return None if length < 0 else row[_HEAD.size : _HEAD.size + length]


def change_of(row: bytes) -> tuple[bytes | None, Headers]:
    """The change that is held back: new value (None: a delete), headers; CodecError if the row is cut."""
    headers, at = _part(row, len(opened_of(row)))
    value, end = _part(row, at)
    if end != len(row):
        raise CodecError(f"a row that is held back has {len(row)} bytes, not {end}")
    return value, tuple((name, text) for name, text in unpack(headers)) if headers else ()


def size_of(held: Held) -> int:
    """The bytes of a row that count for a bound: time, prior and new value, names and values of headers."""
    part, value, headers = held
    size = len(part) if value is None else len(part) + len(value)
    for name, text in headers:
        size += len(name) + len(text or b"")
    return size


def _sized(part: bytes | None) -> bytes:
    return _NULL if part is None else _LENGTH.pack(len(part)) + part


def _part(row: bytes, at: int) -> tuple[bytes | None, int]:
    start = at + _LENGTH.size
    if start > len(row):
        raise CodecError(f"a row that is held back is cut in a length: {len(row)} bytes")
    length = _LENGTH.unpack_from(row, at)[0]
    if length < 0:
        return None, start
    if start + length > len(row):
        raise CodecError(f"a row that is held back is cut: {len(row)} bytes, not {start + length}")
    return row[start : start + length], start + length


class SuppressedCodec(Codec[tuple[Any, ...]]):
    """(time in ms, prior value, new value, headers); values by their codec, or None."""

    def __init__(self, value: AnyCodec) -> None:
        self.value = value
        self.name = f"suppressed {value.name}"

    def encode(self, value: tuple[Any, ...]) -> bytes:
        try:
            time, prior, new, headers = value
            sides = [None if side is None else self.value.encode(side) for side in (prior, new)]
            return with_change(opened(time, sides[0]), sides[1], headers)
        except (TypeError, ValueError, error) as wrong:
            raise mismatch("(time in ms, prior value, new value, headers)", value) from wrong

    def decode(self, data: bytes) -> tuple[Any, ...]:
        if len(data) < _HEAD.size:
            raise CodecError(f"{data!r} is no row that is held back")
        raw, headers = change_of(data)
        sides = [
            None if side is None else self.value.decode(side) for side in (prior_of(data), raw)
        ]
        return time_of(data), *sides, headers


class HeldCodec(Codec[Held]):
    """Rows as the overlay has them: cut, not decoded."""

    name = "held back"
    immutable = True

    def encode(self, value: Held) -> bytes:
        return with_change(*value)

    def decode(self, data: bytes) -> Held:
        return opened_of(data), *change_of(data)


HELD = HeldCodec()


@cache
def suppressed_codec(value: AnyCodec) -> SuppressedCodec:
    """The codec of rows with values of this one; one object for equal arguments."""
    return SuppressedCodec(value)
