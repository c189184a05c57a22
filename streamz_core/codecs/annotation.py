"""From a type annotation to its codec, as a value and as a key."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any

from streamz_core.codecs.classes.families import Family, Member, family_of
from streamz_core.codecs.classes.hints import bare, without_none
from streamz_core.codecs.classes.instances import has_own_equality
from streamz_core.codecs.classes.shape import ClassShape
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import FREE_KEY, FREE_VALUE
from streamz_core.codecs.keys import FLOAT_KEY, check_union, refusal
from streamz_core.codecs.packed import PackedCodec
from streamz_core.codecs.plain import BOOL, BYTES, FLOAT, INT, NULL, STR
from streamz_core.codecs.shapes import scalars
from streamz_core.codecs.shapes.containers import DictOf, ListOf, SetOf, TupleOf
from streamz_core.codecs.shapes.enums import EnumOf
from streamz_core.codecs.shapes.shape import Shape
from streamz_core.codecs.shapes.unions import either
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
_PLAIN_KEYS = {**_PLAIN, float: FLOAT_KEY, Any: FREE_KEY, object: FREE_KEY}


@cache
def codec_for(tp: Any) -> Codec[Any]:
    """The codec of a type annotation; the same object for the same type. Misuse if there is none.

    `X | None` is the codec of X: null stays null. Any and object are self-describing.
    """
    return _codec(tp, _PLAIN, _VALUES)


@cache
def key_codec_for(tp: Any) -> Codec[Any]:
    """The same for keys: equal values of the type have one encoding. Misuse if they cannot have."""
    return _codec(tp, _PLAIN_KEYS, _KEYS)


def _codec(tp: Any, plain: Mapping[Any, Codec[Any]], shapes: Shapes) -> Codec[Any]:
    tp = without_none(bare(tp))
    if tp in plain:
        return plain[tp]
    if typing.get_origin(tp) is Windowed or tp is Windowed:
        raise Misuse('a windowed key needs the size of its window: `windowed(str, "1m")`')
    try:
        return PackedCodec(shapes.of(tp), is_key=shapes.is_key)
    except RecursionError as error:
        raise Misuse(f"no codec for {_shown(tp)}: its types nest without end") from error


class Shapes:
    """The shapes of types in msgpack. Every class once: it may hold itself, and finds itself while looked at."""

    def __init__(self, leaves: Mapping[Any, Shape], *, is_key: bool) -> None:
        self.is_key = is_key
        self._leaves = leaves
        self._classes: dict[Any, ClassShape] = {}

    def of(self, tp: Any) -> Shape:
        """The shape of a type; Misuse, naming the place, if there is none."""
        tp = bare(tp)
        if tp in self._leaves:
            return self._leaves[tp]
        origin = typing.get_origin(tp) or tp
        if self.is_key and origin in {dict, set, frozenset}:
            raise Misuse(refusal(_shown(tp)))
        if origin in _GENERIC:
            return _GENERIC[origin](self, (Any, ...) if tp is tuple else typing.get_args(tp))
        if isinstance(origin, type):
            family = family_of(origin)
            if family is not None:
                return self._class(tp, family)
            if issubclass(origin, Enum):
                self._check_equality(origin)
                kinds = sorted({type(member.value) for member in origin}, key=repr)
                return EnumOf(origin, self.either(map(self.of, kinds)))
        if isinstance(tp, Codec):
            raise Misuse(
                f"the codec {tp!r} stands in a type, and codecs stand for a whole key or value: say key= or value= "
                "with the codec alone (null is null without a word), or name the class there"
            )
        raise Misuse(
            f"no codec for {_shown(tp)}: known are None, bool, int, float, str, bytes, list, tuple, "
            "dict, set, frozenset, attrs classes, dataclasses, NamedTuples, TypedDicts, enums, "
            "datetime, date, timedelta, Decimal, UUID, and unions of them; "
            "give a Codec of your own as `key=` or `value=`"
        )

    def either(self, options: Iterable[Shape]) -> Shape:
        """The shape of a union."""
        return either(options)

    def dict(self, key: Shape, value: Shape) -> Shape:
        """The shape of a dict."""
        return DictOf(key, value)

    def row(self, name: str, family: Family, members: Sequence[Member]) -> ClassShape:
        """The shape of a class, whose fields are not looked at yet."""
        return ClassShape(name, family, members)

    def _class(self, tp: Any, family: Family) -> Shape:
        if tp in self._classes:
            return self._classes[tp]
        name = family.cls.__name__
        if self.is_key and not family.hashable:
            raise Misuse(refusal(name))
        self._check_equality(family.cls)
        shape, known = self.row(name, family, family.members(tp)), len(self._classes)
        self._classes[tp] = shape
        try:
            shape.find(lambda member: self._field(name, member))
        except BaseException:
            for each in list(self._classes)[known:]:  # those inside may refer to this one
                del self._classes[each]
            raise
        return shape

    def _check_equality(self, cls: type) -> None:
        if self.is_key and has_own_equality(cls):
            raise Misuse(
                f"{cls.__name__} cannot be a key: its __eq__ is one of its own, so that equal ones may differ in bytes, "
                "and would lie in different partitions; let attrs or dataclasses write it, of all fields, or take "
                "as the key what it compares (a lower-case text, a rounded number)"
            )

    def _field(self, name: str, member: Member) -> Shape:
        if self.is_key and not member.compared:
            raise Misuse(
                f"{name} cannot be a key: {member.name} takes no part in its equality, "
                "so that equal ones would differ in bytes"
            )
        try:
            return self.of(member.tp)
        except Misuse as error:
            raise Misuse(f"{name}.{member.name}: {error}") from error


def _list(shapes: Shapes, args: tuple[Any, ...]) -> Shape:
    return ListOf(shapes.of(args[0] if args else Any))


def _tuple(shapes: Shapes, args: tuple[Any, ...]) -> Shape:
    if len(args) == 2 and args[1] is ...:
        return TupleOf([shapes.of(args[0])], repeated=True)
    return TupleOf([shapes.of(arg) for arg in args], repeated=False)


def _dict(shapes: Shapes, args: tuple[Any, ...]) -> Shape:
    key, value = args or (str, Any)
    return shapes.dict(shapes.of(key), shapes.of(value))


def _set(shapes: Shapes, args: tuple[Any, ...]) -> Shape:
    return SetOf(set, shapes.of(args[0] if args else Any))


def _frozenset(shapes: Shapes, args: tuple[Any, ...]) -> Shape:
    return SetOf(frozenset, shapes.of(args[0] if args else Any))


def _union(shapes: Shapes, args: Iterable[Any]) -> Shape:
    options = [shapes.of(arg) for arg in args]
    if shapes.is_key:
        check_union(options)
    return shapes.either(options)


def _literal(shapes: Shapes, args: tuple[Any, ...]) -> Shape:
    return _union(shapes, {type(arg) for arg in args})


_GENERIC: dict[Any, Callable[[Shapes, tuple[Any, ...]], Shape]] = {
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
    typing.Union: _union,
    types.UnionType: _union,
    typing.Literal: _literal,
}
_VALUES = Shapes(scalars.VALUES, is_key=False)
_KEYS = Shapes(scalars.KEYS, is_key=True)


def _shown(tp: Any) -> str:
    return tp.__qualname__ if isinstance(tp, type) and not typing.get_args(tp) else repr(tp)
