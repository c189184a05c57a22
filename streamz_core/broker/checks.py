"""What strangers may give for a name or a number: the sentence where it is something else."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, SupportsIndex, TypeVar, cast

from streamz_core.errors import Misuse

GROUP_BYTES_MAX = 1000
K = TypeVar("K")
V = TypeVar("V")
F = TypeVar("F", bound=Callable[..., Any] | None)
NAME_BYTES_MAX = 1000
NUMBER_MAX = (1 << 63) - 1


def named(given: object) -> str:
    """The name of a topic; TypeError for what is no text, Misuse where nothing is in it."""
    if not isinstance(given, str):
        raise TypeError(f"a topic is named by text, not by {given!r:.80}")
    if not given.strip():
        raise Misuse(f"a topic is named by text, and {given!r} is none: say which topic is meant")
    return given


def called(what: str, given: object) -> str:
    """What an id or the like is called, for ever: a log keeps it. TypeError, Misuse.

    Nothing is no name: it is what a variable gives that nobody set.
    """
    if not isinstance(given, str):
        raise TypeError(f"{what} is {given!r:.80}; it has to be text")
    if not given.strip():
        raise Misuse(f"{what} is {given!r:.80}, which is no name; say one, or leave it out")
    try:
        length = len(given.encode())
    except UnicodeEncodeError as error:
        raise Misuse(f"{what} is {given!r:.80}, which cannot be written as UTF-8") from error
    if length > NAME_BYTES_MAX:
        raise Misuse(
            f"{what} is {given!r:.40}..., of {length} bytes; at most {NAME_BYTES_MAX} are possible"
        )
    return given


def callback(what: str, given: F) -> F:
    """A function, or None; TypeError."""
    if given is not None and not callable(given):
        raise TypeError(f"{what} is {given!r:.80}; it has to be a function")
    return given


def whole(what: str, given: object, low: int | None = 0, high: int | None = None) -> int:
    """A whole number from `low` on, up to `high`; TypeError, Misuse."""
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise TypeError(f"{what} is {given!r:.40}; it has to be a whole number")
    found = operator.index(cast("SupportsIndex", given))
    if low is not None and found < low:
        raise Misuse(f"{what} is {found!r:.40}; it has to be {low} or more")
    if high is not None and found > high:
        raise Misuse(f"{what} is {found!r:.40}; it has to be {high} at most")
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


def mapped(what: str, given: Mapping[K, V]) -> Mapping[K, V]:
    """A dict, or what is used as one; TypeError."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{what} are {given!r:.80}; they have to be a dict")
    return given


def texts(what: str, given: Iterable[str]) -> list[str]:
    """Several texts; TypeError for one alone, which would be taken for its letters, and for others than texts."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{what} are {given!r:.80}; they have to be a list of texts")
    found = list(given)
    for each in found:
        if not isinstance(each, str):
            raise TypeError(f"among {what} is {each!r:.80}, which is no text")
    return found


def group_of(given: object) -> str:
    """The name of a group, "" for None; TypeError, Misuse. Nothing is no name: it is what a variable gives that nobody set."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise TypeError(f"group is {given!r:.80}; it has to be text")
    size = len(given.encode(errors="replace"))
    if not given.strip():
        raise Misuse(f"group={given!r} is no name: say one, or leave it out")
    if size > GROUP_BYTES_MAX or not given.isprintable():
        raise Misuse(
            f"group={given!r:.80} is no name: at most {GROUP_BYTES_MAX} bytes that can be printed"
        )
    return given


def place(given: object) -> tuple[str, int]:
    """(topic, partition), whether there is such a partition or not; TypeError."""
    if not isinstance(given, tuple) or len(given) != 2:
        raise TypeError(f"{given!r:.80} is no (topic, partition)")
    return named(given[0]), whole(f"the partition of {given[0]}", given[1], None)


def partition_in(topic: str, given: object, partitions: int) -> int:
    """A partition of the topic; TypeError, Misuse."""
    found = whole(f"the partition of {topic}", given, None)
    if not 0 <= found < partitions:
        raise Misuse(f"{topic} has partitions 0 to {partitions - 1}, not {found!r:.40}")
    return found
