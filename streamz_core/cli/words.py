"""What words of a command line may be: types for argparse, which says which option was wrong."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Sequence

from streamz_core.errors import Misuse

NUMBER_MAX = (1 << 63) - 1


def filled(text: str) -> str:
    """Text that is not empty."""
    if not text:
        raise ArgumentTypeError("it is empty")
    return text


def number(text: str) -> int:
    """A whole number that any record could have."""
    try:
        found = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text[:40]!r} is no whole number") from None
    if not -NUMBER_MAX <= found <= NUMBER_MAX:
        raise ArgumentTypeError(f"{text[:40]} is too large; at most {NUMBER_MAX} is possible")
    return found


def whole(text: str) -> int:
    """A number from 0 on."""
    found = number(text)
    if found < 0:
        raise ArgumentTypeError(f"{found}; it must be 0 or more")
    return found


def positive(text: str) -> int:
    """A number from 1 on."""
    found = number(text)
    if found < 1:
        raise ArgumentTypeError(f"{found}; it must be 1 or more")
    return found


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE as both."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ArgumentTypeError(f"{text[:40]!r}; write NAME=VALUE")
    return name, value


def check_text(words: Sequence[str]) -> None:
    """Misuse for a word whose bytes are no UTF-8: nothing that could be done with it would be sure to last."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise Misuse(
                f"{word!r} is not UTF-8; keys and values that are no text go through stdin"
            ) from None
