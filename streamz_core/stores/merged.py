"""Rows of the database and rows that are not in it yet, as one sequence in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def merged(
    saved: Iterable[tuple[bytes, T]], changed: dict[bytes, T | None], *, reverse: bool = False
) -> Iterator[tuple[bytes, T]]:
    """Rows of both in order of their keys' bytes; of two with one key the changed one, None deletes.

    `saved` stands in order, in that of `reverse` if so; `changed` need not.
    """
    rest = sorted(changed, reverse=not reverse)
    for place, row in saved:
        while rest and (rest[-1] > place if reverse else rest[-1] < place):
            yield from _kept(rest.pop(), changed)
        if rest and rest[-1] == place:
            yield from _kept(rest.pop(), changed)
        else:
            yield place, row
    while rest:
        yield from _kept(rest.pop(), changed)


def _kept(place: bytes, changed: dict[bytes, T | None]) -> list[tuple[bytes, T]]:
    row = changed[place]
    return [] if row is None else [(place, row)]
