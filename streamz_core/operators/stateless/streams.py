"""Emitters of steps on streams that hold nothing between records."""

from __future__ import annotations

from attrs import evolve

from streamz_core.lines.lines import Flow, Lines, Side, call
from streamz_core.topology.nodes import (
    Branch,
    Filter,
    FlatMap,
    FlatMapValues,
    Map,
    MapValues,
    Merge,
    Peek,
    Repartition,
    SelectKey,
    Source,
    Split,
)


def pass_on(lines: Lines, _: Source | Merge | Repartition, _port: int, flow: Flow) -> None:
    """Kafka: PassThrough."""
    lines.forward(flow)


def filter_stream(lines: Lines, node: Filter, _port: int, flow: Flow) -> None:
    """Kafka: KStreamFilter; called with null too, as all functions on streams are."""
    test = call(lines, node.fn, flow, flow.value.obj(lines))
    with lines.block(f"if not {test}:" if node.negate else f"if {test}:"):
        lines.forward(flow.copy())


def map_pairs(lines: Lines, node: Map, _port: int, flow: Flow) -> None:
    """Kafka: KStreamMap."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key, value = lines.fresh("key"), lines.fresh("value")
    lines.add(f"{key}, {value} = {made}")
    lines.forward(evolve(flow, key=Side(node.key, obj=key), value=Side(node.value, obj=value)))


def map_values(lines: Lines, node: MapValues, _port: int, flow: Flow) -> None:
    """Kafka: KStreamMapValues."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    value = lines.fresh("value")
    lines.add(f"{value} = {made}")
    lines.forward(evolve(flow, value=Side(node.value, obj=value)))


def flat_map(lines: Lines, node: FlatMap, _port: int, flow: Flow) -> None:
    """Kafka: KStreamFlatMap; what is not iterable is an error there as well."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key, value = lines.fresh("key"), lines.fresh("value")
    with lines.block(f"for {key}, {value} in {made}:"):
        lines.forward(evolve(flow, key=Side(node.key, obj=key), value=Side(node.value, obj=value)))


def flat_map_values(lines: Lines, node: FlatMapValues, _port: int, flow: Flow) -> None:
    """Kafka: KStreamFlatMapValues."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    value = lines.fresh("value")
    with lines.block(f"for {value} in {made}:"):
        lines.forward(evolve(flow.copy(), value=Side(node.value, obj=value)))


def select_key(lines: Lines, node: SelectKey, _port: int, flow: Flow) -> None:
    """Kafka: KStreamMap with the value kept."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key = lines.fresh("key")
    lines.add(f"{key} = {made}")
    lines.forward(evolve(flow, key=Side(node.key, obj=key)))


def peek(lines: Lines, node: Peek, _port: int, flow: Flow) -> None:
    """Kafka: KStreamPeek."""
    lines.add(call(lines, node.fn, flow, flow.value.obj(lines)))
    lines.forward(flow)


def split(lines: Lines, node: Split, _port: int, flow: Flow) -> None:
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


def branch(lines: Lines, _: Branch, _port: int, flow: Flow) -> None:
    """One arm of its split, which has made the test."""
    lines.forward(flow)
