"""Fields that may have no value: the keys that a TypedDict does not require."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from streamz_core.codecs.packing import mismatch
from streamz_core.codecs.schemas import Described
from streamz_core.codecs.shapes.shape import Reading, Refer, Shape


class Absent:
    """What a field has that has no value."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = Absent()


class Perhaps(Shape):
    """A field that may have no value: an array of one item, or of none."""

    plains = frozenset({list})

    def __init__(self, shape: Shape) -> None:
        self.name = self.tag = f"NotRequired[{shape.name}]"
        self.types = shape.types
        self.shape = shape
        self.parts = (shape,)

    def to_plain(self, value: Any, /) -> Any:
        return [] if value is ABSENT else [self.shape.to_plain(value)]

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list or len(plain) > 1:
            raise mismatch(self.name, plain)
        return self.shape.from_plain(plain[0]) if plain else ABSENT

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        return () if value is ABSENT else (("", self.shape, value),)

    def described(self, refer: Refer) -> Described:
        return ("NotRequired", self.shape.described(refer))

    def reading(self, written: Described, reading: Reading) -> Shape:
        if written[0] == "NotRequired":
            return Perhaps(reading(written[1], self.shape))
        return reading(written, self.shape)
