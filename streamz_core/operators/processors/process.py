"""Emitters of `process` and `process_values`: functions of whole records."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve

from streamz_core.lines.calls import call, context_at
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.processors.records import hand_on, key_kept, key_made
from streamz_core.record import Record
from streamz_core.topology.nodes import Node, Process, ProcessValues


def process(lines: Lines, node: Process, _port: int, flow: Flow) -> None:
    """Kafka: KStreamImpl.process. A function that yields nothing may return None."""
    _process(lines, node, flow, lambda made: key_made(lines, node, made))


def process_values(lines: Lines, node: ProcessValues, _port: int, flow: Flow) -> None:
    """Kafka: KStreamImpl.processValues."""
    _process(lines, node, flow, lambda made: key_kept(lines, flow, made))


def _process(
    lines: Lines, node: Process | ProcessValues, flow: Flow, key_of: Callable[[str], Side]
) -> None:
    context = context_at(lines, flow)
    record = lines.constant("Record", Record)
    key, value = flow.key.obj(lines), flow.value.obj(lines)
    place = f"topic={context}.topic, partition={context}.partition, offset={context}.offset"
    taken = f"{record}({key}, {value}, {flow.timestamp}, {flow.headers}, {place})"
    fn = evolve(node.fn, with_key=False)
    made = lines.fresh("record")
    with lines.block(f"for {made} in {call(lines, fn, flow, taken, context)} or ():"):
        hand_on(lines, node, made, flow, lambda: key_of(made))


EMITTERS: Mapping[type[Node], Emitter] = {Process: process, ProcessValues: process_values}
