"""Emitters of steps that pass every record on: sources, merges, repartitions, what came too late."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Late, Merge, Node, Repartition, Source

Passing = Source | Merge | Repartition | Late


def pass_on(lines: Lines, _: Passing, _port: int, flow: Flow) -> None:
    """Kafka: PassThrough."""
    lines.forward(flow)


EMITTERS: Mapping[type[Node], Emitter] = {
    Source: pass_on,
    Merge: pass_on,
    Repartition: pass_on,
    Late: pass_on,
}
