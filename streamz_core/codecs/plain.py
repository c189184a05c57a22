"""Codecs of single values, in the bytes that Kafka's own serializers write.

Order: `a < b` gives `encode(a) < encode(b)` for bytes and str, and for ints of one sign.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NoReturn

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import exact_float, mismatch, shown
from streamz_core.codecs.sharing.fitting import Values
from streamz_core.errors import CodecError

_INT = struct.Struct(">q")
_FLOAT = struct.Struct(">d")
_NAN = bytes.fromhex("7ff8000000000000")


def _all_of(size: int, column: Sequence[bytes | None]) -> bool:
    """Whether each has so many bytes; false too if one is null."""
    try:
        return list(map(len, column)).count(size) == len(column)  # type: ignore[arg-type]
    except TypeError:
        return False


class BytesCodec(Codec[bytes]):
    """Bytes as they are."""

    name = "bytes"
    immutable = True
    accepts = Values(frozenset({bytes}))
    typed = False

    def encode(self, value: bytes) -> bytes:
        if type(value) is not bytes:
            raise mismatch("bytes", value)
        return value

    def decode(self, data: bytes) -> bytes:
        return data

    def encode_all(self, values: Sequence[bytes | None]) -> list[bytes | None]:
        if set(map(type, values)) <= {bytes, type(None)}:
            return list(values)
        return super().encode_all(values)

    def decode_all(self, column: Sequence[bytes | None]) -> list[bytes | None]:
        return list(column)

    def validate_all(self, column: Sequence[bytes | None]) -> None:
        """Any bytes will do."""


class StrCodec(Codec[str]):
    """Text as UTF-8 (Kafka: StringSerializer)."""

    name = "str"
    immutable = True
    accepts = Values(frozenset({str}))

    def encode(self, value: str) -> bytes:
        if not isinstance(value, str):
            raise mismatch("str", value)
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise CodecError(
                f"{shown(value)} cannot be written as UTF-8: {error.reason}"
            ) from error

    def decode(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise CodecError(f"not UTF-8: {shown(data)}") from error

    def encode_all(self, values: Sequence[str | None]) -> list[bytes | None]:
        try:
            return list(map(str.encode, values))  # type: ignore[arg-type]  # None: the way below
        except (TypeError, UnicodeEncodeError):
            return super().encode_all(values)

    def decode_all(self, column: Sequence[bytes | None]) -> list[str | None]:
        try:
            return list(map(bytes.decode, column))  # type: ignore[arg-type]  # None: the way below
        except (TypeError, UnicodeDecodeError):
            return super().decode_all(column)

    def validate_all(self, column: Sequence[bytes | None]) -> None:
        # Whether the whole is ASCII is known fastest. No character goes across a line's end: with one
        # between them, the whole is UTF-8 only if each part is.
        try:
            if not b"".join(column).isascii():  # type: ignore[arg-type]  # None: the way below
                b"\n".join(column).decode()  # type: ignore[arg-type]
        except (TypeError, UnicodeDecodeError):
            super().validate_all(column)


class IntCodec(Codec[int]):
    """8 bytes, signed, big-endian (Kafka: LongSerializer). True and False are no ints here."""

    name = "int"
    immutable = True
    accepts = Values(frozenset({int}))

    def encode(self, value: int) -> bytes:
        if type(value) is not int:
            raise mismatch("int", value)
        try:
            return _INT.pack(value)
        except struct.error as error:
            raise CodecError(f"{shown(value)} does not fit into 8 bytes, signed") from error

    def decode(self, data: bytes) -> int:
        if len(data) != _INT.size:
            raise CodecError(f"an int has 8 bytes, not {len(data)}: {shown(data)}")
        number: int = _INT.unpack(data)[0]
        return number

    def encode_all(self, values: Sequence[int | None]) -> list[bytes | None]:
        kinds, pack = set(map(type, values)), _INT.pack
        try:
            if kinds == {int}:
                return list(map(pack, values))
            if kinds == {int, type(None)}:  # deletes among updates
                return [None if value is None else pack(value) for value in values]
        except struct.error:
            pass
        return super().encode_all(values)

    def decode_all(self, column: Sequence[bytes | None]) -> list[int | None]:
        # Every item is looked at: lengths that only add up would shift the numbers.
        try:
            sizes = set(map(len, column))  # type: ignore[arg-type]  # None: the way below
        except TypeError:
            return super().decode_all(column)
        if sizes != {_INT.size}:
            return super().decode_all(column)
        joined = b"".join(column)  # type: ignore[arg-type]  # no None is in it
        return list(struct.unpack(f">{len(column)}q", joined))

    def validate_all(self, column: Sequence[bytes | None]) -> None:
        if not _all_of(_INT.size, column):
            super().validate_all(column)


class FloatCodec(Codec[float]):
    """8 bytes, IEEE 754, big-endian (Kafka: DoubleSerializer). An int is taken as its float, if it has one.

    Every NaN is written as the same one, as Java does.
    """

    name = "float"
    immutable = True
    accepts = Values(frozenset({float}))

    def encode(self, value: float) -> bytes:
        if type(value) is int:
            value = exact_float(value)
        elif type(value) is not float:
            raise mismatch("float", value)
        return _FLOAT.pack(value) if value == value else _NAN  # noqa: PLR0124 - which NaN is not

    def decode(self, data: bytes) -> float:
        if len(data) != _FLOAT.size:
            raise CodecError(f"a float has 8 bytes, not {len(data)}: {shown(data)}")
        number: float = _FLOAT.unpack(data)[0]
        return number

    def validate_all(self, column: Sequence[bytes | None]) -> None:
        if not _all_of(_FLOAT.size, column):
            super().validate_all(column)


class BoolCodec(Codec[bool]):
    """One byte, 1 or 0 (Kafka: BooleanSerializer)."""

    name = "bool"
    immutable = True
    accepts = Values(frozenset({bool}))

    def encode(self, value: bool) -> bytes:  # noqa: FBT001 - the value is the argument
        if type(value) is not bool:
            raise mismatch("bool", value)
        return b"\x01" if value else b"\x00"

    def decode(self, data: bytes) -> bool:
        if data == b"\x01":
            return True
        if data == b"\x00":
            return False
        raise CodecError(f"a bool is one byte, 1 or 0, not {shown(data)}")


class NullCodec(Codec[None]):
    """Nothing but null, which no codec ever sees."""

    name = "None"
    immutable = True
    typed = False  # nulls are among all values

    def encode(self, value: None) -> NoReturn:
        raise mismatch("None", value)

    def decode(self, data: bytes) -> NoReturn:
        raise CodecError(f"expected null, got {shown(data)}")


BYTES = BytesCodec()
STR = StrCodec()
INT = IntCodec()
FLOAT = FloatCodec()
BOOL = BoolCodec()
NULL = NullCodec()
