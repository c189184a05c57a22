"""Changes of grouped tables on their repartition topic (Kafka: ChangedSerializer).

`old ‖ 0`, `new ‖ 1`, or where both are of one key `length of new ‖ new ‖ old ‖ 2`, the length a
zig-zag varint.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch
from streamz_core.codecs.schemas import SCHEMAS, Schema, schema_of
from streamz_core.errors import CodecError

LEFT: Final = b"\0"
"""Ends a change that only has an old value: it left the group."""
CAME: Final = b"\1"
"""Ends a change that only has a new value."""
_BOTH: Final = b"\2"


class Change(NamedTuple):
    """The new and the old value of a row, of which at least one is there."""

    new: Any
    old: Any


def join_change(new: bytes, old: bytes) -> bytes:
    """A change that has both values."""
    size = len(new)
    return (_SHORT[size] if size < 64 else _length(size)) + new + old + _BOTH


def split_change(data: bytes) -> tuple[bytes | None, bytes | None]:
    """The new and the old value of a change; CodecError if `data` is none."""
    flag = data[-1:]
    if flag == CAME:
        return data[:-1], None
    if flag == LEFT:
        return None, data[:-1]
    if flag != _BOTH:
        raise CodecError(f"a change ends with 0, 1 or 2, not with {flag.hex() or 'nothing'}")
    length, at = (data[0] >> 1, 1) if data[0] < 0x80 else _read_length(data)
    end = at + length
    if end >= len(data):
        raise CodecError(f"a change of {len(data)} bytes cannot hold a new value of {length}")
    return data[at:end], data[end:-1]


def _length(length: int) -> bytes:
    left = length << 1  # zig-zag, of what is never negative
    if left < 0x80:
        return left.to_bytes(1)
    found = bytearray()
    while left >= 0x80:
        found.append(left & 0x7F | 0x80)
        left >>= 7
    found.append(left)
    return bytes(found)


def _read_length(data: bytes) -> tuple[int, int]:
    """The length at the front, and where it ends."""
    found = at = 0
    while data[at] >= 0x80:
        found |= (data[at] & 0x7F) << 7 * at
        at += 1
    return (found | data[at] << 7 * at) >> 1, at + 1


_SHORT: Final = [_length(length) for length in range(64)]


class ChangeCodec(Codec[Change]):
    """Changes of values that `value` writes."""

    def __init__(self, value: Codec[Any]) -> None:
        self.value = value
        self.name = f"change of {value.name}"
        self.immutable = value.immutable

    def encode(self, value: Change) -> bytes:
        if type(value) is not Change or value == (None, None):
            raise mismatch("a Change", value)
        if value.old is None:
            return self.value.encode(value.new) + CAME
        if value.new is None:
            return self.value.encode(value.old) + LEFT
        return join_change(self.value.encode(value.new), self.value.encode(value.old))

    def decode(self, data: bytes) -> Change:
        new, old = (None if one is None else self.value.decode(one) for one in split_change(data))
        return Change(new, old)

    @property
    def schema(self) -> Schema:
        return schema_of(("change", self.value.schema.reference))

    def schemas(self) -> tuple[Schema, ...]:
        return self.value.schemas()

    def check(self, written: Schema) -> None:
        kind, *parts = written.described
        if kind != "change":
            super().check(written)
            return
        self.value.check(SCHEMAS.of(parts[0]))


@cache
def change_codec(value: Codec[Any]) -> ChangeCodec:
    """The codec of changes of these values; one object for one codec."""
    return ChangeCodec(value)
