"""Values as JSON and as text, and back to what a codec takes.

Instances of classes are JSON objects by field, bytes {"base64": …}, windowed keys
{"key", "start", "end"}; times, decimals and UUIDs are text, and so are the floats that JSON lacks;
a timedelta is a number of seconds.
"""

from __future__ import annotations

import dataclasses
import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from typing import Any
from uuid import UUID

import attrs

from streamz_core.codecs.classes.perhaps import Perhaps
from streamz_core.codecs.classes.shape import ClassShape
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import FreeCodec, is_free
from streamz_core.codecs.json.codec import JsonOf
from streamz_core.codecs.json.text import Number, loads_exactly
from streamz_core.codecs.packed import PackedCodec
from streamz_core.codecs.packing import Misplaced, shown, within
from streamz_core.codecs.plain import BytesCodec, FloatCodec, StrCodec
from streamz_core.codecs.shapes.containers import DictOf, ListOf, SetOf, TupleOf
from streamz_core.codecs.shapes.enums import EnumOf
from streamz_core.codecs.shapes.scalars import Converted, Float, Scalar, Span
from streamz_core.codecs.shapes.shape import Shape
from streamz_core.codecs.shapes.unions import Either
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import CodecError
from streamz_core.query.words.unions import distance, text_of_union
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
        return {_key_text(key): to_json(item) for key, item in value.items()}
    names = _fields(kind)
    if names is not None:
        return {name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(to_json, value), key=_encode)
    return _scalar_to_json(value)


@cache
def _fields(kind: Any) -> tuple[str, ...] | None:
    if attrs.has(kind):
        return tuple(field.name for field in attrs.fields(kind))
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return getattr(kind, "_fields", None)  # of a NamedTuple


def _scalar_to_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, _AS_TEXT) else repr(value)


def _key_text(key: Any) -> str:
    plain = to_json(key)
    return plain if isinstance(plain, str) else _encode(plain)


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


def from_text(codec: Codec[Any], text: str, *, strict: bool = False) -> Any:
    """What `text` says for this codec: itself where the codec takes str, else JSON. CodecError.

    What is written as text in JSON needs no quotes: times, decimals, UUIDs, enums of text. The
    self-describing codec takes both: what is no JSON is text. `strict`: see unions.py.
    """
    if isinstance(codec, StrCodec):
        return text
    shape = codec.shape if isinstance(codec, PackedCodec | JsonOf) else None
    if isinstance(shape, Either) and isinstance(codec, PackedCodec):
        return text_of_union(shape, text, _of_option, strict=strict)
    converted = shape if isinstance(shape, Converted) else None
    return _said(partial(from_json, codec), text, codec.name, converted, free=is_free(codec))


def _said(
    take: Callable[[Any], Any],
    text: str,
    name: str,
    converted: Converted | None,
    *,
    free: bool = False,
) -> Any:
    """What `take` makes of JSON, or of the text itself where that needs no quotes."""
    if converted is not None and not isinstance(converted, EnumOf):
        with suppress(CodecError):
            return take(text)
    try:
        data = loads_exactly(text.encode())
    except (CodecError, UnicodeEncodeError) as error:
        if converted is not None or free:
            return take(text)
        raise CodecError(
            f"{shown(text)} is not JSON ({error.__cause__ or error}); the codec is {name}"
        ) from error
    return take(data)


def _of_option(option: Shape, text: str) -> Any:
    """The value of one of the types of a union. CodecError."""
    if str in option.exact:
        return text
    converted = option if isinstance(option, Converted) else None
    value = _said(partial(_of_shape, option), text, option.name, converted)
    option.to_plain(value)
    return value


_left_out: ContextVar[Callable[[str], None] | None] = ContextVar("left_out", default=None)


@contextmanager
def told_of_unknown(listener: Callable[[str], None]) -> Iterator[None]:
    """Inside, `listener` is told of fields in JSON that a class has not, and that are left out."""
    token = _left_out.set(listener)
    try:
        yield
    finally:
        _left_out.reset(token)


def from_json(codec: Codec[Any], data: Any) -> Any:
    """The value that `to_json` wrote so; CodecError, with the way to the place, if it is none.

    Fields that the class does not have are left out, and those that it can do without may be missing.
    """
    if isinstance(codec, WindowedCodec):
        if not isinstance(data, dict) or not {"key", "start"} <= set(data):
            raise CodecError(f'a windowed key is {{"key": …, "start": ms}}, not {json.dumps(data)}')
        start = _as_int(data["start"])
        told = _as_int(data["end"]) if "end" in data else None
        return Windowed(from_json(codec.key, data["key"]), start, codec.extent.end(start, told))
    if isinstance(codec, JsonOf):
        return codec.of_data(data)
    if isinstance(codec, BytesCodec):
        return _bytes(data)
    if isinstance(codec, FloatCodec):
        return _float(data)
    if isinstance(codec, PackedCodec):
        try:
            return _of_shape(codec.shape, data)
        except Misplaced as error:
            raise error.under(codec.name) from error
    # JSON has one kind of array, and a key of several parts is a tuple.
    return _tuples(_free(data)) if isinstance(codec, FreeCodec) and codec.is_key else _free(data)


def _tuples(key: Any) -> Any:
    return tuple(map(_tuples, key)) if isinstance(key, list) else key


def _of_shape(shape: Shape, data: Any) -> Any:
    for kind, convert in _BY_SHAPE.items():
        if isinstance(shape, kind):
            return convert(shape, data)
    return shape.from_plain(_free(data))


def _at(step: str, shape: Shape, data: Any) -> Any:
    """A part of a value; an error says where it is."""
    try:
        return _of_shape(shape, data)
    except CodecError as error:
        raise within(step, error) from error


def _class(shape: ClassShape, data: Any) -> Any:
    if not isinstance(data, dict):
        names = ", ".join(member.name for member in shape.members)
        raise CodecError(f"{shape.name} is a JSON object with {names}; not {json.dumps(data)}")
    unknown = data.keys() - {member.name for member in shape.members}
    found = {
        member: _at(f".{member.name}", inner, data[member.name])
        for member, inner in zip(shape.members, shape.parts, strict=True)
        if member.name in data
    }
    told = ", ".join(_unknown(shape, name) for name in sorted(unknown))
    try:
        made = shape.make(found)
    except CodecError as error:
        raise CodecError(f"{error}; {told}" if told else str(error)) from error
    listener = _left_out.get()
    if told and listener is not None:
        listener(told)
    return made


def _unknown(shape: ClassShape, name: str) -> str:
    from difflib import get_close_matches

    names = {member.name.lower(): member.name for member in shape.members}
    near = get_close_matches(name.lower(), names, n=1)
    hint = f" (did you mean {names[near[0]]}?)" if near else ""
    return f"{shape.name} has no field {shown(name)}{hint}"


def _either(shape: Either, data: Any) -> Any:
    errors: dict[str, CodecError] = {}
    names = data if isinstance(data, dict) else ()
    for option in sorted(shape.parts, key=lambda option: distance(option, names)):
        try:
            value = _of_shape(option, data)
            option.to_plain(value)
        except CodecError as error:
            errors[option.name] = error
            continue
        return value
    if data is not None and len(errors) == 2 and "None" in errors:
        del errors["None"]
        raise errors.popitem()[1]  # of `T | None` the error inside T is the one to read
    raise CodecError(f"expected {shape.name}, got {json.dumps(data)}")


def _perhaps(shape: Perhaps, data: Any) -> Any:
    return _of_shape(shape.shape, data)


def _list(shape: ListOf, data: Any) -> Any:
    return _items(shape.name, [shape.item] * len(data) if isinstance(data, list) else [], data)


def _tuple(shape: TupleOf, data: Any) -> Any:
    repeated = shape.repeated and isinstance(data, list)
    return tuple(_items(shape.name, shape.items * len(data) if repeated else shape.items, data))


def _set(shape: SetOf, data: Any) -> Any:
    items = _items(shape.name, [shape.item] * len(data) if isinstance(data, list) else [], data)
    try:
        return shape.kind(items)
    except TypeError as error:
        raise CodecError(f"no item of a {shape.name}: {error}") from error


def _items(name: str, shapes: list[Shape], data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise CodecError(f"expected {name}, got {json.dumps(data)}")
    if len(shapes) != len(data):
        raise CodecError(f"expected {name}, got {len(data)} items")
    return [_at(f"[{at}]", *pair) for at, pair in enumerate(zip(shapes, data, strict=True))]


def _dict(shape: DictOf, data: Any) -> Any:
    if not isinstance(data, dict):
        raise CodecError(f"expected {shape.name}, got {json.dumps(data)}")
    return {
        _key_of(shape.key, key): _at(f"[{key!r}]", shape.value, item) for key, item in data.items()
    }


def _key_of(shape: Shape, text: str) -> Any:
    """A dict's key, which JSON has as text only."""
    if str in shape.exact:
        return text
    if isinstance(shape, Converted) and not isinstance(shape, EnumOf):
        return _converted(shape, text)
    try:
        return _of_shape(shape, json.loads(text))
    except ValueError as error:
        if isinstance(shape, EnumOf):
            return shape.from_plain(text)
        raise CodecError(f"{text!r} is no key of type {shape.name}") from error


def _converted(shape: Converted, data: Any) -> Any:
    if shape.kind is UUID:
        try:
            return UUID(str(data))
        except ValueError as error:
            raise CodecError(f"{data!r} is no UUID") from error
    if shape.kind is Decimal and type(data) in {int, float, Number}:
        return shape.from_plain(getattr(data, "text", None) or repr(data))
    return shape.from_plain(_free(data))


def _span(_: Span, data: Any) -> Any:
    number = _float(data)
    if type(number) is not float:
        raise CodecError(f"a timedelta is a number of seconds, not {json.dumps(data)}")
    try:
        return timedelta(seconds=number)
    except (OverflowError, ValueError) as error:
        raise CodecError(f"{data!r} seconds are no timedelta: {error}") from error


def _scalar(shape: Scalar, data: Any) -> Any:
    return _bytes(data) if bytes in shape.exact else shape.from_plain(_free(data))


def _free(data: Any) -> Any:
    """Data of JSON with plain numbers."""
    if isinstance(data, dict):
        return {key: _free(item) for key, item in data.items()}
    if isinstance(data, list):
        return [_free(item) for item in data]
    return _finite(data) if type(data) is Number else data


_BY_SHAPE: dict[type[Shape], Callable[[Any, Any], Any]] = {
    ClassShape: _class,
    Either: _either,
    ListOf: _list,
    TupleOf: _tuple,
    DictOf: _dict,
    SetOf: _set,
    Perhaps: _perhaps,
    Converted: _converted,
    Span: _span,
    Float: lambda shape, data: shape.from_plain(_float(data)),
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
    if not isinstance(data, str):
        return _finite(data) if type(data) in {int, Number} else data
    try:
        found = float(data)
    except ValueError as error:
        raise CodecError(f"{data!r} is no number") from error
    return found if "inf" in data.lower() else _finite(found, data)


def _as_int(data: Any) -> int:
    if type(data) is not int:
        raise CodecError(f"{json.dumps(data)} is no whole number of milliseconds")
    return data


def _finite(data: float, text: str = "") -> float:
    """A number as a float; CodecError for one that would be infinite, which nobody said."""
    try:
        found = float(data)
    except OverflowError:  # an int
        found = math.inf
    if math.isinf(found):
        written = text or (data.text if isinstance(data, Number) else shown(data))
        raise CodecError(f"{written[:80]} is too large for a float")
    return found
