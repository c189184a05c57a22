"""Headers that a row keeps of the record that changed it last.

An array of pairs, name and value (bytes, or null), in order, as msgpack; no headers are no bytes.
"""

from __future__ import annotations

from typing import Any, Final

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch, pack, shown, unpack
from streamz_core.errors import CodecError
from streamz_core.record import Headers


class HeadersCodec(Codec[Headers]):
    """The headers of a record."""

    name = "headers"
    immutable = True

    def encode(self, value: Headers) -> bytes:
        if type(value) is not tuple:
            raise mismatch("headers", value)
        return pack(value) if value else b""

    def decode(self, data: bytes) -> Headers:
        found: Any = unpack(data) if data else []
        try:
            pairs = tuple((name, value) for name, value in found)
        except (TypeError, ValueError) as error:
            raise CodecError(f"no headers: {shown(data)}") from error
        if any(
            type(name) is not str or not isinstance(value, bytes | None) for name, value in pairs
        ):
            raise CodecError(f"no headers: {shown(data)}")
        return pairs


HEADERS: Final = HeadersCodec()
