"""From a type annotation to its codec."""

from __future__ import annotations

import types
import typing
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
from streamz_core.codecs.free import FREE_VALUE
from streamz_core.codecs.instances import is_frozen
from streamz_core.codecs.packing import SCALARS
from streamz_core.codecs.plain import BOOL, BYTES, FLOAT, INT, NULL, STR
from streamz_core.codecs.shapes import (
    Converted,
    DictOf,
    Either,
    Float,
    Free,
    ListOf,
    PackedCodec,
    Scalar,
    Shape,
    TupleOf,
    aware_text,
)
from streamz_core.errors import Misuse
from streamz_core.record import Windowed

_PLAIN: dict[Any, Codec[Any]] = {
    bytes: BYTES,
    str: STR,
    int: INT,
    float: FLOAT,
    bool: BOOL,
    None: NULL,
    type(None): NULL,
    Any: FREE_VALUE,
    object: FREE_VALUE,
}
_TEXT = Scalar(str)
_CONVERTED: dict[Any, Shape] = {
    datetime: Converted(datetime, _TEXT, aware_text, datetime.fromisoformat),
    date: Converted(date, _TEXT, date.isoformat, date.fromisoformat),
    Decimal: Converted(Decimal, _TEXT, str, Decimal),
    UUID: Converted(UUID, Scalar(bytes), lambda value: value.bytes, lambda data: UUID(bytes=data)),
}


@cache
def codec_for(tp: Any) -> Codec[Any]:
    """The codec of a type annotation; the same object for the same type. Misuse if there is none.

    `X | None` is the codec of X: null stays null. Any and object are self-describing.
    """
    tp = _without_none(_bare(tp))
    if tp in _PLAIN:
        return _PLAIN[tp]
    if typing.get_origin(tp) is Windowed or tp is Windowed:
        raise Misuse('a windowed key needs the size of its window: `windowed(str, "1m")`')
    shape = _shape(tp)
    return ClassCodec(shape) if isinstance(shape, ClassShape) else PackedCodec(shape)


def _shape(tp: Any) -> Shape:
    tp = _bare(tp)
    if tp is None or tp is type(None):
        return Scalar(type(None))
    if tp is float:
        return Float()
    if tp in SCALARS:
        return Scalar(tp)
    if tp is Any or tp is object:
        return Free()
    if tp in _CONVERTED:
        return _CONVERTED[tp]
    origin = typing.get_origin(tp) or tp
    if origin in _GENERIC:
        return _GENERIC[origin]((Any, ...) if tp is tuple else typing.get_args(tp))
    if isinstance(origin, type):
        # Not attrs.has: it is true of undecorated subclasses too, which hold more than fields.
        if origin is tp and "__attrs_attrs__" in vars(tp):
            return _class_shape(tp)
        if issubclass(origin, Enum):
            plain = _either(sorted({type(member.value) for member in origin}, key=repr))
            return Converted(origin, plain, lambda member: member.value, origin)
    raise Misuse(
        f"no codec for {_shown(tp)}: known are None, bool, int, float, str, bytes, list, dict, "
        "tuple, attrs classes, enums, datetime, date, Decimal, UUID, and unions of them; "
        "give a Codec of your own as `key=` or `value=`"
    )


def _list_shape(args: tuple[Any, ...]) -> Shape:
    return ListOf(_shape(args[0]) if args else Free())


def _tuple_shape(args: tuple[Any, ...]) -> Shape:
    if len(args) == 2 and args[1] is ...:
        return TupleOf([_shape(args[0])], repeated=True)
    return TupleOf([_shape(arg) for arg in args], repeated=False)


def _dict_shape(args: tuple[Any, ...]) -> Shape:
    return DictOf(_shape(args[0]), _shape(args[1])) if args else DictOf(Scalar(str), Free())


def _either(options: typing.Iterable[Any]) -> Shape:
    shapes = [_shape(option) for option in options]
    shapes.sort(key=lambda shape: type(None) in shape.exact)
    complex_ones = [shape.name for shape in shapes if not shape.exact]
    if len(complex_ones) > 1:
        raise Misuse(
            f"no codec for the union of {' and '.join(complex_ones)}: "
            "their bytes cannot be told apart; put them into an attrs class, one field for each"
        )
    return shapes[0] if len(shapes) == 1 else Either(shapes)


_GENERIC: dict[Any, Callable[[tuple[Any, ...]], Shape]] = {
    list: _list_shape,
    tuple: _tuple_shape,
    dict: _dict_shape,
    typing.Union: _either,
    types.UnionType: _either,
    typing.Literal: lambda args: _either({type(arg) for arg in args}),
}


# Every class once: a class may hold itself, and finds its own shape here while it is being looked at.
_CLASSES: dict[type, ClassShape] = {}


def _class_shape(cls: type) -> ClassShape:
    if cls not in _CLASSES:
        shape = ClassShape(cls, lambda: _field_shapes(cls), immutable=_is_immutable(cls))
        _CLASSES[cls] = shape
        try:
            assert shape.shapes is not None, "looked at now, so that a wrong field is told at once"
        except Misuse:
            del _CLASSES[cls]
            raise
    return _CLASSES[cls]


def _field_shapes(cls: type) -> list[Shape]:
    hints = _hints(cls)
    shapes = []
    for field in attrs.fields(cls):
        if field.init:
            try:
                shapes.append(_shape(hints.get(field.name, Any)))
            except Misuse as error:
                raise Misuse(f"{cls.__name__}.{field.name}: {error}") from error
    return shapes


def _hints(cls: type) -> dict[str, Any]:
    # A field made by attr.ib(type=…) or make_class has its type at the attribute only.
    hints = {field.name: field.type for field in attrs.fields(cls) if field.type is not None}
    try:
        found = typing.get_type_hints(cls, localns={cls.__name__: cls})
    except NameError as error:
        raise Misuse(
            f"{cls.__name__}: {error}; name the types of its fields at the top level of "
            f"{cls.__module__}, outside of TYPE_CHECKING"
        ) from error
    return {**hints, **found}


def _is_immutable(cls: type, seen: tuple[type, ...] = ()) -> bool:
    """Frozen, and so is everything inside. A class that holds itself is what its others are."""
    if not is_frozen(cls):
        return False
    hints = _hints(cls)
    inner = [hints.get(field.name, Any) for field in attrs.fields(cls)]
    try:
        return all(_is_fixed(tp, (*seen, cls)) for tp in inner)
    except Misuse:
        return False  # a field without a codec: told by name when the fields are looked at


def _is_fixed(tp: Any, seen: tuple[type, ...]) -> bool:
    tp = _bare(tp)
    if tp in seen:
        return True
    if isinstance(tp, type) and attrs.has(tp):
        return _is_immutable(tp, seen)
    args = [arg for arg in typing.get_args(tp) if arg is not ...]
    if typing.get_origin(tp) in {tuple, typing.Union, types.UnionType}:
        return all(_is_fixed(arg, seen) for arg in args)
    return tp is None or _shape(tp).immutable


def _bare(tp: Any) -> Any:
    """The type behind NewType, Annotated and `type X = …`."""
    while True:
        if isinstance(tp, typing.NewType):
            tp = tp.__supertype__
        elif typing.get_origin(tp) is typing.Annotated:
            tp = typing.get_args(tp)[0]
        elif hasattr(tp, "__value__") and type(tp).__name__ == "TypeAliasType":
            tp = tp.__value__
        else:
            return tp


def _without_none(tp: Any) -> Any:
    if typing.get_origin(tp) not in {typing.Union, types.UnionType}:
        return tp
    rest = tuple(arg for arg in typing.get_args(tp) if arg is not type(None))
    return typing.Union[rest]  # noqa: UP007 - built from a tuple


def _shown(tp: Any) -> str:
    return tp.__qualname__ if isinstance(tp, type) else repr(tp)
