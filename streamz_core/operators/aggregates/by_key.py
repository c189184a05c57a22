"""Emitter of count, reduce and aggregate: by key alone; those by window are in windows.py."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Advance, Emitter, Lines
from streamz_core.operators.aggregates.folding import FOLDINGS, fold_onto, wants_old
from streamz_core.operators.aggregates.windows import advance_windows, in_windows
from streamz_core.operators.tables.waiting import change_time
from streamz_core.stores import by_key
from streamz_core.topology.nodes import Aggregate, Node


def aggregate(lines: Lines, node: Aggregate, _port: int, flow: Flow) -> None:
    """Kafka: KStreamAggregate, KStreamReduce; KStreamWindowAggregate with a window."""
    if node.window is not None:
        in_windows(lines, node, node.window, flow)
        return
    value_null = flow.value.is_null(looked_at=FOLDINGS[node.kind].looks)
    nulls = [test for test in (flow.key.is_null(), value_null) if test != "False"]
    if not nulls:
        _update(lines, node, flow)
        return
    with lines.block(f"if {' or '.join(nulls)}:"):
        key_null = flow.key.is_null()
        drop(lines, f"'null-key' if {key_null} else 'null-value'")
    with lines.block("else:", flow.with_key().with_value()) as present:
        _update(lines, node, present)


def _update(lines: Lines, node: Aggregate, flow: Flow) -> None:
    folded = fold_onto(lines, node, flow, by_key.read(lines, node.store, flow.key))
    old = folded.old if wants_old(lines) else None
    time = change_time(lines, lines.node, folded.new, folded.timestamp, flow.timestamp)
    change = evolve(flow, value=folded.new, old=old, timestamp=folded.timestamp)
    with by_key.put(lines, node.store, change) as taken:
        lines.forward(evolve(taken, timestamp=time))


def advance(lines: Lines, node: Aggregate, _port: int, flow: Flow) -> str:
    """Time comes without a record."""
    if node.window is None:
        return flow.timestamp
    return advance_windows(lines, node, node.window, flow)


EMITTERS: Mapping[type[Node], Emitter] = {Aggregate: aggregate}

ADVANCES: Mapping[type[Node], Advance] = {Aggregate: advance}
