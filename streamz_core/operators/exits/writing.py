"""Lines that put a record into the buffer of a topic."""

from __future__ import annotations

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.topology.nodes import AnyCodec


def write(lines: Lines, topic: str, flow: Flow, key_codec: AnyCodec, value_codec: AnyCodec) -> None:
    """Into a topic that is known; columns may be encoded at the end of the batch."""
    names = lines.output(topic, tail_bytes=_tail_bytes(key_codec))
    key = lines.column(topic, "key", flow.key, key_codec)
    value = lines.column(topic, "value", flow.value, value_codec)
    with lines.block(f"if {flow.headers}:"):
        lines.add(f"{names.headers}[len({names.timestamps})] = {flow.headers}")
    lines.add(f"{names.key}({key})")
    lines.add(f"{names.value}({value})")
    lines.add(f"{names.timestamp}({flow.timestamp})")


def write_chosen(
    lines: Lines, topic: str, flow: Flow, key_codec: AnyCodec, value_codec: AnyCodec
) -> None:
    """Into the topic that an expression names."""
    codecs = lines.constant("key", key_codec), lines.constant("value", value_codec)
    chosen = lines.bound("choose", f"chosen({codecs[0]}, {codecs[1]}, {_tail_bytes(key_codec)})")
    key, value = flow.key.raw(lines, key_codec), flow.value.raw(lines, value_codec)
    out = lines.fresh("output")
    lines.add(f"{out} = {chosen}({topic})")
    with lines.block(f"if {flow.headers}:"):
        lines.add(f"{out}.headers[len({out}.timestamps)] = {flow.headers}")
    lines.add(f"{out}.keys.append({key})")
    lines.add(f"{out}.values.append({value})")
    lines.add(f"{out}.timestamps.append({flow.timestamp})")


def _tail_bytes(key_codec: AnyCodec) -> int:
    """How many bytes at the end of a key tell its window."""
    return key_codec.extent.tail_bytes if isinstance(key_codec, WindowedCodec) else 0
