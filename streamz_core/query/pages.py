"""Rows of a store as JSON, within limits: how many, how large, how long one answer may take."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from attrs import frozen

from streamz_core.codecs.plain import IntCodec
from streamz_core.query.questions import KEYS, WINDOWS, Question
from streamz_core.query.values import json_object
from streamz_core.record import Windowed
from streamz_core.stores.reading import KeyValueRows, WindowRows
from streamz_core.stores.windowed import segment_ms
from streamz_core.topology.nodes import StoreSpec

BYTES_MAX = 4 << 20
SCAN_S = 1.0
PIECE_ROWS = 200

Rows = KeyValueRows | WindowRows
Found = tuple[Any, ...]


@frozen
class Page:
    """Rows as JSON texts; `after` is the key to go on behind, None at the end."""

    rows: Sequence[str]
    after: Any = None


def page(
    spec: StoreSpec,
    parts: Sequence[Rows],
    question: Question,
    monotonic: Callable[[], float],
    rest: Callable[[], None],
) -> Page:
    """The next rows of several parts of one store, merged in the store's order.

    `rest` is called between pieces of rows, so that a long scan does not starve the other threads.
    """
    stop_s = monotonic() + SCAN_S
    found = [_rows(spec, part, question) for part in parts]
    order = ordering(spec)
    merged = found[0] if len(found) == 1 else heapq.merge(*found, key=lambda row: order(row[0]))
    wanted = _within(spec, question)
    rows: list[str] = []
    size = 0
    for count, row in enumerate(merged, 1):
        if wanted(row[0]):
            rows.append(as_json(row))
            size += len(rows[-1])
        if count % PIECE_ROWS == 0:
            rest()
        if len(rows) >= question.limit or size >= BYTES_MAX or _late(count, stop_s, monotonic):
            return Page(rows, row[0])
    return Page(rows)


def as_json(row: Found) -> str:
    """A row as a JSON object: key, value, and the timestamp if the store keeps one."""
    if len(row) == 2:
        return json_object(key=row[0], value=row[1])
    return json_object(key=row[0], value=row[1], timestamp=row[2])


def ordering(spec: StoreSpec) -> Callable[[Any], Any]:
    """What the rows of a store are sorted by, as a function of their keys."""
    assert spec.key is not None, f"store {spec.name} has no key codec"
    encode = spec.key.encode
    if spec.kind == "window":
        span_ms = segment_ms(spec.retention_ms)
        return lambda key: (key.start // span_ms, encode(key.key) + key.start.to_bytes(8, "big"))
    return (lambda key: key) if isinstance(spec.key, IntCodec) else encode


def _late(count: int, stop_s: float, monotonic: Callable[[], float]) -> bool:
    return count % PIECE_ROWS == 0 and monotonic() >= stop_s


def _rows(spec: StoreSpec, part: Rows, question: Question) -> Iterable[Found]:
    if isinstance(part, KeyValueRows):
        return _key_values(spec, part, question)
    if question.verb == WINDOWS:
        first = question.time_from
        if question.after is not None:
            first = max(first, question.after.start + 1)
        return part.fetch(question.key, first, question.time_to)
    return part.all(question.after)


def _key_values(spec: StoreSpec, part: KeyValueRows, question: Question) -> Iterable[Found]:
    if question.verb == KEYS:
        row = part.get(question.key)
        return [] if row is None else [row]
    after, low = question.after, question.low
    if after is None:
        return part.range(low, question.high)
    order = ordering(spec)
    start = after if low is None or order(after) >= order(low) else low
    return _behind(after, part.range(start, question.high))


def _behind(after: Any, rows: Iterator[Found]) -> Iterator[Found]:
    """The rows without the first, if that one was given out already."""
    first = next(rows, None)
    if first is None:
        return rows
    return rows if first[0] == after else chain([first], rows)


def _within(spec: StoreSpec, question: Question) -> Callable[[Any], bool]:
    """Which rows of a scan over a window store are wanted; the others come as they are wanted."""
    if spec.kind != "window" or question.verb == WINDOWS:
        return lambda _: True
    assert spec.key is not None, f"store {spec.name} has no key codec"
    place = (lambda key: key) if isinstance(spec.key, IntCodec) else spec.key.encode
    low = None if question.low is None else place(question.low)
    high = None if question.high is None else place(question.high)
    last = question.time_to

    def wanted(key: Windowed[Any]) -> bool:
        if key.start < question.time_from or (last is not None and key.start > last):
            return False
        at = place(key.key)
        return (low is None or at >= low) and (high is None or at <= high)

    return wanted
