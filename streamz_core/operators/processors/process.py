"""Emitters of `process` and `process_values`: functions of whole records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from streamz_core.errors import Misuse
from streamz_core.lines.calls import call, context_at
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.record import Record
from streamz_core.topology.nodes import Node, Process, ProcessValues


def process(lines: Lines, node: Process, _port: int, flow: Flow) -> None:
    """Kafka: KStreamImpl.process. A function that yields nothing may return None."""

    def key_of(made: str) -> Side:
        key = lines.fresh("key")
        lines.add(f"{key} = {made}.key")
        return Side(node.key, obj=key)

    _process(lines, node, flow, key_of)


def process_values(lines: Lines, node: ProcessValues, _port: int, flow: Flow) -> None:
    """Kafka: KStreamImpl.processValues."""

    def key_of(made: str) -> Side:
        with lines.block(f"if {made}.key != {flow.key.obj(lines)}:"):
            lines.add(f"raise {lines.constant('key_changed', _key_changed)}({made})")
        return flow.key.copy()

    _process(lines, node, flow, key_of)


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
        timestamp = lines.fresh("timestamp")
        lines.add(f"{timestamp} = {made}.timestamp")
        with lines.block(f"if {timestamp} < 0:"):
            lines.add(f"raise {lines.constant('negative_time', _negative_time)}({made})")
        new_value, headers = lines.fresh("value"), lines.fresh("headers")
        lines.add(f"{new_value} = {made}.value")
        lines.add(f"{headers} = {made}.headers")
        lines.forward(
            Flow(
                key_of(made),
                Side(node.value, obj=new_value),
                timestamp,
                headers,
            )
        )


def _negative_time(record: Record[Any, Any]) -> Misuse:
    return Misuse(f"{record!r} has a negative timestamp; times are ms since 1970, UTC")


def _key_changed(record: Record[Any, Any]) -> Misuse:
    return Misuse(
        f"{record!r} has another key than its input: process_values keeps it, use process to change it"
    )


EMITTERS: Mapping[type[Node], Emitter] = {Process: process, ProcessValues: process_values}
