"""Emitter of peek: a function that looks at every record."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Node, Peek


def peek(lines: Lines, node: Peek, _port: int, flow: Flow) -> None:
    """Kafka: KStreamPeek."""
    lines.add(call(lines, node.fn, flow, flow.value.obj(lines)))
    lines.forward(flow)


EMITTERS: Mapping[type[Node], Emitter] = {Peek: peek}
