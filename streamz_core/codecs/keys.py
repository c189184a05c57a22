"""Codecs of keys: one encoding for equal values, and no word of schemas in the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from streamz_core.codecs.free import canonical
from streamz_core.codecs.plain import FloatCodec
from streamz_core.codecs.schemas import SCHEMAS, Described, Schema, Schemas, type_text
from streamz_core.codecs.shapes.shape import Shape
from streamz_core.errors import CodecError, Misuse


class FloatKeyCodec(FloatCodec):
    """A float as a key: 0.0 and -0.0 are one, and so are all NaN."""

    def encode(self, value: float) -> bytes:
        return super().encode(canonical(value) if type(value) is float else value)


FLOAT_KEY = FloatKeyCodec()


def check_key(written: Schema, now: Schema, schemas: Schemas = SCHEMAS) -> None:
    """CodecError unless keys that were written so are, byte for byte, keys as they are written now."""
    if written != now and not _Same(schemas)(written.reference, now.reference):
        raise CodecError(
            f"keys written as {_text(written)}, now {_text(now)}: equal keys would differ in bytes "
            "and lie in other partitions"
        )


class _Same:
    """Whether two described types write equal keys alike."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._assumed: set[tuple[bytes, bytes]] = set()

    def __call__(self, one: Described, other: Described) -> bool:
        if one == other:
            return True
        if isinstance(one, str) or isinstance(other, str) or one[0] != other[0]:
            return False
        if one[0] in {"enum", "flag"}:
            return one[1] == other[1] and _agree(dict(one[2]), dict(other[2]))
        if one[0] == "class":
            return self._fields(one[2], other[2])
        return len(one) == len(other) and all(map(self, one[1:], other[1:]))

    def _fields(self, one: bytes, other: bytes) -> bool:
        """Of classes: the same names in the same order, of types that are the same in this sense."""
        if (one, other) in self._assumed:
            return True
        self._assumed.add((one, other))  # a class may hold itself
        ours, theirs = self._schemas.find(one), self._schemas.find(other)
        if ours is None or theirs is None or len(ours.fields) != len(theirs.fields):
            return False
        pairs = zip(ours.fields, theirs.fields, strict=True)
        return all(mine[0] == its[0] and self(mine[1], its[1]) for mine, its in pairs)


def _agree(then: dict[str, bytes], now: dict[str, bytes]) -> bool:
    """Members may come and go, but none takes the value of another."""
    names = {value: name for name, value in then.items()}
    return all(then.get(name, value) == value for name, value in now.items()) and all(
        names.get(value, name) == name for name, value in now.items()
    )


def _text(schema: Schema) -> str:
    return schema.layout if schema.is_class else type_text(schema.described)


_KINS: tuple[tuple[type, ...], ...] = ((int, float, Decimal), (str,), (bytes,), (tuple,))
"""Values of different types below these may be equal: 1 == True == 1.0, a NamedTuple is a tuple, and
a member of an enum of strings the string."""


def check_union(options: Sequence[Shape]) -> None:
    """Misuse if values of two of these types may be equal: as keys they would be two."""
    for at, option in enumerate(options):
        for other in options[:at]:
            if other.tag != option.tag and _are_kin(other, option):
                raise Misuse(
                    f"{other.name} | {option.name} cannot be a key: values of the two may be equal, but "
                    "differ in bytes, and would lie in different partitions; take one of the two (a float "
                    "takes ints, too), or a class with a field that says which it is"
                )


def _are_kin(one: Shape, other: Shape) -> bool:
    return not _kins(one).isdisjoint(_kins(other))


def _kins(shape: Shape) -> set[tuple[type, ...]]:
    return {kin for kin in _KINS for tp in shape.types if issubclass(tp, kin)}


def refusal(tp: Any) -> str:
    """Why a type is no key, and what is one instead."""
    return (
        f"{tp} cannot be a key: equal ones may differ in bytes, and would lie in different partitions"
        "; take a tuple (of sorted items), or a class with a field for each part"
    )
