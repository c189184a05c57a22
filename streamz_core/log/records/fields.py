"""What may stand in the fields of a chained record: what every reader can take in.

Each function says why a value may not, "" if it may. They are asked before a record is framed, never
when one is read: what is on the chain was made here.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from operator import le
from typing import Any

NUMBER_MAX = (1 << 63) - 1  # offsets and positions are signed 64-bit integers
TEXT_BYTES_MAX = 1000  # of a name or an address
INCARNATION_BYTES = 8


def whole(what: str, value: object, least: int = 0, most: int = NUMBER_MAX) -> str:
    """A number from `least` to `most`; True is none."""
    if type(value) is int and least <= value <= most:
        return ""
    return f"{what} is {_told(value)}, and has to be a whole number from {least} to {most}"


class Numbers:
    """The columns of a row of whole numbers: (what it is, least, most) of each."""

    def __init__(self, *columns: tuple[str, int, int]) -> None:
        self._columns = columns
        self._least = [least for _, least, _ in columns]
        self._most = [most for _, _, most in columns]

    def refuse(self, row: Sequence[object]) -> str:
        """Why it may not be one, as `whole` says it."""
        # Without a call for each column: a commit may have a hundred rows, and nearly all are right.
        typed: Any = row
        if (
            set(map(type, row)) == {int}
            and all(map(le, self._least, typed))
            and all(map(le, typed, self._most))
        ):
            return ""
        told = (
            whole(what, value, least, most)
            for (what, least, most), value in zip(self._columns, row, strict=True)
        )
        return next(filter(None, told), "")


def text(what: str, value: object, most: int = TEXT_BYTES_MAX) -> str:
    """Text of at most `most` bytes of UTF-8."""
    if type(value) is str and len(value.encode()) <= most:
        return ""
    return f"{what} is {_told(value)}, and has to be text of at most {most} bytes"


def raw(what: str, value: object, least: int, most: int) -> str:
    """Bytes of that length."""
    if type(value) is bytes and least <= len(value) <= most:
        return ""
    length = f"{least}" if least == most else f"{least} to {most}"
    return f"{what} is {_told(value)}, and has to be {length} bytes"


def incarnation(value: object) -> str:
    """What names a handle."""
    return raw("the incarnation", value, INCARNATION_BYTES, INCARNATION_BYTES)


def mapping(what: str, value: object) -> str:
    """A dict whose keys are text; what it holds is its writer's business."""
    if type(value) is dict and all(type(key) is str for key in value):
        return ""
    return f"{what} is {_told(value)}, and has to be a dict with text as keys"


def rows(what: str, value: object, columns: int) -> str:
    """A list of lists of so many fields."""
    if type(value) is list and all(type(row) is list and len(row) == columns for row in value):
        return ""
    return f"{what} is {_told(value)}, and has to be a list of rows of {columns} fields"


def _told(value: object) -> str:
    return reprlib.repr(value)
