"""Emitters of steps that make other keys and values: map, flat_map, select_key."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.topology.nodes import FlatMap, FlatMapValues, Map, MapValues, Node, SelectKey


def map_pairs(lines: Lines, node: Map, _port: int, flow: Flow) -> None:
    """Kafka: KStreamMap."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    key, value = lines.fresh("key"), lines.fresh("value")
    pair = lines.fresh("pair")
    lines.add(f"{pair} = {made}")
    _check_pair(lines, pair, node)
    lines.add(f"{key}, {value} = {pair}")
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
    key, value, pair = lines.fresh("key"), lines.fresh("value"), lines.fresh("pair")
    with lines.block(f"for {pair} in {made}:", flow) as each:
        _check_pair(lines, pair, node)
        lines.add(f"{key}, {value} = {pair}")
        lines.forward(evolve(each, key=Side(node.key, obj=key), value=Side(node.value, obj=value)))


def flat_map_values(lines: Lines, node: FlatMapValues, _port: int, flow: Flow) -> None:
    """Kafka: KStreamFlatMapValues."""
    made = call(lines, node.fn, flow, flow.value.obj(lines))
    value = lines.fresh("value")
    with lines.block(f"for {value} in {made}:", flow) as each:
        lines.forward(evolve(each, value=Side(node.value, obj=value)))


def select_key(lines: Lines, node: SelectKey, _port: int, flow: Flow) -> None:
    """Kafka: KStreamMap with the value kept."""
    made = call(lines, node.fn, flow, flow.value.lent(lines))
    key = lines.fresh("key")
    lines.add(f"{key} = {made}")
    lines.forward(evolve(flow, key=Side(node.key, obj=key)))


def _check_pair(lines: Lines, pair: str, node: Node) -> None:
    """Text of two letters would go on as a key and a value."""
    with lines.block(f"if type({pair}) is not tuple or len({pair}) != 2:"):
        lines.add(f"{pair} = {lines.constant('as_pair', as_pair)}({node.name!r}, {pair})")


def as_pair(step: str, made: object) -> tuple[object, object]:
    """A pair of what a function gave; TypeError for what is none."""
    if isinstance(made, tuple | list) and len(made) == 2:
        return made[0], made[1]
    raise TypeError(f"{step} gives {made!r:.80}, which is no (key, value) pair")


EMITTERS: Mapping[type[Node], Emitter] = {
    Map: map_pairs,
    MapValues: map_values,
    FlatMap: flat_map,
    FlatMapValues: flat_map_values,
    SelectKey: select_key,
}
