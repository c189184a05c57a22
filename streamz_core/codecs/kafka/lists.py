"""Lists as Kafka's ListSerde writes them: of items of one size, or each with its length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.kafka.numbers import INTEGER, NARROW_FLOAT, SHORT
from streamz_core.codecs.kafka.texts import UUID_TEXT
from streamz_core.codecs.packing import MESSAGE_BYTES_MAX, mismatch, shown
from streamz_core.codecs.plain import FLOAT, INT
from streamz_core.codecs.sharing.fitting import Values
from streamz_core.errors import CodecError

CONSTANT, VARIABLE = 0, 1
"""The first byte: whether items stand side by side, or each behind its length."""
_NULL: Final = -1
_INT = struct.Struct(">i")
_SIZES: Final[dict[Codec[Any], int]] = {
    INT: 8,
    INTEGER: 4,
    SHORT: 2,
    NARROW_FLOAT: 4,
    FLOAT: 8,
    UUID_TEXT: 36,
}
"""The codecs whose items Kafka writes without lengths."""


class ListCodec(Codec[list[Any]]):
    """A list of items of one codec; items may be null. Read by its first byte, as Kafka reads it.

    An item that is cut off at the very end is filled up with zeros, as Kafka does. Other than
    Kafka, it reads a list whose last item is empty (Kafka 4.3 writes it and cannot read it back).
    """

    def __init__(self, inner: Codec[Any]) -> None:
        self.inner = inner
        self.name = f"list of {inner.name}"
        self.accepts = Values(frozenset({list, tuple}))

    def encode(self, value: list[Any]) -> bytes:
        if not isinstance(value, list | tuple):
            raise mismatch("list", value)
        items = self.inner.encode_all(value)
        return b"".join(_constant(items) if self.inner in _SIZES else _variable(items))

    def decode(self, data: bytes) -> list[Any]:
        kind = data[0] if data else None
        if kind == CONSTANT and self.inner in _SIZES:
            return self.inner.decode_all(_Reader(data).constant(_SIZES[self.inner]))
        if kind == VARIABLE:
            return self.inner.decode_all(_Reader(data).variable())
        raise CodecError(f"{self.name}: it begins with {shown(data[:1])}")


def _constant(items: list[bytes | None]) -> Iterator[bytes]:
    nulls = [index for index, item in enumerate(items) if item is None]
    yield bytes([CONSTANT])
    yield from map(_INT.pack, [len(nulls), *nulls, len(items)])
    yield from (item for item in items if item is not None)


def _variable(items: list[bytes | None]) -> Iterator[bytes]:
    yield bytes([VARIABLE]) + _INT.pack(len(items))
    for item in items:
        yield _INT.pack(_NULL if item is None else len(item))
        yield item or b""


class _Reader:
    """The items of a list, from behind its first byte."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 1

    def constant(self, size: int) -> list[bytes | None]:
        """Items of `size` bytes; nulls stand before them, by index."""
        nulls = {self._int() for _ in range(self._count())}
        return [None if index in nulls else self._item(size) for index in range(self._count())]

    def variable(self) -> list[bytes | None]:
        """Items behind their lengths."""
        return [self._perhaps(self._int()) for _ in range(self._count())]

    def _count(self) -> int:
        count = self._int()
        if not 0 <= count <= len(self._data):
            raise CodecError(f"a list of {count} items in {len(self._data)} bytes")
        return count

    def _perhaps(self, size: int) -> bytes | None:
        return None if size == _NULL else self._item(size)

    def _item(self, size: int) -> bytes:
        if not 0 <= size <= MESSAGE_BYTES_MAX:
            raise CodecError(f"an item of {size} bytes in a list at byte {self._at}")
        item = self._data[self._at : self._at + size]
        if size and not item:
            raise self._torn()
        self._at += size
        return item.ljust(size, b"\0")

    def _int(self) -> int:
        if len(self._data) < self._at + _INT.size:
            raise self._torn()
        number: int = _INT.unpack_from(self._data, self._at)[0]
        self._at += _INT.size
        return number

    def _torn(self) -> CodecError:
        return CodecError(f"a list that ends after {len(self._data)} bytes, before its items do")
