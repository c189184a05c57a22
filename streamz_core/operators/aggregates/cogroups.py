"""Emitter of several grouped streams that are aggregated into one table (Kafka: cogroup)."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Advance, Emitter, Lines
from streamz_core.operators.aggregates.by_key import advance as advance_part
from streamz_core.operators.aggregates.by_key import aggregate
from streamz_core.topology.nodes import Aggregate, Cogroup, Node


def cogroup(lines: Lines, node: Cogroup, port: int, flow: Flow) -> None:
    """Each stream is aggregated by its own function, and by its own time, into the same rows."""
    aggregate(lines, _part(node, port), 0, flow)


def _part(node: Cogroup, port: int) -> Aggregate:
    """What one stream does to the table, as an aggregate by itself."""
    return Aggregate(
        name=f"{node.name}/{node.inputs[port]}",
        order=node.order,
        key=node.key,
        value=node.value,
        kind="aggregate",
        store=node.store,
        fn=node.fns[port],
        initial=node.initial,
        merge=node.merge,
        window=node.window,
    )


def advance(lines: Lines, node: Cogroup, port: int, flow: Flow) -> str:
    """Time comes to one stream."""
    return advance_part(lines, _part(node, port), 0, flow)


EMITTERS: Mapping[type[Node], Emitter] = {Cogroup: cogroup}

ADVANCES: Mapping[type[Node], Advance] = {Cogroup: advance}
