"""Emitters of exits: sinks into topics of the user, and hops into repartition topics."""

from __future__ import annotations

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import TopologyError
from streamz_core.lines.lines import Flow, Lines, Side, call, drop
from streamz_core.topology.edges import Hop
from streamz_core.topology.nodes import AnyCodec, Sink


def sink(lines: Lines, node: Sink, _port: int, flow: Flow) -> None:
    """Kafka: SinkNode. Of a table it writes the new values, null for deleted ones."""
    key_codec = _codec(node, flow.key, "key")
    value_codec = _codec(node, flow.value, "value")
    if node.topic is not None:
        _write(lines, node.topic.name, flow, key_codec, value_codec)
        return
    assert node.choose is not None, f"{node.name} has no topic and none to choose"
    chosen = lines.chosen_output(windowed=isinstance(key_codec, WindowedCodec))
    topic = call(lines, node.choose, flow, flow.value.obj(lines))
    key, value = flow.key.raw(lines, key_codec), flow.value.raw(lines, value_codec)
    out = lines.fresh("output")
    lines.add(f"{out} = {chosen}({topic})")
    with lines.block(f"if {flow.headers}:"):
        lines.add(f"{out}.headers[len({out}.timestamps)] = {flow.headers}")
    lines.add(f"{out}.keys.append({key})")
    lines.add(f"{out}.values.append({value})")
    lines.add(f"{out}.timestamps.append({flow.timestamp})")


def leave(lines: Lines, hop: Hop, flow: Flow) -> None:
    """Kafka: the filter and sink of a repartition node."""
    if hop.relaxed or not flow.key.nullable:
        _write(lines, hop.topic, flow, hop.key, hop.value)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key-repartition'")
    with lines.block("else:"):
        _write(lines, hop.topic, flow.with_key(), hop.key, hop.value)


def _write(
    lines: Lines, topic: str, flow: Flow, key_codec: AnyCodec, value_codec: AnyCodec
) -> None:
    names = lines.output(topic, windowed=isinstance(key_codec, WindowedCodec))
    key = lines.column(topic, "key", flow.key, key_codec)
    value = lines.column(topic, "value", flow.value, value_codec)
    with lines.block(f"if {flow.headers}:"):
        lines.add(f"{names.headers}[len({names.timestamps})] = {flow.headers}")
    lines.add(f"{names.key}({key})")
    lines.add(f"{names.value}({value})")
    lines.add(f"{names.timestamp}({flow.timestamp})")


def _codec(node: Sink, held: Side, side: str) -> AnyCodec:
    """What the sink writes with: said on the step, on its topic, or that of the records."""
    codec: AnyCodec | None = getattr(node, side) or getattr(node.topic, side, None) or held.codec
    if codec is None:
        raise TopologyError(f"{node.name}: no {side} codec is known; say {side}= there")
    return codec
