"""Lines that put a record into the buffer of a topic."""

from __future__ import annotations

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.operators.exits.placing import placed
from streamz_core.topology.nodes import AnyCodec, Func


def write(  # noqa: PLR0913 - a record, and how it is written
    lines: Lines,
    topic: str,
    flow: Flow,
    key_codec: AnyCodec,
    value_codec: AnyCodec,
    partitioner: Func | None = None,
) -> None:
    """Into a topic that is known; columns may be encoded at the end of the batch."""
    names = lines.output(topic, tail_bytes=_tail_bytes(key_codec))
    where = repr(topic), lines.bound(f"width_{topic}", f"width({topic!r})")
    with placed(lines, partitioner, *where, flow) as (going, targets):
        key = lines.column(topic, "key", going.key, key_codec)
        value = lines.column(topic, "value", going.value, value_codec)
        with lines.block(f"if {going.headers}:"):
            lines.add(f"{names.headers}[len({names.timestamps})] = {going.headers}")
        if targets:
            with lines.block(f"if {targets} is not None:"):
                lines.add(f"{names.placed}[len({names.timestamps})] = {targets}")
        lines.add(f"{names.key}({key})")
        lines.add(f"{names.value}({value})")
        lines.add(f"{names.timestamp}({going.timestamp})")


def write_chosen(  # noqa: PLR0913 - a record, and how it is written
    lines: Lines,
    topic: str,
    flow: Flow,
    key_codec: AnyCodec,
    value_codec: AnyCodec,
    partitioner: Func | None = None,
) -> None:
    """Into the topic that an expression names."""
    codecs = lines.constant("key", key_codec), lines.constant("value", value_codec)
    given = f"{lines.node.name!r}, {codecs[0]}, {codecs[1]}, {_tail_bytes(key_codec)}"
    chosen = lines.bound("choose", f"chosen({given})")
    out, name = lines.fresh("output"), lines.fresh("topic")
    lines.add(f"{name} = {topic}")
    lines.add(f"{out} = {chosen}({name})")
    width = f"{lines.bound('width_of', 'width')}({name})"
    with placed(lines, partitioner, name, width, flow) as (going, targets):
        key, value = going.key.raw(lines, key_codec), going.value.raw(lines, value_codec)
        with lines.block(f"if {going.headers}:"):
            lines.add(f"{out}.headers[len({out}.timestamps)] = {going.headers}")
        if targets:
            with lines.block(f"if {targets} is not None:"):
                lines.add(f"{out}.placed[len({out}.timestamps)] = {targets}")
        lines.add(f"{out}.keys.append({key})")
        lines.add(f"{out}.values.append({value})")
        lines.add(f"{out}.timestamps.append({going.timestamp})")


def _tail_bytes(key_codec: AnyCodec) -> int:
    """How many bytes at the end of a key tell its window."""
    return key_codec.extent.tail_bytes if isinstance(key_codec, WindowedCodec) else 0
