"""The queries of a case, asked of a store in a test, and their answers as a case writes them (FORMAT.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.conformance.cases import Json, Spec

HEADERS = "_with_headers"
"""At the end of a query for headers: our stores have none, so the same is asked without."""

Row = tuple[Any, ...]


def answer(query: Spec, store: Any) -> Json:
    """What the store says."""
    op = query["op"].removesuffix(HEADERS)
    return QUERIES[query["kind"], op](query, store)


def expected(query: Spec, recorded: Json) -> Json:
    """The recorded answer without headers; None (not compared) where Kafka refuses to give any."""
    if not query["op"].endswith(HEADERS) or recorded is None:
        return recorded
    if isinstance(recorded, dict):
        return None if "failure" in recorded else _without(query, recorded)
    return [_without(query, row) for row in recorded]


def compared(query: Spec, recorded: Json) -> bool:
    """Whether there is something to compare: not where Kafka refuses to give headers."""
    refused = isinstance(recorded, dict) and "failure" in recorded
    return not (refused and query["op"].endswith(HEADERS))


def _without(query: Spec, row: Spec) -> Json:
    """A row of a query for headers, as that without them has it."""
    key, value, stamped = row["key"], row["value"], [row["value"], row["ts"]]
    op = query["op"].removesuffix(HEADERS)
    if op == "key":
        return value
    if op == "window_key":
        return [key[1], stamped]
    return [key, stamped if op == "window_range" else value]


def _key(key: Any) -> Json:
    return [key.key, key.start, key.end] if hasattr(key, "start") else key


def _value(row: Row) -> Json:
    return _whole(row)[1]


def _stamped(row: Row) -> Json:
    return list(_whole(row)[1:])


def _whole(row: Row) -> Row:
    """A processor that keeps records has time and headers in its value."""
    if len(row) == 2 and isinstance(row[1], list):
        return row[0], *row[1][:2]
    return row


def _get(query: Spec, store: Any) -> Row | None:
    found = store.range(query["key"], query["key"])
    return found[0] if found else None


def _between(query: Spec, store: Any, *, reverse: bool = False) -> list[Row]:
    reverse = reverse or query.get("descending", False)
    found: list[Row] = store.range(query.get("from"), query.get("to"), reverse=reverse)
    return found


def _windows(query: Spec, store: Any, *, reverse: bool = False) -> list[list[Json]]:
    span = (query["time_from"], query["time_to"])
    rows = store.windows(query["key"], *span, reverse=reverse)
    return [[row[0].start, _stamped(row)] for row in rows]


def _sessions(query: Spec, store: Any, *, reverse: bool = False) -> list[list[Json]]:
    span = (query.get("end_from", 0), query.get("start_to"))
    return _keyed(store.windows(query["key"], *span, reverse=reverse), _value)


def _keyed(rows: Iterable[Row], shown: Callable[[Row], Json]) -> list[list[Json]]:
    return [[_key(row[0]), shown(row)] for row in rows]


def _perhaps(row: Row | None, shown: Callable[[Row], Json]) -> Json:
    return None if row is None else shown(row)


QUERIES: dict[tuple[str, str], Callable[[Spec, Any], Json]] = {
    ("kv", "get"): lambda q, s: _perhaps(_get(q, s), _stamped),
    ("kv", "range"): lambda q, s: _keyed(_between(q, s), _stamped),
    ("kv", "reverse_range"): lambda q, s: _keyed(_between(q, s, reverse=True), _stamped),
    ("kv", "all"): lambda q, s: _keyed(_between(q, s), _stamped),
    ("kv", "reverse_all"): lambda q, s: _keyed(_between(q, s, reverse=True), _stamped),
    ("kv", "prefix"): lambda q, s: _keyed(s.range(prefix=q["prefix"]), _stamped),
    ("window", "get"): lambda q, s: _perhaps(s.window(q["key"], q["time"]), _stamped),
    ("window", "fetch"): _windows,
    ("window", "backward_fetch"): lambda q, s: _windows(q, s, reverse=True),
    ("session", "get"): lambda q, s: _perhaps(s.window(q["key"], q["start"], q["end"]), _value),
    ("session", "fetch"): _sessions,
    ("session", "backward_fetch"): lambda q, s: _sessions(q, s, reverse=True),
    ("session", "find"): _sessions,
    ("session", "backward_find"): lambda q, s: _sessions(q, s, reverse=True),
    ("iq", "key"): lambda q, s: _perhaps(_get(q, s), _value),
    ("iq", "timestamped_key"): lambda q, s: _perhaps(_get(q, s), _stamped),
    ("iq", "range"): lambda q, s: _keyed(_between(q, s), _value),
    ("iq", "timestamped_range"): lambda q, s: _keyed(_between(q, s), _stamped),
    ("iq", "window_key"): _windows,
    ("iq", "window_range"): lambda q, s: _keyed(
        s.range(time_from=q["time_from"], time_to=q["time_to"]), _stamped
    ),
    ("iq", "sessions"): _sessions,
}
"""One entry for each kind of query and its op."""
