"""Compression of batches: which there are, and never more unpacked than a batch may be.

Bytes: the size unpacked, 4 bytes little-endian, then what the library made.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

from attrs import frozen

from streamz_core.errors import Corrupt, Unsupported

UNPACKED_MAX = (
    64 << 20
)  # bytes: what is larger is written as it is, and nothing that says so is unpacked
_SIZE = struct.Struct("<I")


class _Unpacker(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...


@frozen
class Compression:
    """One kind. `number`: what a batch says of it."""

    number: int
    name: str
    pack: Callable[[memoryview], bytes]
    unpacker: Callable[[], _Unpacker]
    broken: Callable[[], type[Exception]]
    """What the library raises for bytes that are not its own."""


@cache
def _zstd() -> Any:
    """Of the standard library from Python 3.14 on; before that the same from a package."""
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            from backports import zstd  # type: ignore[no-redef,unused-ignore]
        except ImportError:
            raise Unsupported(
                "records are compressed by zstd (compression.type), which this Python cannot do: "
                "pip install 'streamz-core[zstd]'"
            ) from None
    return zstd


GZIP = Compression(1, "gzip", zlib.compress, zlib.decompressobj, lambda: zlib.error)
ZSTD = Compression(
    2,
    "zstd",
    lambda data: bytes(_zstd().compress(data)),
    lambda: _zstd().ZstdDecompressor(),
    lambda: _zstd().ZstdError,
)
COMPRESSIONS: Mapping[str, Compression] = {one.name: one for one in (GZIP, ZSTD)}
_NUMBERED = {one.number: one for one in (GZIP, ZSTD)}


def compress(data: memoryview, kind: str) -> bytes:
    """The bytes, compressed; b"" for what nobody would unpack. Unsupported."""
    if len(data) > UNPACKED_MAX:
        return b""
    return _SIZE.pack(len(data)) + COMPRESSIONS[kind].pack(data)


def decompress(data: bytes, number: int) -> bytes:
    """What was compressed by the kind of that number; Corrupt, Unsupported."""
    kind = _NUMBERED.get(number)
    if kind is None:
        raise Unsupported(f"a batch is compressed by kind {number}, which this version cannot read")
    size = _SIZE.unpack_from(data)[0] if len(data) >= _SIZE.size else UNPACKED_MAX + 1
    if size > UNPACKED_MAX:
        raise Corrupt(f"a batch says it is larger than {UNPACKED_MAX} bytes")
    unpacker = kind.unpacker()
    try:
        # One byte more: what is longer than it says does not end with it.
        found = unpacker.decompress(data[_SIZE.size :], size + 1)
    except kind.broken() as error:
        raise Corrupt(f"a batch cannot be unpacked ({kind.name}): {error}") from error
    if len(found) != size or not unpacker.eof:
        raise Corrupt(f"a batch of {size} bytes unpacks to {len(found)} ({kind.name})")
    return found
