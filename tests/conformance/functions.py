"""The functions of the cases: `[name, args...]` to a Python function (FORMAT.md, "Functions")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamz_core.record import Record, Windowed
from tests.conformance.cases import Json

Key = Any
"""A str, a `Windowed` of one, or None."""

Fn = list[Json]
"""`[name, args...]` as a case writes it."""


def num(value: Json) -> int:
    """A number of any value: the measure that predicates and sums use."""
    if value is None or isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(num(item) for item in value)
    return num(value.get("n"))


def text(key: Key) -> str | None:
    """A windowed key as "key@start-end"; other keys are themselves."""
    return f"{key.key}@{key.start}-{key.end}" if isinstance(key, Windowed) else key


def listed(value: Json) -> list[Json]:
    """A new list: of nothing for null, the items of a list, or the one value."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def without(items: list[Json], gone: list[Json]) -> list[Json]:
    """`items` less, for each one of `gone`, the first equal item."""
    left = list(items)
    for item in gone:
        if item in left:
            left.remove(item)
    return left


def predicate(fn: Fn) -> Callable[[Key, Json], bool]:
    """(key, value) -> bool."""
    name, *a = fn
    table: dict[str, Callable[[Key, Json], bool]] = {
        "gt": lambda _, v: v is not None and num(v) > a[0],
        "mod": lambda _, v: v is not None and num(v) % a[0] == a[1],
        "not_null": lambda _, v: v is not None,
        "key_in": lambda k, _: k is not None and text(k) in a[0],
    }
    return table[name]


def mapper(fn: Fn) -> Callable[[Key, Json], Json]:
    """(key, value) -> value."""
    name, *a = fn
    table: dict[str, Callable[[Key, Json], Json]] = {
        "identity": lambda _, v: v,
        "add": lambda _, v: num(v) + a[0],
        "wrap": lambda _, v: [a[0], v],
        "null_if_mod": lambda _, v: None if v is None or num(v) % a[0] == a[1] else v,
        "with_key": lambda k, v: [text(k), v],
        "field": lambda _, v: v.get(a[0]) if isinstance(v, dict) else None,
    }
    return table[name]


def key_function(fn: Fn) -> Callable[[Key, Json], str | None]:
    """(key, value) -> key."""
    name, *a = fn
    table: dict[str, Callable[[Key, Json], str | None]] = {
        "key": lambda k, _: text(k),
        "key_const": lambda _k, _v: a[0],
        "key_mod": lambda _, v: None if v is None else f"m{num(v) % a[0]}",
        "key_field": lambda _, v: _text_field(v, a[0]),
        "key_prefix": lambda k, _: None if k is None else f"{a[0]}{text(k)}",
        "key_null_if_mod": lambda k, v: None if num(v) % a[0] == a[1] else text(k),
        "key_base": lambda k, _: k.key if isinstance(k, Windowed) else k,
    }
    return table[name]


def _text_field(value: Json, name: str) -> str | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def flat_mapper(fn: Fn) -> Callable[[Json], list[Json]]:
    """value -> items."""
    name, *a = fn
    table: dict[str, Callable[[Json], list[Json]]] = {
        "repeat": lambda v: [[v, i] for i in range(num(v) % a[0])],
        "each": lambda v: v if isinstance(v, list) else [v],
    }
    return table[name]


def aggregator(fn: Fn) -> Callable[[Key, Json, Json], Json]:
    """(key, accumulator, value) -> accumulator; subtractors too."""
    name, *a = fn
    table: dict[str, Callable[[Key, Json, Json], Json]] = {
        "append": lambda _, g, v: [*listed(g), v],
        "append_tag": lambda _, g, v: [*listed(g), [a[0], v]],
        "append_key": lambda k, g, v: [*listed(g), [text(k), v]],
        "sum": lambda _, g, v: num(g) + num(v),
        "minus": lambda _, g, v: num(g) - num(v),
        "max": lambda _, g, v: v if g is None or num(v) > num(g) else g,
        "last": lambda _k, _g, v: v,
        "append_or_null": lambda _, g, v: None if num(v) % a[0] == a[1] else [*listed(g), v],
        "remove": lambda _, g, v: without(listed(g), [v]),
    }
    return table[name]


def reducer(fn: Fn) -> Callable[[Json, Json], Json]:
    """(older, newer) -> value; session mergers and the subtractors of reduce too."""
    name, *a = fn
    table: dict[str, Callable[[Json, Json], Json]] = {
        "add": lambda x, y: num(x) + num(y),
        "subtract": lambda x, y: num(x) - num(y),
        "first": lambda x, _: x,
        "last": lambda _, y: y,
        "concat": lambda x, y: listed(x) + listed(y),
        "drop": lambda x, y: without(listed(x), listed(y)),
        "add_null_if_mod": lambda x, y: None if (s := num(x) + num(y)) % a[0] == a[1] else s,
    }
    return table[name]


def joiner(fn: Fn) -> Callable[..., Json]:
    """(key, left, right) -> value; with both keys (key, key of the row, left, right) -> value."""
    name, *a = fn
    table: dict[str, Callable[..., Json]] = {
        "pair_keys": lambda k, row, x, y: [text(k), row, x, y],
        "pair": lambda _, x, y: [x, y],
        "pair_key": lambda k, x, y: [text(k), x, y],
        "pair_null_if_mod": lambda _, x, y: None if (num(x) + num(y)) % a[0] == a[1] else [x, y],
    }
    return table[name]


def extractor(fn: Fn) -> Callable[[Record[Key, Json], int], int]:
    """(record, partition time) -> timestamp in ms; negative drops the record."""
    name, field = fn

    def extract(record: Record[Key, Json], partition_time: int) -> int:
        value = record.value
        found = value.get(field) if isinstance(value, dict) else None
        timestamp = found if isinstance(found, int) else -1
        if timestamp >= 0 or name == "ts_field":
            return timestamp
        return partition_time if name == "ts_field_or_partition_time" else record.timestamp

    return extract
