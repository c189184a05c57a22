"""The rows of records that wait: their bytes, and what they look like decoded.

A key is time (8 bytes, big-endian) ‖ key: bytes in order are records in order of time, then key. A value is,
for each record of that time and key in order of arrival, its headers ‖ its value, each with its length
before it (4 bytes). No headers have no bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch, pack, unpack
from streamz_core.errors import CodecError
from streamz_core.record import Headers
from streamz_core.stores.timed import TIME_BYTES, pack_time, time_of
from streamz_core.topology.nodes import AnyCodec

_LENGTH = struct.Struct(">I")
_NO_HEADERS = _LENGTH.pack(0)

Waiting = tuple[bytes, Headers]
"""Value and headers of a record."""


def with_record(row: bytes | None, value: bytes, headers: Headers) -> bytes:
    """The value of a row with one more record; None is a row that is not there."""
    packed = _sized(pack(headers)) if headers else _NO_HEADERS
    return (row or b"") + packed + _sized(value)


def records_of(row: bytes) -> Iterator[Waiting]:
    """The records of a row, in order of arrival; CodecError if it is cut."""
    at = 0
    while at < len(row):
        headers, at = _part(row, at)
        value, at = _part(row, at)
        yield value, tuple((name, text) for name, text in unpack(headers)) if headers else ()


def _sized(part: bytes) -> bytes:
    return _LENGTH.pack(len(part)) + part


def _part(row: bytes, at: int) -> tuple[bytes, int]:
    start = at + _LENGTH.size
    end = start + _LENGTH.unpack_from(row, at)[0] if start <= len(row) else start
    if end > len(row):
        raise CodecError(f"a row of waiting records is cut: {len(row)} bytes, not {end}")
    return row[start:end], end


class WaitingKeyCodec(Codec[tuple[int, Any]]):
    """(time, key)."""

    def __init__(self, key: AnyCodec) -> None:
        self.key = key
        self.name = f"waiting {key.name}"
        self.immutable = key.immutable

    def encode(self, value: tuple[int, Any]) -> bytes:
        try:
            time, key = value
            return pack_time(time) + self.key.encode(key)
        except (TypeError, ValueError, struct.error) as error:
            raise mismatch("(time in ms, key)", value) from error

    def decode(self, data: bytes) -> tuple[int, Any]:
        if len(data) < TIME_BYTES:
            raise CodecError(f"{data!r} is no key of waiting records")
        return time_of(data), self.key.decode(data[TIME_BYTES:])


class WaitingRecordsCodec(Codec[tuple[Any, ...]]):
    """((value, headers), (value, headers), …)."""

    def __init__(self, value: AnyCodec) -> None:
        self.value = value
        self.name = f"waiting {value.name}"

    def encode(self, value: tuple[Any, ...]) -> bytes:
        row = b""
        for each, headers in value:
            row = with_record(row, self.value.encode(each), headers)
        return row

    def decode(self, data: bytes) -> tuple[Any, ...]:
        return tuple((self.value.decode(value), headers) for value, headers in records_of(data))


@cache
def waiting_codecs(key: AnyCodec, value: AnyCodec) -> tuple[WaitingKeyCodec, WaitingRecordsCodec]:
    """The codecs of a store; the same objects for equal arguments."""
    return WaitingKeyCodec(key), WaitingRecordsCodec(value)
