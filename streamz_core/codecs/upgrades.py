"""What a class says of its older forms, where names and types alone do not carry a value over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

C = TypeVar("C")

Upgrade = Callable[[dict[str, Any]], Mapping[str, Any]]
"""From the fields of an old value, by name, to those of a new one."""

_ATTRIBUTE = "__streamz_upgrades__"


def upgrades(layouts: Mapping[str, Upgrade]) -> Callable[[C], C]:
    """Class decorator: how values of older layouts of the class become new ones.

    A layout is the class as it was, `"Click(user: str, path: str)"`; the error that refuses such
    values spells it. The function gets the old fields by name: values as the class has them now
    where their types still fit, classes that changed too much as dicts. It returns the new fields by
    name. What it leaves out takes its default; old names that the class has no more may stay in.
    """

    def decorated(cls: C) -> C:
        setattr(cls, _ATTRIBUTE, dict(layouts))
        return cls

    return decorated


def upgrades_of(cls: type) -> Mapping[str, Upgrade]:
    """What `upgrades` said of this very class."""
    found: Mapping[str, Upgrade] = vars(cls).get(_ATTRIBUTE, {})
    return found
