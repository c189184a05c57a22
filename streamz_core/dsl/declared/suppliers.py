"""What a supplier of processors tells of them: the types of what they forward."""

from __future__ import annotations

import typing
from types import NoneType
from typing import Any

from streamz_core.dsl.declared.functions import UNKNOWN, result_type
from streamz_core.operators.processors.processor import Processor

FORWARDED = {"key": 2, "value": 3}
"""Which arguments of Processor[K, V, J, R] they are."""


def forwarded_type(supplier: Any, side: str, step: str) -> Any:
    """The type that is said of that side, None if nothing is forwarded, UNKNOWN if nobody says it.

    TopologyError if what a function is said to return cannot be looked up.
    """
    said = supplier if isinstance(supplier, type) else result_type(supplier, (), step)
    arguments = _arguments(said)
    found = arguments[FORWARDED[side]] if len(arguments) > FORWARDED[side] else UNKNOWN
    if found in (None, NoneType, typing.Never, typing.NoReturn):
        return None
    return UNKNOWN if found in (Any, object) or isinstance(found, typing.TypeVar) else found


def _arguments(said: Any) -> tuple[Any, ...]:
    """Those of the Processor that a class is, or stands for."""
    origin = typing.get_origin(said) or said
    if origin is Processor:
        return typing.get_args(said)
    if not isinstance(origin, type):
        return ()
    for base in getattr(origin, "__orig_bases__", ()):
        arguments = _arguments(base)
        if arguments:
            return arguments
    return ()
