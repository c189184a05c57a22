"""Values whose constructor does more than to keep what it is given: reading calls it again, so they are
written only if it leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import attrs

from streamz_core.codecs.classes.groups import classes_in
from streamz_core.codecs.packing import shown
from streamz_core.codecs.shapes.shape import Shape, inside
from streamz_core.codecs.text import Differs, Functions
from streamz_core.errors import CodecError

if TYPE_CHECKING:
    from streamz_core.codecs.classes.families import Member
    from streamz_core.codecs.classes.shape import ClassShape

_HINT: Final = (
    "reading a value calls its constructor again: make __post_init__, converters, validators and the like "
    "leave a value alone that was made once, or move what they do into a function that makes values"
)
_COMPARING: ContextVar[bool] = ContextVar("comparing", default=False)


def coming_back(shape: Shape, functions: Functions, read: Callable[[bytes], Any]) -> Functions:
    """The functions of a codec, of which `encode` refuses what would be read as another value, or not at
    all. The same ones where no class inside has a constructor that could do that. `read`: by the shapes.
    """
    if not any(map(_may_differ, classes_in(shape))):
        return functions

    def encode(value: Any) -> bytes:
        data = functions.encode(value)
        if not _comes_back(functions, data):
            with _comparing():
                read(data)  # tells the field; if it finds none, it is only the bytes that differ
        return data

    def one_by_one(_: Iterable[Any]) -> list[Any]:
        raise Differs

    return attrs.evolve(functions, encode=encode, to_plain=one_by_one)


def _may_differ(shape: ClassShape) -> bool:
    family = shape.family
    # What cannot change since it passed its validators need not pass them for each record.
    settled = family.is_validated and all(part.fixed for part in inside(shape))
    return family.is_hooked and not settled


def _comes_back(functions: Functions, data: bytes) -> bool:
    try:
        return functions.encode(functions.decode(data)) == data
    except Exception:  # noqa: BLE001 - a constructor raises what it likes
        return False


@contextmanager
def _comparing() -> Iterator[None]:
    token = _COMPARING.set(True)
    try:
        yield
    finally:
        _COMPARING.reset(token)


def is_compared(shape: ClassShape) -> bool:
    """Whether somebody asks just now what the constructor of a class makes of its own values."""
    return _COMPARING.get() and shape.family.is_hooked


def compared(shape: ClassShape, values: Mapping[Member, Any]) -> Any:
    """An instance of these values; CodecError if the constructor refuses them or changes one."""
    parts = [
        (member, part)
        for member, part in zip(shape.members, shape.parts, strict=True)
        if member in values
    ]
    # Before: the constructor may change what is inside of them.
    before = [(_form(part, values[member]), shown(values[member])) for member, part in parts]
    try:
        made = shape.family.make(values)
    except Exception as error:
        what = ", ".join(
            f"{member.name}={text}" for (member, _), (_, text) in zip(parts, before, strict=True)
        )
        raise CodecError(
            f"{shape.name}({what}) would not be read again, its constructor refuses it: "
            f"{type(error).__name__}: {error}; {_HINT}"
        ) from error
    for (member, part), (form, text) in zip(parts, before, strict=True):
        found = shape.family.read(made, member)
        if _form(part, found) != form:
            raise CodecError(
                f"{shape.name}.{member.name} is {text}, and would be read as {shown(found)}; {_HINT}"
            )
    return made


def _form(shape: Shape, value: Any) -> str | None:
    """What tells values apart: NaN is itself here, and 0 is not 0.0; None if it is no value of the shape."""
    try:
        return repr(shape.to_plain(value))
    except CodecError:
        return None
