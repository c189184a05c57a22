"""What is asked of a user's function before it becomes part of an app: its name and its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import frozen

from streamz_core.dsl.topics import Store
from streamz_core.errors import TopologyError

UNNAMED = {"<lambda>", "_"}


@frozen(eq=False)
class UserFunction:
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


def check_function(step: str, fn: Any, takes: tuple[str, ...], *, many: bool) -> None:
    """TopologyError if `fn` cannot be called with what the step hands over, or gives another kind.

    `takes` are the arguments in words; `many` says that it gives several results.
    """
    if not callable(fn):
        raise TopologyError(f"{step}: {fn!r} is no function")
    if inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn):
        raise TopologyError(f"{step}: {_shown(fn)} is async; steps take plain functions")
    if inspect.isgeneratorfunction(fn) and not many:
        raise TopologyError(
            f"{step}: {_shown(fn)} yields, but this step takes one result; "
            "use flat_map or flat_map_values, or return"
        )
    _check_arity(step, fn, takes)


def _check_arity(step: str, fn: Callable[..., Any], takes: tuple[str, ...]) -> None:
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return  # many builtins do not tell
    try:
        signature.bind(*takes)
    except TypeError as error:
        hint = "" if "key" in takes else "; with_key=True hands over the key too"
        raise TopologyError(
            f"{step}: {_shown(fn)}{signature} does not take what it is called with, "
            f"({', '.join(takes)}): {error}{hint}"
        ) from error


def _shown(fn: Any) -> str:
    if isinstance(fn, partial):
        return f"partial of {_shown(fn.func)}"
    return getattr(fn, "__qualname__", None) or repr(fn)
