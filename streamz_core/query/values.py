"""Values as JSON and as text, and back to what a codec takes.

Objects of attrs classes are JSON objects by field, bytes {"base64": …}, windowed keys
{"key", "start", "end"}; times, decimals and UUIDs are text, and so are the floats that JSON lacks.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import attrs

from streamz_core.codecs.classes import ClassCodec, ClassShape
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import is_free
from streamz_core.codecs.packing import shown
from streamz_core.codecs.plain import BytesCodec, FloatCodec, StrCodec
from streamz_core.codecs.shapes import (
    Converted,
    DictOf,
    Either,
    Float,
    ListOf,
    PackedCodec,
    Scalar,
    Shape,
    TupleOf,
)
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import CodecError
from streamz_core.record import Windowed

BASE64 = "base64"
# One encoder for all: json.dumps makes a new one for every call with options.
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_AS_TEXT = (Decimal, UUID)


# ---- out


def to_json(value: Any) -> Any:
    """What `json.dumps` writes for a value."""
    kind: Any = type(value)
    if value is None or kind in {bool, int, str}:
        return value
    if kind is float:
        return value if math.isfinite(value) else str(value)
    if kind is bytes:
        return {BASE64: b64encode(value).decode()}
    if kind is Windowed:
        return {"key": to_json(value.key), "start": value.start, "end": value.end}
    if isinstance(value, dict):
        return {as_text(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    names = _fields(kind)
    if names is not None:
        return {name: to_json(getattr(value, name)) for name in names}
    return _scalar_to_json(value)


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    return tuple(field.name for field in attrs.fields(kind)) if attrs.has(kind) else None


def _scalar_to_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, _AS_TEXT) else repr(value)


def dumps(value: Any) -> str:
    """A value as compact JSON text, on one line."""
    return _encode(to_json(value))


def json_object(**parts: Any) -> str:
    """A JSON object with these values, on one line."""
    return _encode({name: to_json(value) for name, value in parts.items()})


def as_text(value: Any) -> str:
    """A value for people and pipes, on one line: a str as it is, anything else as JSON."""
    if type(value) is str and value.isprintable():
        return value
    return dumps(value)


# ---- in


def from_text(codec: Codec[Any], text: str) -> Any:
    """What `text` says for this codec: itself where the codec takes str, else JSON. CodecError.

    The self-describing codec takes both: what is no JSON is text.
    """
    if isinstance(codec, StrCodec):
        return text
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if is_free(codec):
            return text
        raise CodecError(
            f"{shown(text)} is not JSON ({error}); the codec is {codec.name}"
        ) from error
    return from_json(codec, data)


def from_json(codec: Codec[Any], data: Any) -> Any:
    """The value that `to_json` wrote so; CodecError if it is none the codec takes."""
    if isinstance(codec, WindowedCodec):
        if not isinstance(data, dict) or not {"key", "start"} <= set(data):
            raise CodecError(f'a windowed key is {{"key": …, "start": ms}}, not {json.dumps(data)}')
        start = _as_int(data["start"])
        return Windowed(from_json(codec.key, data["key"]), start, codec.extent.end(start))
    if isinstance(codec, BytesCodec):
        return _bytes(data)
    if isinstance(codec, FloatCodec):
        return _float(data)
    if isinstance(codec, ClassCodec | PackedCodec):
        return _of_shape(codec.shape, data)
    return data


def _of_shape(shape: Shape, data: Any) -> Any:
    for kind, convert in _BY_SHAPE.items():
        if isinstance(shape, kind):
            return convert(shape, data)
    return data


def _class(shape: ClassShape, data: Any) -> Any:
    if not isinstance(data, dict):
        names = ", ".join(field.name for field in shape.fields)
        raise CodecError(f"{shape.name} is a JSON object with {names}; not {json.dumps(data)}")
    unknown = set(data) - {field.name for field in shape.fields}
    if unknown:
        raise CodecError(f"{shape.name} has no field {', '.join(sorted(unknown))}")
    arguments = {
        field.alias: _of_shape(inner, data[field.name])
        for field, inner in zip(shape.fields, shape.shapes, strict=True)
        if field.name in data
    }
    try:
        return shape.cls(**arguments)
    except (TypeError, ValueError) as error:
        raise CodecError(f"{shape.name}: {error}") from error


def _either(shape: Either, data: Any) -> Any:
    for option in shape.options:
        try:
            value = _of_shape(option, data)
            option.to_plain(value)
        except CodecError:
            continue
        return value
    raise CodecError(f"expected {shape.name}, got {json.dumps(data)}")


def _list(shape: ListOf, data: Any) -> Any:
    return [_of_shape(shape.item, item) for item in data] if isinstance(data, list) else data


def _tuple(shape: TupleOf, data: Any) -> Any:
    if not isinstance(data, list):
        return data
    items = shape.items * len(data) if shape.repeated else shape.items
    if len(items) != len(data):
        raise CodecError(f"expected {shape.name}, got {len(data)} items")
    return tuple(_of_shape(item, part) for item, part in zip(items, data, strict=True))


def _dict(shape: DictOf, data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {_key_of(shape.key, key): _of_shape(shape.value, item) for key, item in data.items()}


def _key_of(shape: Shape, text: str) -> Any:
    """A dict's key, which JSON has as text only."""
    if str in shape.exact:
        return text
    try:
        return _of_shape(shape, json.loads(text))
    except ValueError as error:
        raise CodecError(f"{text!r} is no key of type {shape.name}") from error


def _converted(shape: Converted, data: Any) -> Any:
    if shape.kind is UUID:
        try:
            return UUID(str(data))
        except ValueError as error:
            raise CodecError(f"{data!r} is no UUID") from error
    return shape.from_plain(data)


def _scalar(shape: Scalar, data: Any) -> Any:
    return _bytes(data) if bytes in shape.exact else data


_BY_SHAPE: dict[type[Shape], Callable[[Any, Any], Any]] = {
    ClassShape: _class,
    Either: _either,
    ListOf: _list,
    TupleOf: _tuple,
    DictOf: _dict,
    Converted: _converted,
    Float: lambda _, data: _float(data),
    Scalar: _scalar,
}


def _bytes(data: Any) -> bytes:
    """Text stands for its UTF-8 bytes; {"base64": …} for any."""
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, dict) and set(data) == {BASE64} and isinstance(data[BASE64], str):
        try:
            return b64decode(data[BASE64], validate=True)
        except ValueError as error:
            raise CodecError(f"{data[BASE64]!r} is not base64") from error
    raise CodecError(f'bytes are text or {{"base64": …}}, not {json.dumps(data)}')


def _float(data: Any) -> Any:
    if isinstance(data, str):
        try:
            return float(data)
        except ValueError as error:
            raise CodecError(f"{data!r} is no number") from error
    return float(data) if type(data) is int else data


def _as_int(data: Any) -> int:
    if type(data) is not int:
        raise CodecError(f"{json.dumps(data)} is no whole number of milliseconds")
    return data
