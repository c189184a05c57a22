"""Emitter of the changes of a table as a stream."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Node, ToStream


def to_stream(lines: Lines, _node: ToStream, _port: int, flow: Flow) -> None:
    """Kafka: KTableImpl.toStream; a delete becomes a null value."""
    lines.forward(evolve(flow, old=None, latest=""))


EMITTERS: Mapping[type[Node], Emitter] = {ToStream: to_stream}
