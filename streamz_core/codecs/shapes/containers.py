"""Lists, tuples, dicts and sets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from streamz_core.codecs.packing import mismatch, pack, shown, within
from streamz_core.codecs.schemas import Described
from streamz_core.codecs.shapes.shape import Reading, Refer, Shape, at, convert_items
from streamz_core.codecs.text import Text, Way, refuse, tuple_of
from streamz_core.errors import CodecError


class ListOf(Shape):
    """list[T] as an array."""

    tag = "list"
    types = plains = frozenset({list})
    fixed = False

    def __init__(self, item: Shape) -> None:
        self.item = item
        self.parts = (item,)
        self.name = f"list[{item.name}]"

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not list:
            raise mismatch(self.name, value)
        return convert_items(value, self.item, self.item.to_plain)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list:
            raise mismatch(self.name, plain)
        return convert_items(plain, self.item, self.item.from_plain)

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        return ((f"[{i}]", self.item, item) for i, item in enumerate(value))

    def described(self, refer: Refer) -> Described:
        return ("list", self.item.described(refer))

    def reading(self, written: Described, reading: Reading) -> Shape:
        if written[0] != "list":
            raise self.unlike(written)
        return ListOf(reading(written[1], self.item))

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        wrong_type = refuse(f"type({name}) is not list")
        if not self.item.exact:
            return [wrong_type, f"{name} = {_each(self.item, text, way, name)}"]
        differs = text.has_others(self.item.exact, name)
        return [wrong_type, f"if {differs}: {name} = {self.itself(text, way)}({name})"]


class TupleOf(Shape):
    """tuple[T, ...] as an array, or tuple[A, B, C] as an array of that length."""

    tag = "tuple"
    types = frozenset({tuple})
    plains = frozenset({list})

    def __init__(self, items: list[Shape], *, repeated: bool) -> None:
        self.items = items
        self.parts = tuple(items)
        self.repeated = repeated
        inner = ", ".join(item.name for item in items) or "()"
        self.name = f"tuple[{inner}, ...]" if repeated else f"tuple[{inner}]"

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not tuple:
            raise mismatch(self.name, value)
        if self.repeated:
            return convert_items(list(value), self.items[0], self.items[0].to_plain)
        self._check_length(value)
        return [
            at(i, s.to_plain, v) for i, (s, v) in enumerate(zip(self.items, value, strict=True))
        ]

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list:
            raise mismatch(self.name, plain)
        if self.repeated:
            return tuple(convert_items(plain, self.items[0], self.items[0].from_plain))
        self._check_length(plain)
        pairs = enumerate(zip(self.items, plain, strict=True))
        return tuple(at(i, s.from_plain, v) for i, (s, v) in pairs)

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        shapes = repeat(self.items[0]) if self.repeated else self.items
        return ((f"[{i}]", shape, item) for i, (shape, item) in enumerate(zip(shapes, value)))  # noqa: B905

    def described(self, refer: Refer) -> Described:
        return ("tuple", *(item.described(refer) for item in self.items), *["..."] * self.repeated)

    def reading(self, written: Described, reading: Reading) -> Shape:
        kind, *items = written
        repeated = items[-1:] == ["..."]
        items = items[: len(items) - repeated]
        if kind != "tuple" or repeated != self.repeated or len(items) != len(self.items):
            raise self.unlike(written)
        pairs = zip(items, self.items, strict=True)
        return TupleOf([reading(*pair) for pair in pairs], repeated=repeated)

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

    tag = "dict"
    types = frozenset({dict})
    fixed = False

    def __init__(self, key: Shape, value: Shape) -> None:
        self.key = key
        self.value = value
        self.parts = (key, value)
        self.name = f"dict[{key.name}, {value.name}]"
        self._as_map = bool(key.exact) and key.exact <= {str, bytes}
        self.plains = frozenset({dict if self._as_map else list})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not dict:
            raise mismatch(self.name, value)
        keys = convert_items(list(value), self.key, self.key.to_plain)
        values = _convert_values(value, value.values(), self.value, "to_plain")
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
        values = _convert_values(keys, values, self.value, "from_plain")
        return dict(zip(keys, values, strict=True))

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        yield from (("", self.key, key) for key in value)
        yield from ((f"[{shown(key)}]", self.value, item) for key, item in value.items())

    def described(self, refer: Refer) -> Described:
        return ("dict", self.key.described(refer), self.value.described(refer))

    def reading(self, written: Described, reading: Reading) -> Shape:
        if written[0] != "dict":
            raise self.unlike(written)
        key, value = reading(written[1], self.key), reading(written[2], self.value)
        return DictOf(key, value)

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


class SetOf(Shape):
    """set[T] and frozenset[T] as an array, in the order of the packed items."""

    plains = frozenset({list})

    def __init__(self, kind: type, item: Shape) -> None:
        self.kind = kind
        self.item = item
        self.parts = (item,)
        self.tag = kind.__name__
        self.name = f"{kind.__name__}[{item.name}]"
        self.types = frozenset({kind})
        self.fixed = kind is frozenset

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not self.kind:
            raise mismatch(self.name, value)
        items: Any = value
        return sorted(map(self._of_item, items), key=pack)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list:
            raise mismatch(self.name, plain)
        try:
            return self.kind(convert_items(plain, self.item, self.item.from_plain))
        except TypeError as error:
            raise CodecError(f"no item of a {self.name}: {error}") from error

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        return ((f"{{{shown(item)}}}", self.item, item) for item in value)

    def described(self, refer: Refer) -> Described:
        return (self.tag, self.item.described(refer))

    def reading(self, written: Described, reading: Reading) -> Shape:
        if written[0] != self.tag:
            raise self.unlike(written)
        return SetOf(self.kind, reading(written[1], self.item))

    def _of_item(self, item: Any) -> Any:
        try:
            return self.item.to_plain(item)
        except CodecError as error:
            raise within(f"{{{shown(item)}}}", error) from error


def _convert_values(
    keys: Iterable[Any], values: Iterable[Any], shape: Shape, way: Way
) -> list[Any]:
    """As convert_items, for the values of a dict; errors name the key."""
    convert, values = getattr(shape, way), list(values)
    if set(map(type, values)) <= shape.exact:
        return values
    return [at(key, convert, value) for key, value in zip(keys, values, strict=True)]


def _each(item: Shape, text: Text, way: Way, name: str) -> str:
    """The expression of the list of all items, converted."""
    return f"[{text.function(way, item)}(item) for item in {name}]"
