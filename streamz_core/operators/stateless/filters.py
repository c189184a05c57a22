"""Emitter of filters on streams."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Filter, Node


def filter_stream(lines: Lines, node: Filter, _port: int, flow: Flow) -> None:
    """Kafka: KStreamFilter; called with null too, as all functions on streams are."""
    test = call(lines, node.fn, flow, flow.value.lent(lines))
    with lines.block(f"if not {test}:" if node.negate else f"if {test}:", flow) as kept:
        lines.forward(kept)


EMITTERS: Mapping[type[Node], Emitter] = {Filter: filter_stream}
