"""What a class says of its older forms, where names and types alone do not carry a value over."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from streamz_core.errors import Misuse

C = TypeVar("C")

Upgrade = Callable[[dict[str, Any]], object]
"""From the fields of an old value, by name, to those of a new one, or to that itself."""

_ATTRIBUTE = "__streamz_upgrades__"


def upgrades(layouts: Mapping[str, Upgrade]) -> Callable[[C], C]:
    """Class decorator: how values of older layouts of the class become new ones.

    A layout is the class as it was, `"Click(user: str, path: str)"`; the error that refuses such
    values spells it. The function gets one dict, the old fields by name, `lambda old: {"page": old["path"]}`:
    values as the class has them now where their types still fit, classes that changed too much as
    dicts. It returns a dict of the new fields, or an instance of the class. Misuse for a function that
    cannot be called so. What a dict leaves out takes its default; old names that the class has no more may stay in.
    """
    for layout, upgrade in layouts.items():
        check_upgrade(layout, upgrade)

    def decorated(cls: C) -> C:
        setattr(cls, _ATTRIBUTE, dict(layouts))
        return cls

    return decorated


def check_upgrade(layout: str, upgrade: object) -> None:
    """Misuse unless it can be called with one dict."""
    if not callable(upgrade):
        raise Misuse(f"the upgrade of {layout!r} is {upgrade!r:.80}, which is no function")
    try:
        inspect.signature(upgrade).bind({})
    except TypeError as error:
        raise Misuse(
            f"the upgrade of {layout!r} does not take what it is called with, one dict of the old fields by "
            f"name: {error}"
        ) from error
    except ValueError:
        return  # many builtins do not tell


def upgrades_of(cls: type) -> Mapping[str, Upgrade]:
    """What `upgrades` said of this very class."""
    found: Mapping[str, Upgrade] = vars(cls).get(_ATTRIBUTE, {})
    return found
