"""What strangers may give for a name or a number: the sentence where it is something else."""

from __future__ import annotations

import operator
from typing import SupportsIndex, cast

from streamz_core.errors import Misuse


def named(given: object) -> str:
    """The name of a topic; TypeError for what is no text, Misuse where nothing is in it."""
    if not isinstance(given, str):
        raise TypeError(f"a topic is named by text, not by {given!r:.80}")
    if not given.strip():
        raise Misuse(f"a topic is named by text, and {given!r} is none: say which topic is meant")
    return given


def whole(what: str, given: object, low: int | None = 0) -> int:
    """A whole number from `low` on; TypeError, Misuse."""
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise TypeError(f"{what} is {given!r:.40}; it has to be a whole number")
    found = operator.index(cast("SupportsIndex", given))
    if low is not None and found < low:
        raise Misuse(f"{what} is {found!r:.40}; it has to be {low} or more")
    return found


def seconds(what: str, given: object) -> float:
    """A span of time, 0 or more; TypeError, Misuse."""
    return number(what, given, 0, "a number of seconds")


def number(what: str, given: object, low: float, kind: str = "a number") -> float:
    """A number from `low` on; TypeError, Misuse."""
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise TypeError(f"{what} is {given!r:.40}; it has to be {kind}")
    if not low <= given:
        raise Misuse(f"{what} is {given!r:.40}; it has to be {low} or more")
    return given


def partition_in(topic: str, given: object, partitions: int) -> int:
    """A partition of the topic; TypeError, Misuse."""
    found = whole(f"the partition of {topic}", given, None)
    if not 0 <= found < partitions:
        raise Misuse(f"{topic} has partitions 0 to {partitions - 1}, not {found!r:.40}")
    return found
