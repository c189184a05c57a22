"""Emitters of steps that look at every record: peek, and foreach, which ends there."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Foreach, Node, Peek


def peek(lines: Lines, node: Peek, _port: int, flow: Flow) -> None:
    """Kafka: KStreamPeek."""
    lines.add(call(lines, node.fn, flow, flow.value.lent(lines)))
    lines.forward(flow)


def foreach(lines: Lines, node: Foreach, _port: int, flow: Flow) -> None:
    """Kafka: KStreamForeach."""
    lines.add(call(lines, node.fn, flow, flow.value.lent(lines)))


EMITTERS: Mapping[type[Node], Emitter] = {Peek: peek, Foreach: foreach}
