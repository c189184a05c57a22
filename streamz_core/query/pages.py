"""Rows of a store as JSON, within limits: how many, how large, how long one answer may take."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from streamz_core.query.values import json_object
from streamz_core.query.verbs import Found, Question
from streamz_core.stores.kind import CommittedRows
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec

BYTES_MAX = 4 << 20
SCAN_S = 1.0
PIECE_ROWS = 200
_COLUMNS = ("key", "value", "timestamp", "valid_to")


@frozen
class Page:
    """Rows as JSON texts; `after` is the key to go on behind, None at the end."""

    rows: Sequence[str]
    after: Any = None


def page(
    spec: StoreSpec,
    parts: Sequence[CommittedRows],
    question: Question,
    monotonic: Callable[[], float],
    rest: Callable[[], None],
) -> Page:
    """The next rows of several parts of one store, merged in the store's order.

    `rest` is called between pieces of rows, so that a long scan does not starve the other threads.
    """
    stop_s = monotonic() + SCAN_S
    rows: list[str] = []
    size = 0
    for count, row in enumerate(_merged(spec, parts, question), 1):
        last = question.place(row)
        if len(row) > 1:  # else it was passed over
            rows.append(as_json(row))
            size += len(rows[-1])
        if count % PIECE_ROWS == 0:
            rest()
        if len(rows) >= question.limit or size >= BYTES_MAX or _late(count, stop_s, monotonic):
            return Page(rows, last)
    return Page(rows)


def merged_rows(
    spec: StoreSpec, parts: Sequence[CommittedRows], question: Question
) -> Iterator[Found]:
    """All rows of several parts of one store that answer a question, in the store's order."""
    return (row for row in _merged(spec, parts, question) if len(row) > 1)


def _merged(spec: StoreSpec, parts: Sequence[CommittedRows], question: Question) -> Iterator[Found]:
    """With the rows that were passed over, as their keys alone."""
    found = [question.rows(part) for part in parts]
    if len(found) == 1:
        return found[0]
    order = kind_of(spec).order(spec)
    return heapq.merge(*found, key=lambda row: order(row[0]), reverse=question.reverse)


def as_json(row: Found) -> str:
    """A row as a JSON object: key, value, the timestamp if the store keeps one, of a version until when it was valid."""
    return json_object(**dict(zip(_COLUMNS, row, strict=False)))


def _late(count: int, stop_s: float, monotonic: Callable[[], float]) -> bool:
    return count % PIECE_ROWS == 0 and monotonic() >= stop_s
