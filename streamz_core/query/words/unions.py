"""Text that is of one of several types: each reads it in turn, and where two can, whoever wrote it has to say which."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from streamz_core.codecs.classes.shape import ClassShape
from streamz_core.codecs.packing import shown
from streamz_core.codecs.shapes.shape import Shape
from streamz_core.codecs.shapes.unions import Either
from streamz_core.errors import CodecError

OF = ":"
"""Stands between the name of a type and the text."""

_STR, _NONE = "str", "None"


def text_of_union(
    shape: Either, text: str, read: Callable[[Shape, str], Any], *, strict: bool
) -> Any:
    """The value that a text says: `TYPE:text` of that type, null None, a quoted text the str, anything else of the
    one type that takes it. CodecError where several do, which says how to choose, or none does.

    `strict`: a str may stand without quotes, so a text that another type takes is of two; else it is that type's.
    """
    named, of, rest = text.partition(OF)
    if of and named in shape.options:
        with suppress(CodecError):
            return read(shape.options[named], rest)
    if _STR in shape.options and _quoted(text):
        return json.loads(text)
    found, errors = _readings(shape, text, read)
    if _NONE in found:
        return None
    if not strict and len(found) > 1:
        found.pop(_STR, None)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        return _nearest(shape, text, found)
    errors.pop(_NONE, None)
    if len(errors) == 1:
        raise errors.popitem()[1]  # of `T | None` the error inside T is the one to read
    raise CodecError(f"expected {shape.name}, got {shown(text)}")


def _readings(
    shape: Either, text: str, read: Callable[[Shape, str], Any]
) -> tuple[dict[str, Any], dict[str, CodecError]]:
    found: dict[str, Any] = {}
    errors: dict[str, CodecError] = {}
    for name, option in shape.options.items():
        try:
            found[name] = read(option, text)
        except CodecError as error:
            errors[name] = error
    return found, errors


def _quoted(text: str) -> bool:
    try:
        return type(json.loads(text)) is str
    except ValueError:
        return False


def _nearest(shape: Either, text: str, found: Mapping[str, Any]) -> Any:
    """Of several classes the one that an object looks most like: nobody writes which of them it is."""
    if all(isinstance(shape.options[name], ClassShape) for name in found):
        names = json.loads(text).keys()
        return found[min(found, key=lambda name: distance(shape.options[name], names))]
    raise CodecError(
        f"{text} can be read as {_either(found)}; say which: {_either(name + OF + text for name in found)}"
    )


def distance(option: Shape, names: Iterable[str]) -> int:
    """How little an object with these fields looks like a class; 0 for what is none."""
    if not isinstance(option, ClassShape):
        return 0
    return len(set(names) ^ {member.name for member in option.members})


def _either(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"
