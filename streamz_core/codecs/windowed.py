"""Codec of windowed keys, as Kafka writes them: key bytes, then the window's start."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.extent import Extent
from streamz_core.codecs.packing import mismatch
from streamz_core.codecs.schemas import SCHEMAS, Schema, schema_of
from streamz_core.errors import CodecError
from streamz_core.record import Windowed

_START = struct.Struct(">q")
START_BYTES = _START.size
"""A windowed key ends with so many bytes that say when its window begins."""


class WindowedCodec(Codec[Windowed[Any]]):
    """key ‖ start (8 bytes big-endian, ms). The end is not written: `extent` knows it.

    Kafka: TimeWindowedSerde.
    """

    def __init__(self, key: Codec[Any], extent: Extent) -> None:
        self.key = key
        self.extent = extent
        self.name = f"windowed {key.name} {extent.name}"
        self.immutable = key.immutable

    def encode(self, value: Windowed[Any]) -> bytes:
        if type(value) is not Windowed:
            raise mismatch("Windowed", value)
        if value.end != self.extent.end(value.start):
            raise CodecError(f"{value!r} is no window {self.extent.name}")
        try:
            return self.key.encode(value.key) + _START.pack(value.start)
        except struct.error as error:
            raise CodecError(f"{value!r} starts outside of 8 bytes, signed") from error

    def decode(self, data: bytes) -> Windowed[Any]:
        if len(data) < START_BYTES:
            raise CodecError(f"a windowed key has at least 8 bytes, not {len(data)}")
        start = _START.unpack_from(data, len(data) - START_BYTES)[0]
        return Windowed(self.key.decode(data[:-START_BYTES]), start, self.extent.end(start))

    @property
    def schema(self) -> Schema:
        return schema_of(("windowed", self.key.schema.reference, self.extent.name))

    def schemas(self) -> tuple[Schema, ...]:
        return self.key.schemas()

    def check(self, written: Schema) -> None:
        kind, *parts = written.described
        if kind != "windowed" or parts[1] != self.extent.name:
            super().check(written)
            return
        self.key.check(SCHEMAS.of(parts[0]))


@cache
def windowed_codec(key: Codec[Any], extent: Extent) -> WindowedCodec:
    """The codec of `key` in windows that reach as far as `extent`; one object for equal arguments."""
    return WindowedCodec(key, extent)


def split_start(data: bytes) -> tuple[bytes, int]:
    """The plain key's bytes and the window's start of a windowed key, which must not be cut."""
    return data[:-START_BYTES], int.from_bytes(data[-START_BYTES:], "big")
