"""Emitter of hops into repartition topics."""

from __future__ import annotations

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.operators.exits.writing import write
from streamz_core.topology.edges import Hop


def leave(lines: Lines, hop: Hop, flow: Flow) -> None:
    """Kafka: the filter and sink of a repartition node."""
    if hop.relaxed or not flow.key.nullable:
        write(lines, hop.topic, flow, hop.key, hop.value, hop.partitioner)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key-repartition'")
    with lines.block("else:", flow.with_key()) as keyed:
        write(lines, hop.topic, keyed, hop.key, hop.value, hop.partitioner)
