"""Lines for the records that functions make: what is checked of them, and where they go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamz_core.errors import Misuse
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.record import Record, headers_of, timestamp_of
from streamz_core.topology.nodes import Node


def hand_on(lines: Lines, node: Node, made: str, came: Flow, key_of: Callable[[], Side]) -> None:
    """Pass the record in `made` on. `came`: the flow of what it was made for, which needs no checks."""
    with lines.block(f"if not isinstance({made}, {lines.constant('Record', Record)}):"):
        lines.add(f"raise {lines.constant('no_record', _no_record)}({node.name!r}, {made})")
    timestamp = _changed(lines, f"{made}.timestamp", came.timestamp, timestamp_of)
    headers = _changed(lines, f"{made}.headers", came.headers, headers_of)
    value, child = lines.fresh("value"), lines.fresh("child")
    lines.add(f"{value} = {made}.value")
    lines.add(f"{child} = {made}.child")
    flow = Flow(key_of(), Side(node.value, obj=value), timestamp, headers)
    lines.forward(flow, child)


def key_made(lines: Lines, node: Node, made: str) -> Side:
    """The key of a record that may have any."""
    key = lines.fresh("key")
    lines.add(f"{key} = {made}.key")
    return Side(node.key, obj=key)


def key_kept(lines: Lines, flow: Flow, made: str) -> Side:
    """The key that came; the line before refuses another one."""
    with lines.block(f"if {made}.key != {flow.key.obj(lines)}:"):
        lines.add(f"raise {lines.constant('key_changed', _key_changed)}({made})")
    return flow.key.copy()


def _changed(lines: Lines, expression: str, came: str, check: Callable[[object], object]) -> str:
    """A variable with a part of a record that was made. What came is known to be right."""
    part = lines.fresh(expression.rpartition(".")[2])
    lines.add(f"{part} = {expression}")
    checked = f"{part} = {lines.constant(check.__name__, check)}({part})"
    if not came.isidentifier():
        lines.add(checked)
        return part
    with lines.block(f"if {part} is not {came}:"):
        lines.add(checked)
    return part


def _no_record(step: str, made: object) -> TypeError:
    return TypeError(
        f"{step} gives {made!r:.80}, which is no Record: yield record.with_value(...), or a Record of "
        "a key, a value and a timestamp"
    )


def _key_changed(record: Record[Any, Any]) -> Misuse:
    return Misuse(
        f"{record!r} has another key than its input: process_values keeps it, use process to change it"
    )
