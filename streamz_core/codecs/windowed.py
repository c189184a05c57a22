"""Codec of windowed keys, as Kafka writes them: key bytes, then what tells the window."""

from __future__ import annotations

from functools import cache
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.extent import Extent, Logged
from streamz_core.codecs.packing import mismatch
from streamz_core.codecs.schemas import SCHEMAS, Schema, schema_of
from streamz_core.codecs.sharing.fitting import Values
from streamz_core.errors import CodecError
from streamz_core.record import Windowed

START_BYTES = 8
"""So many bytes say when a window begins."""


class WindowedCodec(Codec[Windowed[Any]]):
    """key ‖ the tail that `extent` writes: the start (8 bytes big-endian, ms), whose end is not written;
    or end and start of a session.

    Kafka: TimeWindowedSerde, SessionWindowedSerde.
    """

    accepts = Values(frozenset({Windowed}))

    def __init__(self, key: Codec[Any], extent: Extent) -> None:
        self.key = key
        self.extent = extent
        self.name = f"windowed {key.name} {extent.name}"
        self.immutable = key.immutable

    def encode(self, value: Windowed[Any]) -> bytes:
        if type(value) is not Windowed:
            raise mismatch("Windowed", value)
        return self.key.encode(value.key) + self.extent.pack(value.start, value.end)

    def decode(self, data: bytes) -> Windowed[Any]:
        tail = self.extent.tail_bytes
        if len(data) < tail:
            raise CodecError(f"a windowed key has at least {tail} bytes, not {len(data)}")
        window = self.extent.unpack(data[-tail:])
        return Windowed(self.key.decode(data[:-tail]), *window)

    def end_of(self, data: bytes) -> int:
        """The end of the window of a key, ms, without decoding the key, which must not be cut."""
        return self.extent.unpack(data[-self.extent.tail_bytes :])[1]

    @property
    def schema(self) -> Schema:
        return schema_of(("windowed", self.key.schema.reference, self.extent.name))

    def schemas(self) -> tuple[Schema, ...]:
        return self.key.schemas()

    def check(self, written: Schema) -> None:
        kind, *parts = written.described
        if kind != "windowed" and isinstance(self.extent, Logged):
            # Of a changelog the keys of the store are told, and what windows it has apart from them.
            self.key.check(written)
            return
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
