"""Whether what one codec gives can be written by another one, as far as their types tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
PLAIN = CONTAINERS | {bool, int, float, str, bytes}
"""Their values are of these very types: a bool is no int here."""


class Typed(Protocol):
    """What is known of the values of a codec: their types, none if they may be of any; what is inside, and whether
    that goes by its names.
    """

    @property
    def by_name(self) -> bool: ...
    @property
    def types(self) -> frozenset[type]: ...
    @property
    def parts(self) -> Sequence[Typed]: ...


@frozen
class Values:
    """Values of these types, of which nobody knows what is inside."""

    types: frozenset[type]
    parts: tuple[Typed, ...] = ()
    by_name: bool = False


def fits(given: Typed | None, wanted: Typed | None) -> bool:
    """Whether a value that is `given` may be one that is `wanted`; false only if none can be."""
    if given is None or wanted is None or not given.types or not wanted.types:
        return True
    if not any(_becomes(one, other) for one in given.types for other in wanted.types):
        return False
    if given.types == wanted.types and _holds(given) and _holds(wanted):
        pairs = zip(given.parts, wanted.parts, strict=False)
        return all(fits(one, other) for one, other in pairs)
    return True


def _holds(given: Typed) -> bool:
    """Whether it is one kind of container, whose parts stand in the same order in all of the kind."""
    return len(given.types) == 1 and given.types <= CONTAINERS and not given.by_name


def _becomes(given: type, wanted: type) -> bool:
    """Whether there are objects of both types, or an int is taken for its float."""
    if given is wanted or (given is int and wanted is float):
        return True
    if given in PLAIN or wanted in PLAIN:
        return False
    return issubclass(given, wanted) or issubclass(wanted, given)
