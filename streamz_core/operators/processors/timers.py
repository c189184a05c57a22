"""Emitter of functions that are called when time has come: `punctuate` and `every`."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import call, context_at
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.operators.processors.records import hand_on, key_made
from streamz_core.topology.nodes import Every, Node, Punctuate, Timed


def run_timer(lines: Lines, node: Timed, _port: int, flow: Flow) -> None:
    """Kafka: ProcessorNode.punctuate. A function that yields nothing may return None."""
    context = context_at(lines, flow)
    fn, made = evolve(node.fn, with_key=False), lines.fresh("record")
    with lines.block(f"for {made} in {call(lines, fn, flow, flow.timestamp, context)} or ():"):
        # No record came: every time, and all headers, are looked at.
        hand_on(
            lines,
            node,
            made,
            evolve(flow, timestamp="()", headers="()"),
            lambda: key_made(lines, node, made),
        )


EMITTERS: Mapping[type[Node], Emitter] = {Punctuate: run_timer, Every: run_timer}
