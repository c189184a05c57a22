"""What a user's function tells of itself: its name, what it takes, and the types it gives."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple

from streamz_core.dsl.declared.annotations import hints, signature, written
from streamz_core.dsl.declared.topics import Store
from streamz_core.errors import TopologyError
from streamz_core.record import Record, Windowed

UNNAMED = {"<lambda>", "_"}

UNKNOWN: Final = object()
"""Nothing is said, or nothing that a codec could be made of."""

Path = tuple[int | str, ...]
"""Where in an annotation to look: "each" is inside an iterable, a number the n-th argument."""

# Names that are often imported under TYPE_CHECKING only, because nothing else needs them.
_USUAL = {
    **{name: getattr(collections.abc, name) for name in collections.abc.__all__},
    **{
        name: getattr(typing, name)
        for name in ("Any", "Optional", "Union", "List", "Dict", "Tuple")
    },
    "Record": Record,
    "Windowed": Windowed,
    "typing": typing,
    "collections": collections,
}
_ANYTHING = (Any, object, inspect.Parameter.empty)


class UserFunction(NamedTuple):
    """A function, and what it is to be handed: see nodes.Func."""

    call: Callable[..., Any]
    with_key: bool = False
    stores: tuple[Store[Any], ...] = ()

    @property
    def name(self) -> str | None:
        """The name it was defined with; None for a lambda, a partial and a function called `_`."""
        name = getattr(self.call, "__name__", None)
        return None if name in UNNAMED else name


def plain(fn: Any) -> Any:
    """The function behind a decorated name; anything else as it is."""
    while getattr(type(fn), "is_step", False):
        fn = fn.__wrapped__
    return fn


def check_function(
    step: str, fn: Any, takes: tuple[str, ...], *, many: bool, awaited: bool = False
) -> None:
    """TopologyError if `fn` cannot be called with what the step hands over, or gives another kind.

    `takes` are the arguments in words; `many` says that it gives several results, `awaited` that it is async.
    """
    if not callable(fn):
        raise TopologyError(f"{step}: {fn!r} is no function")
    called = _called(fn)
    if awaited:
        if not any(map(inspect.iscoroutinefunction, (fn, called))):
            raise TopologyError(
                f"{step}: {_shown(fn)} is no async function, so there is nothing to wait for; say `async def`, or use "
                "map_values"
            )
        _check_arity(step, fn, takes)
        return
    if inspect.isasyncgenfunction(called) or any(map(inspect.iscoroutinefunction, (fn, called))):
        raise TopologyError(
            f"{step}: {_shown(fn)} is async; map_async takes such functions, other steps take plain ones"
        )
    if inspect.isfunction(called) and _only_async(called):
        raise TopologyError(
            f"{step}: {_shown(fn)} gives what an async function gives, which nobody awaits; steps take "
            "plain functions"
        )
    if inspect.isgeneratorfunction(called) and not many:
        raise TopologyError(
            f"{step}: {_shown(fn)} yields, but this step takes one result; "
            "use flat_map or flat_map_values, or return"
        )
    _check_arity(step, fn, takes)


def _only_async(fn: Callable[..., Any]) -> bool:
    """Whether all that a function knows besides its arguments is async, so that nothing can run it."""
    try:
        known = inspect.getclosurevars(fn)
    except ValueError:
        return False  # it knows a name that is defined further down, as a step its timer
    found = [*known.nonlocals.values(), *known.globals.values(), *known.builtins.values()]
    return bool(found) and all(map(inspect.iscoroutinefunction, found))


def _called(fn: Any) -> Any:
    """The function that runs when `fn` is called, as far as it is known: behind partials and objects."""
    while True:
        if isinstance(fn, partial):
            fn = fn.func
        elif inspect.isroutine(fn) or isinstance(fn, type):
            return fn
        else:
            fn = type(fn).__call__


def _check_arity(step: str, fn: Callable[..., Any], takes: tuple[str, ...]) -> None:
    try:
        found = signature(fn)
    except (TypeError, ValueError):
        return  # many builtins do not tell
    try:
        found.bind(*takes)
    except TypeError as error:
        keyless = takes[:1] in {(), ("key",), ("record",)}
        hint = "" if keyless else "; with_key=True hands over the key too"
        raise TopologyError(
            f"{step}: {_shown(fn)}{found} does not take what it is called with, "
            f"({', '.join(takes)}): {error}{hint}"
        ) from error


def _shown(fn: Any) -> str:
    if isinstance(fn, partial):
        return f"partial of {_shown(fn.func)}"
    return getattr(fn, "__qualname__", None) or repr(fn)


def result_type(fn: Any, path: Path, step: str, *, of: type | None = None) -> Any:
    """The type at `path` of what `fn` returns, or UNKNOWN; TopologyError if a name is not defined.

    `of` is the class that `fn` is a method of, which has no name yet while it is decorated.
    """
    if isinstance(fn, type) or typing.get_origin(fn) is not None:
        return _at(fn, path)  # a class gives itself, list[int] too
    hint = _resolved(fn, "return", step, of)
    if path[:1] == ("each",):
        _check_many(fn, hint, step)
    return _at(hint, path)


def _check_many(fn: Any, hint: Any, step: str) -> None:
    """TopologyError for one result where several are meant: `-> Record` of a function that yields them."""
    origin = typing.get_origin(hint) or hint
    if isinstance(origin, type) and not issubclass(origin, Iterable | types.NoneType):
        raise TopologyError(
            f"{step}: {_shown(fn)} is said to return {_text(hint)}, but this step takes any number of "
            f"results: yield them, and say `-> Iterator[{_text(hint)}]`"
        )


def _text(hint: Any) -> str:
    """A type as it is written."""
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)


def first_argument_type(fn: Any, step: str) -> Any:
    """The type of the first argument of `fn`, or UNKNOWN."""
    try:
        names = list(signature(fn).parameters)
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


def _resolved(fn: Any, name: str, step: str, of: type | None = None) -> Any:
    """One annotation of a function, text and forward references resolved; UNKNOWN if it has none.

    Only this one is looked at: the others may name what exists for type checkers alone.
    """
    source = _defining(fn)
    hint = hints(source).get(name, UNKNOWN)
    if hint is UNKNOWN:
        return UNKNOWN
    carrier = types.FunctionType(_resolved.__code__, {})
    carrier.__annotations__ = {name: hint}
    names = _namespace(source) | ({of.__name__: of} if of else {})
    try:
        return typing.get_type_hints(carrier, globalns=names)[name]
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        raise TopologyError(
            f"{step}: its annotation {written(source, name)!r} cannot be resolved: {error}; define the name at the top "
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
