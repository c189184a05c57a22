"""Emitter of processors that are objects: they forward while they run, as Kafka's do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.operators.processors.records import hand_on, key_made
from streamz_core.record import Record
from streamz_core.topology.nodes import Node, Processor

CALLED: Final = 1
"""The port by which time comes in: the value of the flow is what is to be called with it."""


def processor(lines: Lines, node: Processor, port: int, flow: Flow) -> None:
    """Kafka: ProcessorNode. What forward() calls is one local function, for it is called from inside of process()."""
    facades = {
        spec.name: lines.facade(spec, reads=spec.name in node.fn.reading) for spec in node.fn.stores
    }
    given = ", ".join(f"{name!r}: {facade}" for name, facade in facades.items())
    supplier = lines.constant(node.fn.name, node.fn.call)
    hand = lines.bound(f"hand_{node.name}", f"hand({node.name!r}, {supplier}, {{{given}}})")
    context = lines.bound(f"context_{node.name}", f"{hand}.context")
    lines.context(context)
    for place in (context, *facades.values()):
        lines.add(f"{place}.timestamp = {flow.timestamp}")
    lines.add(f"{context}.headers = {flow.headers}")
    lines.add(f"{context}.forwarding = {_forwarding(lines, node, flow)}")
    if port == CALLED:
        lines.add(f"{flow.value.obj(lines)}({flow.timestamp})")
    else:
        process = lines.fetched(f"process_{node.name}", f"{hand}.process")
        lines.add(f"{process}({_record(lines, context, flow)})")
    lines.add(f"{context}.forwarding = None")


def _record(lines: Lines, context: str, flow: Flow) -> str:
    record = lines.constant("Record", Record)
    key, value = flow.key.obj(lines), flow.value.obj(lines)
    place = f"topic={context}.topic, partition={context}.partition, offset={context}.offset"
    return f"{record}({key}, {value}, {flow.timestamp}, {flow.headers}, {place})"


def _forwarding(lines: Lines, node: Processor, flow: Flow) -> str:
    """The local function that hands a record to the children. It knows nothing of what came: all is looked at."""
    name, made = lines.fresh(f"forward_{node.name}"), lines.fresh("record")
    with lines.block(f"def {name}({made}):", apart=True):
        came = Flow(flow.key, flow.value, "()", "()")
        hand_on(lines, node, made, came, lambda: key_made(lines, node, made))
    return name


EMITTERS: Mapping[type[Node], Emitter] = {Processor: processor}
