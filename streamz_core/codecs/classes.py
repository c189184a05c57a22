"""Codecs of attrs classes: one version byte, then a msgpack array of the fields in their order.

Compatible without a word: a field added at the end with a default, and a removed last field.
Nested, a class is an array whose first item is the version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from streamz_core.codecs.instances import blank_of
from streamz_core.codecs.packing import mismatch, pack, shown, unpack
from streamz_core.codecs.shapes import PackedCodec, Shape
from streamz_core.codecs.text import Text, Way, indented, refuse, tuple_of
from streamz_core.errors import CodecError

VERSION: Final = 1


class ClassShape(Shape):
    """An attrs class. Its fields are looked at once, at the first use: a class may hold itself."""

    def __init__(self, cls: type, shapes: Callable[[], list[Shape]], *, immutable: bool) -> None:
        self.cls = cls
        self.name = cls.__name__
        self.immutable = immutable
        self.fields = tuple(a for a in attrs.fields(cls) if a.init)
        self._find_shapes = shapes
        self._shapes: list[Shape] | None = None

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the fields that the constructor takes, in the order of definition."""
        if self._shapes is None:
            self._shapes = self._find_shapes()
        return self._shapes

    def to_plain(self, value: Any) -> Any:
        return [VERSION, *self.to_row(value)]

    def from_plain(self, plain: Any) -> Any:
        if type(plain) is not list or not plain:
            raise mismatch(self.name, plain)
        check_version(self.name, plain[0])
        return self.from_row(plain[1:])

    def to_row(self, value: Any) -> list[Any]:
        """The plain forms of all fields; CodecError naming the first that is of a wrong type."""
        if type(value) is not self.cls:
            raise mismatch(self.name, value)
        return [
            self._of_field(field, shape.to_plain, getattr(value, field.name))
            for field, shape in zip(self.fields, self.shapes, strict=True)
        ]

    def from_row(self, row: Any) -> Any:
        """An instance, by the constructor; what the row lacks at its end takes its default."""
        if type(row) is not list:
            raise mismatch(f"{self.name} as an array", row)
        arguments = {
            field.alias: self._of_field(field, shape.from_plain, plain)
            for field, shape, plain in zip(self.fields, self.shapes, row, strict=False)
        }
        for field in self.fields[len(row) :]:
            if field.default is attrs.NOTHING:
                raise CodecError(f"{self.name}.{field.name} is not in the bytes and has no default")
        try:
            return self.cls(**arguments)
        except CodecError:
            raise
        except (TypeError, ValueError) as error:
            raise CodecError(f"{self.name}: refused by its constructor: {error}") from error

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"{name} = {text.function(way, self)}({name})"]

    def body(self, text: Text, way: Way, give: str) -> list[str]:
        return self.row_body(text, way, give, versioned=True)

    def row_body(self, text: Text, way: Way, give: str, *, versioned: bool = False) -> list[str]:
        """What `to_row` and `from_row` do; `versioned` to rows that begin with the version."""
        names = [text.fresh(field.name) for field in self.fields]
        if way == "to_plain":
            row = tuple_of([*[str(VERSION)] * versioned, *names])
            return [*self._read(text, names), give.format(row)]
        lines = self._opened(text, names, give, versioned=versioned)
        for name, shape in zip(names, self.shapes, strict=True):
            lines += shape.lines(text, way, name)
        return [*lines, *self._made(text, names, give)]

    def _read(self, text: Text, names: list[str]) -> list[str]:
        """Lines that put the plain forms of all fields into variables."""
        lines = [refuse(f"type(value) is not {text.constant(self.name, self.cls)}")]
        for name, field, shape in zip(names, self.fields, self.shapes, strict=True):
            lines += [f"{name} = value.{field.name}", *shape.lines(text, "to_plain", name)]
        return lines

    def _opened(self, text: Text, names: list[str], give: str, *, versioned: bool) -> list[str]:
        """Lines that put the items of a row into variables; what is too much, is left out."""
        checked = [refuse(f"type(version) is not int or version != {VERSION}")] * versioned
        items = [*["version"] * versioned, *names]
        short = []
        if self.fields and self.fields[-1].default is not attrs.NOTHING:
            made = give.format(f"{self._short(text, checked)}(value)")
            short = [f"if len(value) < {len(items)}: {made}"]
        return [
            refuse("type(value) is not list"),
            "try:",
            *indented([f"[{', '.join(items)}] = value"]),
            "except ValueError:",
            *indented([*short, f"[{', '.join(items)}] = value[:{len(items)}]"]),
            *checked,
        ]

    def _short(self, text: Text, checked: list[str]) -> str:
        """The name of a function that makes an instance of a row whose last fields are missing."""
        name = text.fresh(f"short_{self.name}")
        cls = text.constant(self.name, self.cls)
        aliases = text.constant("aliases", [field.alias for field in self.fields])
        reads = tuple_of([text.function("from_plain", shape) for shape in self.shapes])
        arguments = f"{{alias: read(item) for alias, read, item in zip({aliases}, {reads}, value)}}"
        opened = ["version, *value = value", *checked] if checked else []
        text.define(f"{name}(value)", [*opened, f"return {cls}(**{arguments})"])
        return name

    def _made(self, text: Text, names: list[str], give: str) -> list[str]:
        """Lines that make an instance of variables."""
        cls, blank = text.constant(self.name, self.cls), blank_of(self.cls)
        pairs = list(zip(self.fields, names, strict=True))
        if blank is None:
            arguments = ", ".join(f"{field.alias}={name}" for field, name in pairs)
            return [give.format(f"{cls}({arguments})")]
        filled = [f"made.{field.name} = {name}" for field, name in pairs]
        begun = f"made = {text.constant('blank', blank)}()"
        return [begun, *filled, f"made.__class__ = {cls}", give.format("made")]

    def _of_field(self, field: attrs.Attribute[Any], convert: Callable[[Any], Any], x: Any) -> Any:
        try:
            return convert(x)
        except CodecError as error:
            raise CodecError(f"{self.name}.{field.name}: {error}") from error


class ClassCodec(PackedCodec):
    """An attrs class by itself: the version, then msgpack of its fields."""

    head = bytes([VERSION])
    shape: ClassShape

    def __init__(self, shape: ClassShape) -> None:
        super().__init__(shape)
        self.name = f"attrs {shape.name} v{VERSION}"

    def _body(self, text: Text, way: Way, give: str) -> list[str]:
        return self.shape.row_body(text, way, give)

    def _encode(self, value: Any) -> bytes:
        return self.head + pack(self.shape.to_row(value))

    def _decode(self, data: bytes) -> Any:
        if data[:1] != self.head:
            check_version(self.shape.name, data[0] if data else None)
        return self.shape.from_row(unpack(data[1:]))


def check_version(name: str, found: object) -> None:
    """CodecError unless the bytes were written by a version that this program reads."""
    if found != VERSION or type(found) is not int:
        raise CodecError(f"{name}: written as version {shown(found)}; known is {VERSION}")
