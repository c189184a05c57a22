"""How values of typed containers and fields look in msgpack: one class per kind of type.

A shape checks while it converts, both ways: a value of another type is refused, never bent. Most can
also write lines that do their work at once for what is exactly as expected (text.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import check_free
from streamz_core.codecs.packing import (
    SCALARS,
    mismatch,
    pack,
    pack_checked,
    shown,
    unpack,
    unpack_column,
)
from streamz_core.codecs.text import DIFFERS, Functions, Text, Way, indented, refuse, tuple_of
from streamz_core.errors import CodecError

T = TypeVar("T")

NOTHING: frozenset[type] = frozenset()


class Shape(ABC):
    """`to_plain` gives what msgpack can pack, `from_plain` the value again; CodecError if it differs.

    `exact`: a value of one of these very types is its own plain form, to be checked by type alone.
    `immutable`: as in Codec.
    """

    name: str
    immutable: bool = True
    exact: frozenset[type] = NOTHING

    @abstractmethod
    def to_plain(self, value: Any, /) -> Any: ...

    @abstractmethod
    def from_plain(self, plain: Any, /) -> Any: ...

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        """Lines that put `way` of variable `name` into it, or what is packed as the same bytes.

        They may raise one of DIFFERS whatever it is.
        """
        return [f"{name} = {self.itself(text, way)}({name})"]

    def itself(self, text: Text, way: Way) -> str:
        """The name of the method, for lines to call it."""
        return text.constant(way, getattr(self, way))

    def body(self, text: Text, way: Way, give: str) -> list[str]:
        """As in Written."""
        return [*self.lines(text, way, "value"), give.format("value")]


class Scalar(Shape):
    """None, bool, int, str or bytes."""

    def __init__(self, kind: type) -> None:
        self.name = "None" if kind is type(None) else kind.__name__
        self.exact = frozenset({kind})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) not in self.exact:
            raise mismatch(self.name, value)
        return value

    from_plain = to_plain

    def lines(self, text: Text, _: Way, name: str) -> list[str]:
        return [refuse(text.is_none_of(self.exact, name))]


class Float(Shape):
    """A float; an int is taken as its float."""

    name = "float"
    exact = frozenset({float})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is int:
            try:
                return float(value)
            except OverflowError as error:
                raise CodecError(f"{shown(value)} is too large for a float") from error
        if type(value) is not float:
            raise mismatch(self.name, value)
        return value

    from_plain = to_plain

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"if type({name}) is not float: {name} = {self.itself(text, way)}({name})"]


class Free(Shape):
    """Whatever the self-describing codec takes."""

    name = "any"
    immutable = False

    def to_plain(self, value: Any, /) -> Any:
        check_free(value)
        return value

    from_plain = to_plain

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"if {text.is_none_of(SCALARS, name)}: {name} = {self.itself(text, way)}({name})"]


class Either(Shape):
    """One of several types, told apart by the type of their plain form: `T | None`, `int | str`."""

    def __init__(self, options: list[Shape]) -> None:
        self.options = options
        self.name = " | ".join(option.name for option in options)
        self.immutable = all(option.immutable for option in options)
        if all(option.exact for option in options):
            self.exact = frozenset().union(*(option.exact for option in options))

    def to_plain(self, value: Any, /) -> Any:
        return self._first(value, lambda option: option.to_plain(value))

    def from_plain(self, plain: Any, /) -> Any:
        return self._first(plain, lambda option: option.from_plain(plain))

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        if self.exact:
            differs = text.is_none_of(self.exact, name)
            return [f"if {differs}: {name} = {self.itself(text, way)}({name})"]
        scalars = [option.exact for option in self.options if type(option) is Scalar]
        others = [option for option in self.options if type(option) is not Scalar]
        # A Float would have to be asked before the rest: it takes ints too.
        if len(others) > 1 or not scalars:
            return super().lines(text, way, name)
        differs = text.is_none_of(frozenset().union(*scalars), name)
        return [f"if {differs}:", *indented(others[0].lines(text, way, name))]

    def _first(self, value: Any, convert: Callable[[Shape], Any]) -> Any:
        kind = type(value)
        for option in self.options:
            if kind in option.exact:
                return value
        errors = []
        for option in self.options:
            try:
                return convert(option)
            except CodecError as error:
                errors.append(error)
        # Of `T | None` the other half says nothing new: the error inside T is the one to read.
        if value is not None and len(errors) == 2 and type(None) in self.options[-1].exact:
            raise errors[0]
        raise mismatch(self.name, value)


class ListOf(Shape):
    """list[T] as an array."""

    immutable = False

    def __init__(self, item: Shape) -> None:
        self.item = item
        self.name = f"list[{item.name}]"

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not list:
            raise mismatch(self.name, value)
        return convert_items(value, self.item, self.item.to_plain)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list:
            raise mismatch(self.name, plain)
        return convert_items(plain, self.item, self.item.from_plain)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        wrong_type = refuse(f"type({name}) is not list")
        if not self.item.exact:
            return [wrong_type, f"{name} = {_each(self.item, text, way, name)}"]
        differs = text.has_others(self.item.exact, name)
        return [wrong_type, f"if {differs}: {name} = {self.itself(text, way)}({name})"]


class TupleOf(Shape):
    """tuple[T, ...] as an array, or tuple[A, B, C] as an array of that length."""

    def __init__(self, items: list[Shape], *, repeated: bool) -> None:
        self.items = items
        self.repeated = repeated
        inner = ", ".join(item.name for item in items) or "()"
        self.name = f"tuple[{inner}, ...]" if repeated else f"tuple[{inner}]"
        self.immutable = all(item.immutable for item in items)

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not tuple:
            raise mismatch(self.name, value)
        if self.repeated:
            return convert_items(list(value), self.items[0], self.items[0].to_plain)
        self._check_length(value)
        return [
            _at(i, s.to_plain, v) for i, (s, v) in enumerate(zip(self.items, value, strict=True))
        ]

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list:
            raise mismatch(self.name, plain)
        if self.repeated:
            return tuple(convert_items(plain, self.items[0], self.items[0].from_plain))
        self._check_length(plain)
        pairs = enumerate(zip(self.items, plain, strict=True))
        return tuple(_at(i, s.from_plain, v) for i, (s, v) in pairs)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        kind, made = ("tuple", "{}") if way == "to_plain" else ("list", "tuple({})")
        wrong_type = refuse(f"type({name}) is not {kind}")
        if not self.repeated:
            return [wrong_type, *self._parts(text, way, name)]
        (item,) = self.items
        if not item.exact:
            return [wrong_type, f"{name} = {made.format(_each(item, text, way, name))}"]
        differs, made = text.has_others(item.exact, name), made.format(name)
        return [wrong_type, f"{name} = {self.itself(text, way)}({name}) if {differs} else {made}"]

    def _parts(self, text: Text, way: Way, name: str) -> list[str]:
        names = [text.fresh("item") for _ in self.items]
        lines = [f"[{', '.join(names)}] = {name}"]
        for item, part in zip(self.items, names, strict=True):
            lines += item.lines(text, way, part)
        return [*lines, f"{name} = {tuple_of(names)}"]

    def _check_length(self, value: Any) -> None:
        if len(value) != len(self.items):
            raise CodecError(f"expected {self.name}, got {len(value)} items: {shown(value)}")


class DictOf(Shape):
    """dict[K, V] as a map if its keys are str or bytes, else as an array k1, v1, k2, v2, …"""

    immutable = False

    def __init__(self, key: Shape, value: Shape) -> None:
        self.key = key
        self.value = value
        self.name = f"dict[{key.name}, {value.name}]"
        self._as_map = bool(key.exact) and key.exact <= {str, bytes}

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not dict:
            raise mismatch(self.name, value)
        keys = convert_items(list(value), self.key, self.key.to_plain)
        values = convert_items(list(value.values()), self.value, self.value.to_plain)
        if self._as_map:
            return dict(zip(keys, values, strict=True))
        return [part for pair in zip(keys, values, strict=True) for part in pair]

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not (dict if self._as_map else list):
            raise mismatch(self.name, plain)
        if not self._as_map and len(plain) % 2:
            raise CodecError(f"expected {self.name}, got a key without a value")
        parts: Any = plain
        keys = list(parts) if self._as_map else parts[::2]
        values = list(parts.values()) if self._as_map else parts[1::2]
        keys = convert_items(keys, self.key, self.key.from_plain)
        values = convert_items(values, self.value, self.value.from_plain)
        return dict(zip(keys, values, strict=True))

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        if not self._as_map:
            return super().lines(text, way, name)
        if self.value.exact:
            differs = text.has_others(self.value.exact, f"{name}.values()")
            converted = f"if {differs}: {name} = {self.itself(text, way)}({name})"
        else:
            item = f"{text.function(way, self.value)}(item)"
            converted = f"{name} = {{key: {item} for key, item in {name}.items()}}"
        wrong_key = refuse(text.has_others(self.key.exact, name))
        return [refuse(f"type({name}) is not dict"), wrong_key, converted]


class Converted(Shape):
    """A type with one plain form: an enum by its value, a datetime as ISO text, and so on."""

    def __init__(
        self, kind: type, plain: Shape, down: Callable[[Any], Any], up: Callable[[Any], Any]
    ) -> None:
        self.kind = kind
        self.name = kind.__name__
        self._plain, self._down, self._up = plain, down, up
        self.immutable = True

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not self.kind:
            raise mismatch(self.name, value)
        return self._plain.to_plain(self._down(value))

    def from_plain(self, plain: Any, /) -> Any:
        try:
            return self._up(self._plain.from_plain(plain))
        except (ValueError, ArithmeticError) as error:
            raise CodecError(f"expected {self.name}, got {shown(plain)}") from error

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        inner = self._plain.lines(text, way, name)
        if way == "from_plain":
            return [*inner, f"{name} = {text.constant('up', self._up)}({name})"]
        return [
            refuse(f"type({name}) is not {text.constant(self.name, self.kind)}"),
            f"{name} = {text.constant('down', self._down)}({name})",
            *inner,
        ]


class PackedCodec(Codec[Any]):
    """A shape at the top: `head`, then msgpack of the plain form.

    Written functions do what is as expected; of anything else the shape says what it is. They are
    written when they are first needed.
    """

    head = b""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.name = shape.name
        self.immutable = shape.immutable
        self._functions: Functions | None = None

    def encode(self, value: Any) -> bytes:
        encode = (self._functions or self._write()).encode
        return encode(value)

    def decode(self, data: bytes) -> Any:
        decode = (self._functions or self._write()).decode
        return decode(data)

    def encode_all(self, values: Sequence[Any]) -> list[bytes | None]:
        functions, head = self._functions or self._write(), self.head
        with suppress(*DIFFERS):  # of one value, or of None: then one by one
            return [head + packed for packed in map(pack_checked, functions.to_plain(values))]
        encode = functions.encode
        return [None if value is None else encode(value) for value in values]

    def decode_all(self, column: Sequence[bytes | None]) -> list[Any]:
        functions = self._functions or self._write()
        with suppress(*DIFFERS):  # of one message, or of None: then one by one
            return functions.from_plain(unpack_column(column, self.head))
        decode = functions.decode
        return [None if data is None else decode(data) for data in column]

    def _write(self) -> Functions:
        text = Text()
        slowly = (_bounded(self._encode), _bounded(self._decode))
        self._functions = text.codec(self.name, self.head, partial(self._body, text), slowly)
        return self._functions

    def _body(self, text: Text, way: Way, give: str) -> list[str]:
        return self.shape.body(text, way, give)

    def _encode(self, value: Any) -> bytes:
        return pack(self.shape.to_plain(value))

    def _decode(self, data: bytes) -> Any:
        return self.shape.from_plain(unpack(data))


def _bounded(convert: Callable[[Any], T]) -> Callable[[Any], T]:
    """CodecError instead of RecursionError: who sent the bytes chose how deep they are."""

    def converted(value: Any) -> T:
        try:
            return convert(value)
        except RecursionError as error:
            raise CodecError(f"nested too deeply: {error}") from error

    return converted


def convert_items(items: list[Any], shape: Shape, convert: Callable[[Any], Any]) -> list[Any]:
    """Each item converted; the same list if none needs to be. Errors name the index."""
    if set(map(type, items)) <= shape.exact:
        return items
    return [_at(index, convert, item) for index, item in enumerate(items)]


def aware_text(moment: datetime) -> str:
    """ISO text of a datetime that knows its zone."""
    if moment.tzinfo is None:
        raise CodecError(f"{moment!r} has no time zone; only aware datetimes mean one moment")
    return moment.isoformat()


def _each(item: Shape, text: Text, way: Way, name: str) -> str:
    """The expression of the list of all items, converted."""
    return f"[{text.function(way, item)}(item) for item in {name}]"


def _at(index: int, convert: Callable[[Any], Any], item: Any) -> Any:
    try:
        return convert(item)
    except CodecError as error:
        raise CodecError(f"[{index}]: {error}") from error
