"""Emitter of the step that passes the first of several records on which are the same thing (KIP-655)."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.calls import call, drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Advance, Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.late import drop_late
from streamz_core.stores.row_lines import overlay, row_of
from streamz_core.topology.nodes import Deduplicate, Node
from streamz_core.topology.times import observed_time


def deduplicate(lines: Lines, node: Deduplicate, _port: int, flow: Flow) -> None:
    """A record is known by its key, or by its key and what the function gives; one without a key is dropped."""
    if not flow.key.nullable:
        _in_time(lines, node, flow)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key'")
    with lines.block("else:", flow.with_key()) as keyed:
        _in_time(lines, node, keyed)


def _in_time(lines: Lines, node: Deduplicate, flow: Flow) -> None:
    """Of what is older than that, nobody remembers whether it was there."""
    observed, timestamp = _observe(lines, node, flow), flow.timestamp
    with lines.block(
        f"if {timestamp} < {observed} - {node.within_ms + node.grace_ms}:", flow
    ) as late:
        drop_late(lines, late)
    with lines.block("else:", flow) as known:
        _first(lines, node, known)


def advance(lines: Lines, node: Deduplicate, _port: int, flow: Flow) -> str:
    """Time comes without a record: what is older than that is late."""
    _observe(lines, node, flow)
    return flow.timestamp


def _observe(lines: Lines, node: Deduplicate, flow: Flow) -> str:
    """Move the time of the step; the variable with it."""
    observed = lines.time(observed_time(node))
    with lines.block(f"if {flow.timestamp} > {observed}:"):
        lines.add(f"{observed} = {flow.timestamp}")
    return observed


def _first(lines: Lines, node: Deduplicate, flow: Flow) -> None:
    if node.fn is None:
        _look(lines, node, flow, flow.key.raw(lines, node.kept.key))
        return
    told, pair = lines.fresh("told"), lines.fresh("pair")
    lines.add(f"{told} = {call(lines, node.fn, flow, flow.value.lent(lines))}")
    with lines.block(f"if {told} is None:", flow) as nameless:
        lines.forward(nameless)
    with lines.block("else:", flow) as named:
        lines.add(f"{pair} = ({told}, {named.key.obj(lines)})")
        both = Side(node.kept.key, obj=pair, nullable=False)
        _look(lines, node, named, both.raw(lines, node.kept.key))


def _look(lines: Lines, node: Deduplicate, flow: Flow, key: str) -> None:
    timestamp, store = flow.timestamp, overlay(lines, node.kept)
    span = f"{timestamp} - {node.within_ms}, {timestamp} + {node.within_ms}"
    with lines.block(f"if {store}.fetch({key}, {span}):"):
        drop(lines, "'duplicate'")
    with lines.block("else:", flow) as first:
        row = row_of(lines, node.kept, Side(node.kept.value, obj="1"), timestamp)
        lines.add(f"{store}.put({key}, {timestamp}, {row})")
        lines.forward(first)


EMITTERS: Mapping[type[Node], Emitter] = {Deduplicate: deduplicate}

ADVANCES: Mapping[type[Node], Advance] = {Deduplicate: advance}
