"""Emitters of count, reduce and aggregate, by key and by key and time window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.lines import Flow, Lines, Side, WindowSide, call, drop
from streamz_core.operators.tables.tables import (
    key_bytes,
    read_row,
    row_places,
    row_value,
    write_row,
)
from streamz_core.stores.rows import TIMESTAMP
from streamz_core.topology.nodes import Aggregate
from streamz_core.topology.times import observed_time
from streamz_core.topology.windows import TimeWindows, Window


def aggregate(lines: Lines, node: Aggregate, _port: int, flow: Flow) -> None:
    """Kafka: KStreamAggregate, KStreamReduce; KStreamWindowAggregate with a window."""
    if node.window is not None:
        _windowed(lines, node, flow)
        return
    value_null = flow.value.is_null(looked_at=node.kind != "count")
    nulls = [test for test in (flow.key.is_null(), value_null) if test != "False"]
    if not nulls:
        _by_key(lines, node, flow)
        return
    with lines.block(f"if {' or '.join(nulls)}:"):
        key_null = flow.key.is_null()
        drop(lines, f"'null-key' if {key_null} else 'null-value'")
    with lines.block("else:"):
        _by_key(lines, node, evolve(flow.with_key(), value=flow.value.not_null()))


def _by_key(lines: Lines, node: Aggregate, flow: Flow) -> None:
    names = lines.store(node.store)
    key = key_bytes(lines, node.store, flow.key)
    new, old, timestamp = _fold(lines, node, flow, read_row(lines, names.live, key))
    write_row(lines, node.store, row_places(names, key), new, timestamp)
    sends_old = lines.table(node).sends_old
    lines.forward(evolve(flow, value=new, old=old if sends_old else None, timestamp=timestamp))


def _fold(lines: Lines, node: Aggregate, flow: Flow, row: str) -> tuple[Side, Side, str]:
    """New value, old value and the timestamp of the new one: the largest that went into it."""
    old = row_value(lines, node.store, row)
    new, timestamp = lines.fresh("value"), lines.fresh("timestamp")
    value = "" if node.kind == "count" else flow.value.obj(lines)
    with lines.block(f"if {old.is_null()}:"):
        lines.add(f"{new} = {_first(lines, node, flow.copy(), value)}")
        lines.add(f"{timestamp} = {flow.timestamp}")
    with lines.block("else:"):
        # The function may change what it gets; the old value that goes on is decoded by itself.
        held = old.not_null().obj(lines)
        lines.add(f"{new} = {_next(lines, node, flow.copy(), held, value)}")
        lines.add(f"{timestamp} = {row}[{TIMESTAMP}]")
        with lines.block(f"if {timestamp} < {flow.timestamp}:"):
            lines.add(f"{timestamp} = {flow.timestamp}")
    return Side(node.store.value, obj=new), old, timestamp


def _first(lines: Lines, node: Aggregate, flow: Flow, value: str) -> str:
    if node.kind == "count":
        return "1"
    if node.kind == "reduce":
        return value
    assert node.fn is not None, f"{node.name} has no function"
    assert node.initial is not None, f"{node.name} has no initial value"
    return call(lines, node.fn, flow, f"{lines.constant('initial', node.initial)}()", value)


def _next(lines: Lines, node: Aggregate, flow: Flow, held: str, value: str) -> str:
    if node.kind == "count":
        return f"{held} + 1"
    assert node.fn is not None, f"{node.name} has no function"
    return call(lines, node.fn, flow, held, value)


# ---- windows


def _windowed(lines: Lines, node: Aggregate, flow: Flow) -> None:
    """Null keys are dropped; null values count, unlike those of an aggregate by key alone."""
    in_windows = _IN_WINDOWS[type(node.window)]
    if not flow.key.nullable:
        in_windows(lines, node, node.window, flow)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key'")
    with lines.block("else:"):
        in_windows(lines, node, node.window, flow.with_key())


def _in_time(lines: Lines, node: Aggregate, window: TimeWindows, flow: Flow) -> None:
    """A window takes records while its end is after observed time - grace, the record's included."""
    timestamp = flow.timestamp
    reach = window.size_ms + window.grace_ms
    observed = lines.time(observed_time(node))
    closed = lines.variable("closed", f"{observed} - {reach}")  # the newest start that is closed
    with lines.block(f"if {timestamp} > {observed}:"):
        lines.add(f"{observed} = {timestamp}")
        lines.add(f"{closed} = {timestamp} - {reach}")
    key = key_bytes(lines, node.store, flow.key)
    start = lines.fresh("start")
    if window.advance_ms == window.size_ms:
        lines.add(f"{start} = {timestamp} - {timestamp} % {window.size_ms}")
        _in_window(lines, node, window, flow, (key, start, closed))
        return
    overlap, advance = window.size_ms - window.advance_ms, window.advance_ms
    first = f"max({timestamp} - {overlap}, 0) // {advance} * {advance}"
    with lines.block(f"for {start} in range({first}, {timestamp} + 1, {advance}):"):
        _in_window(lines, node, window, flow.copy(), (key, start, closed))


def _in_window(
    lines: Lines, node: Aggregate, window: TimeWindows, flow: Flow, names: tuple[str, str, str]
) -> None:
    key, start, closed = names
    with lines.block(f"if {start} > {closed}:"):
        _update(lines, node, window, flow.copy(), (key, start))
    with lines.block("else:"):
        drop(lines, "'late'")


def _update(
    lines: Lines, node: Aggregate, window: TimeWindows, flow: Flow, names: tuple[str, str]
) -> None:
    key, start = names
    store = lines.store(node.store)
    pane = lines.fresh("pane")
    lines.add(f"{pane} = {store.live}[{start}]")
    new, old, timestamp = _fold(lines, node, flow, read_row(lines, pane, key))
    places = (f"{pane}[{key}]", f"{pane}.dirty[{key}]")
    write_row(lines, node.store, places, new, timestamp)
    lines.forward(
        evolve(
            flow,
            key=WindowSide(_key_codec(node, window, flow), flow.key, start, pane),
            value=new,
            old=old if lines.table(node).sends_old else None,
            timestamp=timestamp,
        )
    )


def _key_codec(node: Aggregate, window: Window, flow: Flow) -> WindowedCodec:
    if isinstance(node.key, WindowedCodec):
        return node.key
    inner = node.store.key or flow.key.codec
    assert inner is not None, f"store {node.store.name} has no key codec"
    return window.codec(inner)


_IN_WINDOWS: Mapping[type, Callable[[Lines, Aggregate, Any, Flow], None]] = {TimeWindows: _in_time}
"""Which lines find the windows of a record, by kind of window."""
