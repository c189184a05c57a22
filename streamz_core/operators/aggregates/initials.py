"""What aggregates begin with: each row with a value of its own, whatever the function gives."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from streamz_core.codecs.codec import Codec


def of_its_own(initial: Callable[[], Any], codec: Codec[Any]) -> Callable[[], Any]:
    """The function as it is, unless its values can be changed in place: then one of which no two have a part in
    common that an adder could change, or it would change the rows of other keys.
    """
    return initial if codec.immutable else Initials(initial)


class Initials:
    """A function that may give one object again and again, or objects that share a part (a default of their class).

    The first two results tell. Where they share, each row gets a copy, and what they share stays as it was; else
    the second one and those that come are handed over as they are.
    """

    def __init__(self, initial: Callable[[], Any]) -> None:
        self._initial = initial
        self._first: dict[int, Any] | None = None
        self._shares = True

    def __call__(self) -> Any:
        """A value to begin a row with."""
        made = self._initial()
        if not self._shares:
            return made
        copy, memo = _copied(made)
        first, self._first = self._first, self._first or memo
        if first and memo and not set(first) & set(memo):
            self._shares, self._first = False, None
            return made
        return copy


def _copied(value: Any) -> tuple[Any, dict[int, Any]]:
    """A copy, and what was copied for it, by the ids of objects that live as long as this does; a value that cannot
    be copied is given as it is.
    """
    memo: dict[int, Any] = {}
    try:
        return deepcopy(value, memo), memo
    except Exception:  # noqa: BLE001 - each class has its own reasons
        return value, {}
