"""Text as Java writes and reads it: what cannot be is replaced, never refused; UUIDs; buffers."""

from __future__ import annotations

import codecs
import re
from typing import Final
from uuid import UUID

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch, shown
from streamz_core.codecs.sharing.fitting import Values
from streamz_core.errors import CodecError, Misuse

REPLACEMENT: Final = "\ufffd"
_UTF_16: Final = "utf-16-be"
"""What Java's UTF-16 writes, behind a mark of the order of bytes; so it reads without a mark."""


class TextCodec(Codec[str]):
    """Text in an encoding, with Java's replacements (Kafka: StringSerializer, StringDeserializer).

    Bytes that are no text come back as U+FFFD, as many as Java gives; characters that the encoding
    lacks are written as `?`. For text that is refused instead there is `str`.
    """

    immutable = True
    accepts = Values(frozenset({str}))

    def __init__(self, encoding: str) -> None:
        try:
            self._encoding = codecs.lookup(encoding).name
        except LookupError as error:
            raise Misuse(f"no encoding {encoding!r}: give a name that Python knows") from error
        self.name = f"text in {self._encoding}"  # one name, however it was spelt

    def encode(self, value: str) -> bytes:
        if not isinstance(value, str):
            raise mismatch("str", value)
        if self._encoding == "utf-16":
            return (codecs.BOM_UTF16_BE if value else b"") + value.encode(_UTF_16, _AS_JAVA)
        return value.encode(self._encoding, "replace")

    def decode(self, data: bytes) -> str:
        if self._encoding == "utf-16" and not data.startswith(_MARKS):
            return data.decode(_UTF_16, "replace")
        return data.decode(self._encoding, _AS_JAVA)


_MARKS: Final = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
_AS_JAVA: Final = "streamz-as-java"


def _as_java(error: UnicodeError) -> tuple[str | bytes, int]:
    """One replacement for each piece that Java takes for one.

    A surrogate in UTF-8 is one piece of two or three bytes, which are two or three to Python.
    """
    if isinstance(error, UnicodeEncodeError):
        return REPLACEMENT.encode(_UTF_16), error.end  # of no other encoding
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, start = error.object, error.start
    surrogate = _SURROGATE.match(data, start) if error.encoding == "utf-8" else None
    return REPLACEMENT, surrogate.end() if surrogate else error.end


_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
codecs.register_error(_AS_JAVA, _as_java)


class UuidTextCodec(Codec[UUID]):
    """A UUID as its 36 characters in lower case (Kafka: UUIDSerializer).

    Reads what Java's `UUID.fromString` reads: `1-2-3-4-5` too.
    """

    name = "UUID as text"
    immutable = True
    accepts = Values(frozenset({UUID}))

    def encode(self, value: UUID) -> bytes:
        if type(value) is not UUID:
            raise mismatch("UUID", value)
        return str(value).encode()

    def decode(self, data: bytes) -> UUID:
        found = _UUID.fullmatch(data)
        if found is None or len(data) > _UUID_CHARACTERS:
            raise CodecError(f"no UUID as text: {shown(data)}")
        number = 0
        for part, bits in zip(found.groups(), _UUID_BITS, strict=True):
            number = number << bits | int(part, 16) & (1 << bits) - 1
        return UUID(int=number)


_UUID = re.compile(rb"-".join([rb"([0-9a-fA-F]{1,16})"] * 5))
_UUID_BITS = (32, 16, 16, 16, 48)
_UUID_CHARACTERS = 36


class BufferCodec(Codec[bytes]):
    """The bytes of anything that holds bytes: bytes, bytearray, memoryview (Kafka: ByteBufferSerializer)."""

    name = "buffer"
    immutable = True
    accepts = Values(frozenset({bytes, bytearray, memoryview}))
    typed = False

    def encode(self, value: bytes | bytearray | memoryview) -> bytes:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise mismatch("bytes, bytearray or memoryview", value)
        return bytes(value)

    def decode(self, data: bytes) -> bytes:
        return data


UUID_TEXT = UuidTextCodec()
BUFFER = BufferCodec()
