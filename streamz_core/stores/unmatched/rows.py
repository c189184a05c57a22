"""The rows of unmatched records: their bytes, and what they look like decoded.

A key is time (8 bytes, big-endian) ‖ side (1) ‖ key: bytes in order are records in order of time, of
one time the right side first (Kafka: TimestampedKeyAndJoinSide). A value is side (1), then for each
record of that time, side and key in order of arrival: length (4) ‖ value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch
from streamz_core.errors import CodecError
from streamz_core.stores.timed import TIME_BYTES, pack_time, time_of
from streamz_core.topology.nodes import AnyCodec

RIGHT, LEFT = 0, 1
SIDES = ("right", "left")

_LENGTH = struct.Struct(">I")
HEAD_BYTES = TIME_BYTES + 1


def tail_of(side: int, key: bytes) -> bytes:
    """What stands behind the time in the key of a row."""
    return _SIDE[side] + key


def with_value(row: bytes | None, side: int, value: bytes) -> bytes:
    """The value of a row with one more record; None is a row that is not there."""
    return (_SIDE[side] if row is None else row) + _LENGTH.pack(len(value)) + value


def values_of(row: bytes) -> Iterator[bytes]:
    """The values of the records of a row, in order of arrival; CodecError if it is cut."""
    at = 1
    while at < len(row):
        start = at + _LENGTH.size
        if start > len(row):
            raise CodecError(f"a row of unmatched records is cut in a length: {len(row)} bytes")
        at = start + _LENGTH.unpack_from(row, start - _LENGTH.size)[0]
        if at > len(row):
            raise CodecError(f"a row of unmatched records is cut: {len(row)} bytes, not {at}")
        yield row[start:at]


_SIDE = (b"\x00", b"\x01")


class UnmatchedKeyCodec(Codec[tuple[int, str, Any]]):
    """(time, "left" or "right", key)."""

    def __init__(self, key: AnyCodec) -> None:
        self.key = key
        self.name = f"unmatched {key.name}"
        self.immutable = key.immutable

    def encode(self, value: tuple[int, str, Any]) -> bytes:
        try:
            time, side, key = value
            return pack_time(time) + tail_of(SIDES.index(side), self.key.encode(key))
        except (TypeError, ValueError, struct.error) as error:
            raise mismatch('(time in ms, "left" or "right", key)', value) from error

    def decode(self, data: bytes) -> tuple[int, str, Any]:
        if len(data) < HEAD_BYTES or data[TIME_BYTES] >= len(SIDES):
            raise CodecError(f"{data!r} is no key of unmatched records")
        return time_of(data), SIDES[data[TIME_BYTES]], self.key.decode(data[HEAD_BYTES:])


class UnmatchedValuesCodec(Codec[tuple[Any, ...]]):
    """("left" or "right", value, value, …), the values by the codec of their side."""

    def __init__(self, left: AnyCodec, right: AnyCodec) -> None:
        self.sides = (right, left)
        self.name = f"unmatched {left.name} or {right.name}"

    def encode(self, value: tuple[Any, ...]) -> bytes:
        side = SIDES.index(value[0])
        row = _SIDE[side]
        for each in value[1:]:
            row = with_value(row, side, self.sides[side].encode(each))
        return row

    def decode(self, data: bytes) -> tuple[Any, ...]:
        if not data or data[0] >= len(SIDES):
            raise CodecError(f"{data!r} is no row of unmatched records")
        decode = self.sides[data[0]].decode
        return (SIDES[data[0]], *map(decode, values_of(data)))


@cache
def unmatched_codecs(
    key: AnyCodec, left: AnyCodec, right: AnyCodec
) -> tuple[UnmatchedKeyCodec, UnmatchedValuesCodec]:
    """The codecs of a store for both sides; the same objects for equal arguments."""
    return UnmatchedKeyCodec(key), UnmatchedValuesCodec(left, right)
