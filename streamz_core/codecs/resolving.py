"""How values are read that were written with another schema: by name, where they mean the same."""

from __future__ import annotations

from streamz_core.codecs.classes.groups import refer
from streamz_core.codecs.described import Plainly
from streamz_core.codecs.schemas import Described, Schema, Schemas
from streamz_core.codecs.shapes.shape import Shape
from streamz_core.codecs.shapes.unions import read_either


class Resolving:
    """Gives, for one reader, the shapes that read what was written as other types (shape.Reading)."""

    def __init__(self, schemas: Schemas) -> None:
        self.made: dict[tuple[bytes, Shape], Shape] = {}
        self._plainly = Plainly(schemas)

    def __call__(self, written: Described, shape: Shape, /) -> Shape:
        """The shape that gives values of `shape` of what was written as described; Unlike if none."""
        if written == shape.described(refer):
            return shape
        if written[0] in {"union", "tagged"}:
            return read_either(written, [self(option, shape) for option in written[1:]])
        return shape.reading(written, self)

    def schema(self, fingerprint: bytes, /) -> Schema:
        """The schema of a class that was written; UnknownSchema if nobody told it."""
        return self._plainly.schema(fingerprint)

    def alone(self, written: Described, /) -> Shape:
        """The shape that reads it as plainly as can be: classes as dicts by name."""
        return self._plainly.shape(written)
