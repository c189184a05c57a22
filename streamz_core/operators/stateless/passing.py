"""Emitters of steps that pass every record on: sources, merges, repartitions."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Merge, Node, Repartition, Source


def pass_on(lines: Lines, _: Source | Merge | Repartition, _port: int, flow: Flow) -> None:
    """Kafka: PassThrough."""
    lines.forward(flow)


EMITTERS: Mapping[type[Node], Emitter] = {
    Source: pass_on,
    Merge: pass_on,
    Repartition: pass_on,
}
