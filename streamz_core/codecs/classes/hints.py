"""Types of the fields of a class, as its annotations say them, with type variables filled in."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

from streamz_core.errors import Misuse


def hints_of(tp: Any) -> dict[str, Any]:
    """The types of all annotated names of a class, or of a generic one such as `Pair[int]`.

    Misuse if one of them is not to be found where the class was defined.
    """
    cls = typing.get_origin(tp) or tp
    bound = _bound(cls, typing.get_args(tp))
    own = {name: _filled(hint, bound) for name, hint in _written(cls).items()}
    for base in getattr(cls, "__orig_bases__", ()):
        origin = typing.get_origin(base)
        if isinstance(origin, type) and origin not in {typing.Generic, typing.Protocol, tuple}:
            above = _written(origin)
            filled = hints_of(_filled(base, bound))
            own |= {
                name: filled[name] for name, hint in above.items() if _written(cls)[name] == hint
            }
    return own


def bare(tp: Any) -> Any:
    """The type behind NewType, Annotated and `type X = …`."""
    while True:
        if isinstance(tp, typing.NewType):
            tp = tp.__supertype__
        elif typing.get_origin(tp) is typing.Annotated:
            tp = typing.get_args(tp)[0]
        elif hasattr(tp, "__value__") and type(tp).__name__ == "TypeAliasType":
            tp = tp.__value__
        elif type(typing.get_origin(tp)).__name__ == "TypeAliasType":
            alias: Any = typing.get_origin(tp)
            bound = dict(zip(alias.__type_params__, typing.get_args(tp), strict=True))
            tp = _filled(alias.__value__, bound)
        else:
            return tp


def without_none(tp: Any) -> Any:
    """`T` for `T | None`, where something is left."""
    if typing.get_origin(tp) not in {typing.Union, types.UnionType}:
        return tp
    rest = tuple(arg for arg in typing.get_args(tp) if arg is not type(None))
    return typing.Union[rest]  # noqa: UP007 - built from a tuple


def _written(cls: Any) -> dict[str, Any]:
    parameters = {each.__name__: each for each in getattr(cls, "__parameters__", ())}
    try:
        return typing.get_type_hints(
            cls, localns={**parameters, cls.__name__: cls}, include_extras=True
        )
    except NameError as error:
        raise Misuse(
            f"{cls.__name__}: {error}; name the types of its fields at the top level of "
            f"{cls.__module__}, outside of TYPE_CHECKING"
        ) from error


def _bound(cls: Any, args: tuple[Any, ...]) -> dict[Any, Any]:
    """What stands for the type variables of a class; those of a bare `Pair` are what they must be."""
    variables = getattr(cls, "__parameters__", ())
    if args:
        return dict(zip(variables, args, strict=False))
    return {each: getattr(each, "__bound__", None) or Any for each in variables}


def _filled(hint: Any, bound: Mapping[Any, Any]) -> Any:
    if isinstance(hint, typing.TypeVar):
        return bound.get(hint, Any)
    variables = getattr(hint, "__parameters__", ())
    if not variables or isinstance(hint, type):
        return hint
    return hint[tuple(bound.get(each, Any) for each in variables)]
