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
from streamz_core.record import Record, headers_of, timestamp_of
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
        with lines.block(f"if not isinstance({made}, {record}):"):
            lines.add(f"raise {lines.constant('no_record', _no_record)}({node.name!r}, {made})")
        timestamp = _changed(lines, f"{made}.timestamp", flow.timestamp, timestamp_of)
        headers = _changed(lines, f"{made}.headers", flow.headers, headers_of)
        new_value = lines.fresh("value")
        lines.add(f"{new_value} = {made}.value")
        lines.forward(
            Flow(
                key_of(made),
                Side(node.value, obj=new_value),
                timestamp,
                headers,
            )
        )


def _changed(lines: Lines, expression: str, came: str, check: Callable[[object], object]) -> str:
    """A variable with a part of a record that was made. What came is known to be right."""
    part = lines.fresh(expression.rpartition(".")[2])
    lines.add(f"{part} = {expression}")
    checked = f"{part} = {lines.constant(check.__name__, check)}({part})"
    if not came.isidentifier():
        lines.add(checked)
        return part
    with lines.block(f"if {part} is not {came}:"):
        lines.add(checked)
    return part


def _no_record(step: str, made: object) -> TypeError:
    return TypeError(
        f"{step} gives {made!r:.80}, which is no Record: yield record.with_value(...), or a Record of "
        "a key, a value and a timestamp"
    )


def _key_changed(record: Record[Any, Any]) -> Misuse:
    return Misuse(
        f"{record!r} has another key than its input: process_values keeps it, use process to change it"
    )


EMITTERS: Mapping[type[Node], Emitter] = {Process: process, ProcessValues: process_values}
