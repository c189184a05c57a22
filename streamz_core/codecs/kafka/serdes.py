"""Kafka's serdes under Kafka's names."""

from __future__ import annotations

import builtins
from typing import TypeVar, cast
from uuid import UUID

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.kafka.lists import ListCodec
from streamz_core.codecs.kafka.numbers import INTEGER, NARROW_FLOAT, SHORT
from streamz_core.codecs.kafka.texts import BUFFER, UUID_TEXT, TextCodec
from streamz_core.codecs.plain import BOOL, BYTES, FLOAT, INT, NULL

T = TypeVar("T")


class Serdes:
    """Codecs that write and read the bytes of Kafka's own serdes, for `key=` and `value=`.

    Kafka: org.apache.kafka.common.serialization.Serdes. `str`, `bytes`, `int`, `float` and `bool` in
    `key=` and `value=` have Kafka's bytes by themselves (String, ByteArray, Long, Double, Boolean);
    these are needed for its other types. null is null everywhere. Errors are CodecError.
    """

    @staticmethod
    def string(encoding: str = "UTF-8") -> Codec[str]:
        """Text (StringSerializer). What is no text is replaced by U+FFFD or `?`, as Java does;
        `str` refuses it instead. Misuse if there is no such encoding."""
        return TextCodec(encoding)

    @staticmethod
    def long() -> Codec[int]:
        """8 bytes, signed, big-endian (LongSerializer): the same as `int`."""
        return INT

    @staticmethod
    def integer() -> Codec[int]:
        """4 bytes, signed, big-endian (IntegerSerializer)."""
        return INTEGER

    @staticmethod
    def short() -> Codec[int]:
        """2 bytes, signed, big-endian (ShortSerializer)."""
        return SHORT

    @staticmethod
    def float() -> Codec[builtins.float]:
        """4 bytes (FloatSerializer): the nearest float of that width."""
        return NARROW_FLOAT

    @staticmethod
    def double() -> Codec[builtins.float]:
        """8 bytes (DoubleSerializer): the same as `float` in `key=` and `value=`."""
        return FLOAT

    @staticmethod
    def boolean() -> Codec[bool]:
        """One byte, 1 or 0 (BooleanSerializer): the same as `bool`."""
        return BOOL

    @staticmethod
    def uuid() -> Codec[UUID]:
        """36 characters (UUIDSerializer). `UUID` itself is written in fewer bytes, for Python only."""
        return UUID_TEXT

    @staticmethod
    def byte_array() -> Codec[builtins.bytes]:
        """Bytes as they are (ByteArraySerializer): the same as `bytes`."""
        return BYTES

    @staticmethod
    def bytes() -> Codec[builtins.bytes]:
        """Bytes as they are (BytesSerializer): the same as `bytes`."""
        return BYTES

    @staticmethod
    def byte_buffer() -> Codec[builtins.bytes]:
        """Bytes, a bytearray or a memoryview, read as bytes (ByteBufferSerializer)."""
        return BUFFER

    @staticmethod
    def void() -> Codec[None]:
        """Nothing but null (VoidSerializer)."""
        return NULL

    @staticmethod
    def list_serde(inner: Codec[T]) -> Codec[list[T]]:
        """A list whose items are written by `inner` (ListSerializer); items may be null."""
        return cast("Codec[list[T]]", ListCodec(inner))
