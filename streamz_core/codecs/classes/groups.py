"""Schemas of classes: those that hold each other are described together, whichever is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from streamz_core.codecs.packing import pack
from streamz_core.codecs.schemas import Described, Schema, schema_of
from streamz_core.codecs.shapes.shape import Shape, inside

if TYPE_CHECKING:
    from streamz_core.codecs.classes.shape import ClassShape


def schemas_of(shape: ClassShape) -> dict[ClassShape, Schema]:
    """The schemas of a class and of all that it holds and that hold it."""
    group = [each for each in _held(shape) if shape in _held(each)] or [shape]
    marks: dict[ClassShape, bytes] = dict.fromkeys(group, b"")
    # A mark tells what can be seen of a class from within the group, each round a step further; it
    # does not depend on where one begins.
    for _ in group:
        marks = {each: _mark(each, marks) for each in group}
    by_mark = {marks[each]: each for each in group}
    order = sorted(by_mark)
    places = {each: order.index(mark) for each, mark in marks.items()}
    members = tuple(
        (by_mark[mark].name, by_mark[mark].described_fields(_referring(places))) for mark in order
    )
    return {each: schema_of(("classes", members, place)) for each, place in places.items()}


def _mark(shape: ClassShape, marks: dict[ClassShape, bytes]) -> bytes:
    seen = (shape.name, shape.described_fields(_referring(marks)))
    return blake2b(pack(seen), digest_size=16).digest()


def _referring(inner: Mapping[ClassShape, Any]) -> Any:
    def refer(shape: ClassShape) -> Described:
        known = inner.get(shape)
        return ("class", shape.name, shape.schema.fingerprint if known is None else known)

    return refer


def refer(shape: Any) -> Described:
    """The reference to a class by its fingerprint."""
    return shape.schema.reference


def classes_in(shape: Shape) -> Iterator[ClassShape]:
    """The classes that are inside of a shape, each once; itself if it is one."""
    found: Iterator[Any] = inside(shape)
    return (each for each in found if hasattr(each, "described_fields"))


def _held(shape: ClassShape) -> set[ClassShape]:
    """The classes that can be reached from a class; itself only if it holds itself."""
    return {found for part in shape.parts for found in classes_in(part)}
