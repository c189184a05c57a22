"""Values by their schemas alone: what anybody can see of them without the classes of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from streamz_core.codecs.classes.perhaps import ABSENT, Perhaps
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch, unpack, within
from streamz_core.codecs.schemas import (
    FORMAT,
    HEAD_BYTES,
    SCHEMAS,
    Described,
    Schema,
    Schemas,
    type_text,
)
from streamz_core.codecs.shapes.containers import DictOf, ListOf, TupleOf
from streamz_core.codecs.shapes.scalars import VALUES, Free
from streamz_core.codecs.shapes.shape import Refer, Shape
from streamz_core.codecs.shapes.unions import read_either
from streamz_core.errors import CodecError


class Plainly:
    """Shapes that read described types as plainly as can be: classes as dicts, enums as values."""

    def __init__(self, schemas: Schemas, leaves: Mapping[Any, Shape] = VALUES) -> None:
        """`leaves`: the shapes of the types that hold no others."""
        self._schemas = schemas
        self._leaves = {shape.name: shape for shape in leaves.values()}
        self._made: dict[bytes, _ByName] = {}
        self._roots: dict[bytes, Shape] = {}

    def decode(self, data: bytes) -> Any:
        """A value by the schema that it names; CodecError if it names none, or one not known here."""
        if data[:1] != bytes([FORMAT]) or len(data) <= HEAD_BYTES:
            raise mismatch("a value that names its schema", data)
        fingerprint = data[1:HEAD_BYTES]
        if fingerprint not in self._roots:
            self._roots[fingerprint] = self.shape(self.schema(fingerprint).reference)
        return self._roots[fingerprint].from_plain(unpack(data[HEAD_BYTES:]))

    def schema(self, fingerprint: bytes) -> Schema:
        """The schema of this fingerprint; UnknownSchema if nobody told it."""
        return self._schemas.get(fingerprint)

    def shape(self, written: Described) -> Shape:
        """The shape that reads this type."""
        if isinstance(written, str):
            return self._of_name(written)
        kind, *parts = written
        if kind == "class":
            return self._class(written[2])
        if kind in {"enum", "flag"}:
            return Free()
        make = _KINDS.get(kind)
        if make is None:
            raise CodecError(f"values of {type_text(written)} cannot be read without the program")
        return make(written, [self.shape(part) for part in parts if part != "..."])

    def _of_name(self, name: str) -> Shape:
        found = self._leaves.get(name)
        if found is None:
            raise CodecError(f"values of type {name} are written by a newer version")
        return found

    def _class(self, fingerprint: bytes) -> Shape:
        if fingerprint not in self._made:
            schema = self.schema(fingerprint)
            made = self._made[fingerprint] = _ByName(schema.name)
            made.fields = {name: self.shape(tp) for name, tp in schema.fields}
        return self._made[fingerprint]


class _ByName(Shape):
    """Instances of a class as dicts."""

    plains = frozenset({list})
    fixed = False

    def __init__(self, name: str) -> None:
        self.name = self.tag = name
        self.fields: Mapping[str, Shape] = {}

    def to_plain(self, value: Any, /) -> Any:
        raise mismatch(f"{self.name} to be read only", value)

    def described(self, refer: Refer) -> Described:
        return refer(self)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list or len(plain) != len(self.fields):
            raise mismatch(f"{self.name} as an array of {len(self.fields)}", plain)
        found = {}
        for (name, shape), item in zip(self.fields.items(), plain, strict=True):
            try:
                found[name] = shape.from_plain(item)
            except CodecError as error:
                raise within(f".{name}", error) from error
        return {name: value for name, value in found.items() if value is not ABSENT}


class _Pairs(DictOf):
    """A dict; pairs where its keys are classes, which are dicts here and cannot be keys."""

    def from_plain(self, plain: Any, /) -> Any:
        try:
            return super().from_plain(plain)
        except TypeError:
            keys = map(self.key.from_plain, plain[::2])
            return list(zip(keys, map(self.value.from_plain, plain[1::2]), strict=True))


_KINDS: Final[dict[str, Callable[[Described, list[Shape]], Shape]]] = {
    "list": lambda _, items: ListOf(*items),
    "set": lambda _, items: ListOf(*items),  # of classes, which are dicts here and not for a set
    "frozenset": lambda _, items: ListOf(*items),
    "dict": lambda _, items: _Pairs(*items),
    "tuple": lambda tp, items: TupleOf(items, repeated=tp[-1] == "..."),
    "union": read_either,
    "tagged": read_either,
    "NotRequired": lambda _, items: Perhaps(*items),
}

PLAINLY: Final = Plainly(SCHEMAS)


def decode_described(data: bytes) -> Any:
    """A value of classes, by name: instances are dicts, enums their values. Needs no classes.

    CodecError if `data` names no schema; UnknownSchema if it names one that is not known here.
    """
    return PLAINLY.decode(data)


class DescribedCodec(Codec[Any]):
    """For whoever has no types: values that name their schema, by name; others as their bytes."""

    name = "described"
    typed = False

    def encode(self, value: Any) -> bytes:
        if type(value) is not bytes:
            raise mismatch("bytes, since nobody said a type", value)
        return value

    def decode(self, data: bytes) -> Any:
        if data[:1] != _HEAD:
            return data
        try:
            return PLAINLY.decode(data)
        except CodecError:
            return data  # of another format, that begins so by chance

    def check(self, written: Schema) -> None:
        """It reads everything."""


_HEAD: Final = bytes([FORMAT])
DESCRIBED: Final = DescribedCodec()
