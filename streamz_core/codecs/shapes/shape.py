"""What a shape is: how values of one type look in msgpack.

A shape checks while it converts, both ways: a value of another type is refused, never bent. Most can
also write lines that do their work at once for what is exactly as expected (text.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from streamz_core.codecs.packing import within
from streamz_core.codecs.schemas import Described, Schema, type_text
from streamz_core.codecs.text import Text, Way
from streamz_core.errors import CodecError

NOTHING: frozenset[type] = frozenset()

Refer = Callable[[Any], Described]
"""How a description refers to a class: by fingerprint, or by its place in a group."""


class Reading(Protocol):
    """What knows how shapes read what was written as other types (resolving.py)."""

    made: dict[tuple[bytes, Shape], Shape]
    """By the fingerprint of a class and the shape that is to read it: a class may hold itself."""

    def __call__(self, written: Described, shape: Shape, /) -> Shape:
        """The shape that gives values of `shape` of what was written as described; Unlike if none."""
        ...

    def schema(self, fingerprint: bytes, /) -> Schema:
        """The schema of a class that was written; CodecError if it is not known here."""
        ...

    def alone(self, written: Described, /) -> Shape:
        """The shape that reads it as plainly as can be: classes as dicts by name."""
        ...


class Unlike(CodecError):
    """What was written is of a type that does not become the one wanted by itself.

    `hint`: what makes it one, if it is to.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what}{hint}")
        self.what = what
        self.hint = hint


class Shape(ABC):
    """`to_plain` gives what msgpack can pack, `from_plain` the value again; CodecError if it differs."""

    name: str
    tag: str
    """What the type is called among the types of a union."""
    types: frozenset[type] = NOTHING
    """The types of its values."""
    plains: frozenset[type] = NOTHING
    """The types of their plain forms."""
    exact: frozenset[type] = NOTHING
    """A value of one of these very types is its own plain form, to be checked by type alone."""
    parts: tuple[Shape, ...] = ()
    """The shapes inside."""
    fixed: bool = True
    """Whether a value cannot be changed in place, whatever its parts are."""
    by_name: bool = False
    """Whether it has names that must be known to read it later: a class, an enum."""

    @abstractmethod
    def to_plain(self, value: Any, /) -> Any: ...

    @abstractmethod
    def from_plain(self, plain: Any, /) -> Any: ...

    @abstractmethod
    def described(self, refer: Refer) -> Described:
        """The type, canonically."""
        ...

    def reading(self, written: Described, reading: Reading) -> Shape:  # noqa: ARG002
        """The shape that gives its values of what was written as another type, `written`.

        Unlike unless each value then means what it meant.
        """
        raise self.unlike(written)

    def unlike(self, written: Described) -> Unlike:
        """The error for a type that was written and does not become this one."""
        return Unlike(f"written as {type_text(written)}, read as {self.name}")

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:  # noqa: ARG002
        """The parts of a value: the step to each, its shape, and itself."""
        return ()

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


def blamed(
    shape: Shape, value: Any, write: Callable[[Any], object], error: CodecError
) -> CodecError:
    """The error of writing a value, with the way to the part of it that cannot be written."""
    for step, part, item in shape.parts_of(value):
        try:
            write(part.to_plain(item))
        except CodecError as found:
            inner = blamed(part, item, write, found)
            return within(step, inner) if step else inner
    return error


def inside(shape: Shape) -> Iterator[Shape]:
    """The shape and all that is inside of it, each once."""
    seen, waiting = {shape}, [shape]
    while waiting:
        found = waiting.pop()
        yield found
        new = [part for part in found.parts if part not in seen]
        seen.update(new)
        waiting += new


def convert_items(items: list[Any], shape: Shape, convert: Callable[[Any], Any]) -> list[Any]:
    """Each item converted; the same list if none needs to be. Errors name the index."""
    if set(map(type, items)) <= shape.exact:
        return items
    return [at(index, convert, item) for index, item in enumerate(items)]


def at(index: object, convert: Callable[[Any], Any], item: Any) -> Any:
    """One part converted; an error says which."""
    try:
        return convert(item)
    except CodecError as error:
        raise within(f"[{index!r}]", error) from error
