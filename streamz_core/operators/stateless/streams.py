"""Emitters of steps on streams: what holds nothing between records, and `process`."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from streamz_core.errors import Misuse
from streamz_core.lines.lines import Flow, Lines, Side, call
from streamz_core.record import Record
from streamz_core.topology.nodes import (
    Branch,
    Filter,
    FlatMap,
    FlatMapValues,
    Map,
    MapValues,
    Merge,
    Peek,
    Process,
    Repartition,
    SelectKey,
    Source,
    Split,
)


def pass_on(lines: Lines, _: Source | Merge | Repartition, flow: Flow) -> None:
    """Kafka: PassThrough."""
    lines.forward(flow)


def filter_stream(lines: Lines, node: Filter, flow: Flow) -> None:
    """Kafka: KStreamFilter; called with null too, as all functions on streams are."""
    test = call(lines, node.fn, flow, flow.value.obj(lines))
    with lines.block(f"if not {test}:" if node.negate else f"if {test}:"):
        lines.forward(flow.copy())


def map_pairs(lines: Lines, node: Map, flow: Flow) -> None:
    """Kafka: KStreamMap."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key, value = lines.fresh("key"), lines.fresh("value")
    lines.add(f"{key}, {value} = {made}")
    lines.forward(evolve(flow, key=Side(node.key, obj=key), value=Side(node.value, obj=value)))


def map_values(lines: Lines, node: MapValues, flow: Flow) -> None:
    """Kafka: KStreamMapValues."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    value = lines.fresh("value")
    lines.add(f"{value} = {made}")
    lines.forward(evolve(flow, value=Side(node.value, obj=value)))


def flat_map(lines: Lines, node: FlatMap, flow: Flow) -> None:
    """Kafka: KStreamFlatMap; what is not iterable is an error there as well."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key, value = lines.fresh("key"), lines.fresh("value")
    with lines.block(f"for {key}, {value} in {made}:"):
        lines.forward(evolve(flow, key=Side(node.key, obj=key), value=Side(node.value, obj=value)))


def flat_map_values(lines: Lines, node: FlatMapValues, flow: Flow) -> None:
    """Kafka: KStreamFlatMapValues."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    value = lines.fresh("value")
    with lines.block(f"for {value} in {made}:"):
        lines.forward(evolve(flow.copy(), value=Side(node.value, obj=value)))


def select_key(lines: Lines, node: SelectKey, flow: Flow) -> None:
    """Kafka: KStreamMap with the value kept."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key = lines.fresh("key")
    lines.add(f"{key} = {made}")
    lines.forward(evolve(flow, key=Side(node.key, obj=key)))


def peek(lines: Lines, node: Peek, flow: Flow) -> None:
    """Kafka: KStreamPeek."""
    lines.add(call(lines, node.fn, flow, flow.value.obj(lines)))
    lines.forward(flow)


def split(lines: Lines, node: Split, flow: Flow) -> None:
    """Kafka: KStreamBranch; the first branch whose test is true is the only child that gets it."""
    arms = sorted(lines.branches(node), key=lambda arm: arm.fn is None)
    # Tests stand in one if-chain: what they look at must be there before it begins.
    tests = [
        call(lines, arm.fn, flow, flow.value.obj(lines)) if arm.fn is not None else ""
        for arm in arms
    ]
    for at, (arm, test) in enumerate(zip(arms, tests, strict=True)):
        if not test and at == 0:
            lines.forward_to(arm, flow.copy())
            continue
        word = "if" if at == 0 else "elif"
        with lines.block(f"{word} {test}:" if test else "else:"):
            lines.forward_to(arm, flow.copy())


def branch(lines: Lines, _: Branch, flow: Flow) -> None:
    """One arm of its split, which has made the test."""
    lines.forward(flow)


def process(lines: Lines, node: Process, flow: Flow) -> None:
    """Kafka: process and processValues. A function that yields nothing may return None."""
    context = lines.context()
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
                _key_of(lines, node, flow, made),
                Side(node.value, obj=new_value),
                timestamp,
                headers,
            )
        )


def _key_of(lines: Lines, node: Process, flow: Flow, made: str) -> Side:
    if not node.values_only:
        key = lines.fresh("key")
        lines.add(f"{key} = {made}.key")
        return Side(node.key, obj=key)
    with lines.block(f"if {made}.key != {flow.key.obj(lines)}:"):
        lines.add(f"raise {lines.constant('key_changed', _key_changed)}({made})")
    return flow.key.copy()


def _negative_time(record: Record[Any, Any]) -> Misuse:
    return Misuse(f"{record!r} has a negative timestamp; times are ms since 1970, UTC")


def _key_changed(record: Record[Any, Any]) -> Misuse:
    return Misuse(
        f"{record!r} has another key than its input: process_values keeps it, use process to change it"
    )
