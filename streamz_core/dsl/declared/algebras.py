"""Classes that fold by themselves: their methods as functions of an accumulator and a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamz_core.dsl.declared.functions import UNKNOWN, result_type
from streamz_core.errors import TopologyError


def check_algebra(cls: Any, place: str, *methods: str) -> None:
    """TopologyError unless `cls` is a class that has these methods."""
    if isinstance(cls, type) and all(callable(getattr(cls, name, None)) for name in methods):
        return
    wanted = " and ".join(f"{name}(value)" for name in methods)
    raise TopologyError(
        f"{place}: say initial=..., the first accumulator, as in initial=int; without it "
        f"aggregate takes a class with {wanted}, not {cls!r}"
    )


def fold_of(cls: Any, method: str, place: str) -> Callable[[Any, Any], Any]:
    """A method of a class as a fold. One that may change the object in place is asked for the object."""
    made = getattr(cls, method)
    if result_type(made, (), place, of=cls) not in {UNKNOWN, type(None)}:
        return made  # type: ignore[no-any-return]  # looked up by name

    def fold(accumulator: Any, value: Any) -> Any:
        changed = getattr(accumulator, method)(value)
        return accumulator if changed is None else changed

    return fold
