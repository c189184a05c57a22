"""Identifiers of the generated text: readable, unique, never a word of Python."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

FIXED = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *(
            "bind",
            "store",
            "output",
            "chosen",
            "times",
            "drop",
            "printer",
            "follow",
            "hand",
            "callback",
            "alone",
            "asking",
            "line",
            "place",
            "timers",
            "width",
            "waiting",
            "repeat",
            "rows",
        ),
    }
)
_WORDS = re.compile(r"[^\W\d]\w*")
_STRINGS = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")


class Names:
    """Hands out names. `inner()` is for a function: its names are free again in the next one."""

    def __init__(self, outer: Names | None = None) -> None:
        self._outer = outer
        self._taken: set[str] = set()
        self._inside: set[str] = set()

    def reserve(self, names: Iterable[str]) -> None:
        """Names that are never handed out."""
        self._taken.update(names)

    def inner(self) -> Names:
        return Names(self)

    def fresh(self, hint: str) -> str:
        """`hint` as an identifier, with a number behind it if it is taken."""
        stem = re.sub(r"\W+", "_", hint, flags=re.ASCII).strip("_") or "made"
        stem = f"n{stem}" if stem[0].isdigit() else stem
        name, number = stem, 1
        while self._is_taken(name):
            number += 1
            name = f"{stem}{number}"
        self._taken.add(name)
        if self._outer is not None:
            self._outer._inside.add(name)
        return name

    def _is_taken(self, name: str) -> bool:
        taken = name in FIXED or name in self._taken or name in self._inside
        return taken or (self._outer is not None and name in self._outer._taken)


def words(text: str) -> set[str]:
    """Everything in `text` that could be a name; what stands in strings is none."""
    return set(_WORDS.findall(_STRINGS.sub("", text)))
