"""How values of typed containers and fields look in msgpack: one class per kind of type.

A shape checks while it converts, both ways: a value of another type is refused, never bent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import check_free
from streamz_core.codecs.packing import mismatch, pack, shown, unpack
from streamz_core.errors import CodecError

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


class Free(Shape):
    """Whatever the self-describing codec takes."""

    name = "any"
    immutable = False

    def to_plain(self, value: Any, /) -> Any:
        check_free(value)
        return value

    from_plain = to_plain


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


class PackedCodec(Codec[Any]):
    """A shape at the top: msgpack of its plain form."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.name = shape.name
        self.immutable = shape.immutable

    def encode(self, value: Any) -> bytes:
        return pack(self.shape.to_plain(value))

    def decode(self, data: bytes) -> Any:
        return self.shape.from_plain(unpack(data))


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


def _at(index: int, convert: Callable[[Any], Any], item: Any) -> Any:
    try:
        return convert(item)
    except CodecError as error:
        raise CodecError(f"[{index}]: {error}") from error
