"""Emitter of sinks into topics of the user."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.errors import TopologyError
from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.exits.writing import write, write_chosen
from streamz_core.topology.nodes import AnyCodec, Node, Sink


def sink(lines: Lines, node: Sink, _port: int, flow: Flow) -> None:
    """Kafka: SinkNode. Of a table it writes the new values, null for deleted ones."""
    codecs = _codec(node, flow.key, "key"), _codec(node, flow.value, "value")
    if node.topic is not None:
        write(lines, node.topic.name, flow, *codecs, node.partitioner)
        return
    assert node.choose is not None, f"{node.name} has no topic and none to choose"
    topic = call(lines, node.choose, flow, flow.value.obj(lines))
    write_chosen(lines, topic, flow, *codecs, node.partitioner)


def _codec(node: Sink, held: Side, side: str) -> AnyCodec:
    """What the sink writes with: said on the step, on its topic, or that of the records."""
    codec: AnyCodec | None = getattr(node, side) or getattr(node.topic, side, None) or held.codec
    if codec is None:
        raise TopologyError(f"{node.name}: no {side} codec is known; say {side}= there")
    return codec


EMITTERS: Mapping[type[Node], Emitter] = {Sink: sink}
