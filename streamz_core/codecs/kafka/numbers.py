"""Numbers of other widths than Python's: Kafka's Integer, Short and Float."""

from __future__ import annotations

import struct

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch, shown
from streamz_core.codecs.sharing.fitting import Values
from streamz_core.errors import CodecError


class NarrowIntCodec(Codec[int]):
    """A signed big-endian int of fewer than 8 bytes. True and False are no ints here.

    Kafka: IntegerSerializer, ShortSerializer.
    """

    immutable = True
    accepts = Values(frozenset({int}))

    def __init__(self, name: str, form: str) -> None:
        self.name = name
        self._struct = struct.Struct(form)

    def encode(self, value: int) -> bytes:
        if type(value) is not int:
            raise mismatch("int", value)
        try:
            return self._struct.pack(value)
        except struct.error as error:
            raise CodecError(
                f"{shown(value)} does not fit into {self._struct.size} bytes, signed"
            ) from error

    def decode(self, data: bytes) -> int:
        return int(_number(self.name, self._struct, data))


class NarrowFloatCodec(Codec[float]):
    """4 bytes, IEEE 754, big-endian: the nearest one; what is too large for it is refused.

    The bits of a NaN are kept, unlike those of a double. Kafka: FloatSerializer.
    """

    name = "float of 4 bytes"
    immutable = True
    accepts = Values(frozenset({float}))
    _struct = struct.Struct(">f")

    def encode(self, value: float) -> bytes:
        if type(value) is not float and type(value) is not int:
            raise mismatch("float", value)
        try:
            return self._struct.pack(value)
        except (struct.error, OverflowError) as error:
            raise CodecError(f"{shown(value)} is too large for a float of 4 bytes") from error

    def decode(self, data: bytes) -> float:
        return float(_number(self.name, self._struct, data))


def _number(name: str, form: struct.Struct, data: bytes) -> float:
    if len(data) != form.size:
        raise CodecError(f"{name}: {form.size} bytes, not {len(data)}: {shown(data)}")
    number: float = form.unpack(data)[0]
    return number


INTEGER = NarrowIntCodec("int of 4 bytes", ">i")
SHORT = NarrowIntCodec("int of 2 bytes", ">h")
NARROW_FLOAT = NarrowFloatCodec()
