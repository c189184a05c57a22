"""What a function's annotations say about the keys and values it gives."""

from __future__ import annotations

import collections.abc
import inspect
import sys
import types
import typing
from typing import Any, Final

from streamz_core.errors import TopologyError
from streamz_core.record import Record, Windowed

UNKNOWN: Final = object()
"""Nothing is said, or nothing that a codec could be made of."""

Path = tuple[int | str, ...]
"""Where in an annotation to look: "each" is inside an iterable, a number the n-th argument."""

# Names that are often imported under TYPE_CHECKING only, because nothing else needs them.
_USUAL = {
    **{name: getattr(collections.abc, name) for name in collections.abc.__all__},
    **{name: getattr(typing, name) for name in ("Any", "Optional", "Union", "List", "Dict", "Tuple")},
    "Record": Record,
    "Windowed": Windowed,
    "typing": typing,
    "collections": collections,
}
_ANYTHING = (Any, object, inspect.Parameter.empty)


def result_type(fn: Any, path: Path, step: str) -> Any:
    """The type at `path` of what `fn` returns, or UNKNOWN; TopologyError if a name is not defined."""
    if isinstance(fn, type):
        return _at(fn, path)
    return _at(_resolved(fn, "return", step), path)


def first_argument_type(fn: Any, step: str) -> Any:
    """The type of the first argument of `fn`, or UNKNOWN."""
    try:
        names = list(inspect.signature(fn).parameters)
    except (TypeError, ValueError):
        return UNKNOWN
    return _resolved(fn, names[0], step) if names and not isinstance(fn, type) else UNKNOWN


def _at(hint: Any, path: Path) -> Any:
    for part in path:
        args = typing.get_args(hint)
        if part == "each":
            hint = args[0] if args else UNKNOWN
        else:
            assert isinstance(part, int), "a path is made of numbers and 'each'"
            hint = args[part] if len(args) > part and ... not in args else UNKNOWN
    return UNKNOWN if hint in _ANYTHING or isinstance(hint, typing.TypeVar) else hint


def _resolved(fn: Any, name: str, step: str) -> Any:
    """One annotation of a function, text and forward references resolved; UNKNOWN if it has none.

    Only this one is looked at: the others may name what exists for type checkers alone.
    """
    source = _defining(fn)
    hint = _annotations(source).get(name, UNKNOWN)
    if hint is UNKNOWN:
        return UNKNOWN
    carrier = types.FunctionType(_resolved.__code__, {})
    carrier.__annotations__ = {name: hint}
    try:
        return typing.get_type_hints(carrier, globalns=_namespace(source))[name]
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        raise TopologyError(
            f"{step}: its annotation {hint!r} cannot be resolved: {error}; define the name at the top "
            "level of the module, outside of TYPE_CHECKING, or say `key=` or `value=` on the step"
        ) from error


def _defining(fn: Any) -> Any:
    """The function that carries the annotations: behind wrappers, partials, methods and objects."""
    while True:
        if hasattr(fn, "__wrapped__"):
            fn = fn.__wrapped__
        elif hasattr(fn, "func") and hasattr(fn, "keywords"):
            fn = fn.func
        elif hasattr(fn, "__func__"):
            fn = fn.__func__
        elif not hasattr(fn, "__code__") and hasattr(type(fn).__call__, "__code__"):
            fn = type(fn).__call__
        else:
            return fn


def _annotations(fn: Any) -> dict[str, Any]:
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(fn, format=annotationlib.Format.FORWARDREF)
    found: dict[str, Any] = getattr(fn, "__annotations__", {})
    return found


def _namespace(fn: Any) -> dict[str, Any]:
    """The names that the function itself can see, and behind them the usual ones."""
    inside = {}
    for name, cell in zip(
        getattr(getattr(fn, "__code__", None), "co_freevars", ()),
        getattr(fn, "__closure__", None) or (),
        strict=False,
    ):
        try:
            inside[name] = cell.cell_contents
        except ValueError:
            continue  # not assigned yet: it is then not defined, as Python would say
    return {**_USUAL, **getattr(fn, "__globals__", {}), **inside}
