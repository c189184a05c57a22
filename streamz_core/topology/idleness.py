"""Which inputs of a sub-topology have one time, and when it goes on though no record comes.

Inputs whose records come to a step that goes by time are one pause: it is idle when nothing came to any of them, since the
time of that step would go on for the records of the others too. What a hop has is known by those who write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from streamz_core.errors import TopologyError
from streamz_core.topology.edges import Edge, put_out
from streamz_core.topology.nodes import Node
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import Input, SubTopology
from streamz_core.topology.traits import idle_of, pattern_of, traits_of


@frozen
class Writers:
    """Who writes a hop: a task of `sub` for each partition, from what it reads in `topics`."""

    sub: str
    topics: tuple[str, ...]


@frozen
class Pause:
    """`topics`: the inputs that have one time, which goes on after `idle_ms` without a record. `hops`: those of them that are
    hops, with their writers. `lingers_ms`: so much later than the last record nothing comes out any more.
    """

    topics: tuple[str, ...]
    idle_ms: int
    hops: Mapping[str, Writers]
    lingers_ms: int


def pauses_of(plan: Plan) -> Mapping[str, Sequence[Pause]]:
    """Those of each sub-topology, by its name. TopologyError if somebody asks for them and nothing waits for time."""
    asking = [node for sub in plan.subs for node in sub.nodes if idle_of(node) is not None]
    if not asking:
        return {sub.name: () for sub in plan.subs}
    pattern = next((node for sub in plan.subs for node in sub.nodes if pattern_of(node)), None)
    if pattern is not None:
        raise TopologyError(
            f"{asking[0].name}: idle= needs to know what may still come, but {pattern.name} reads what matches a pattern; "
            "leave one of them out"
        )
    later = next((node for sub in plan.subs for node in sub.nodes if traits_of(node).later), None)
    if later is not None:
        raise TopologyError(
            f"{asking[0].name}: idle= needs to know what may still come, and does not yet know of what waits for the answers "
            f"of {later.name}; leave idle= out, or give that step another app"
        )
    lingers_ms = sum(traits_of(node).lingers_ms(node) for sub in plan.subs for node in sub.nodes)
    lingers_ms += sum(spec.ttl_ms or 0 for spec in plan.stores.values())
    if not lingers_ms:
        raise TopologyError(
            f"{asking[0].name}: idle= lets time go on without records, but nothing in the app comes out by time: no windows, "
            "no suppress, no join that waits, no timer by stream time, no ttl; leave it out"
        )
    found: dict[str, Sequence[Pause]] = {}
    for sub in _from_above(plan):
        found[sub.name] = list(_pauses(plan, sub, found, lingers_ms))
    circles = [sub for sub in plan.subs if sub.name not in found]
    for sub in circles:
        found[sub.name] = list(_pauses(plan, sub, found, lingers_ms))
    _check_circles(asking[0], circles)
    return found


def _check_circles(asking: Node, circles: Sequence[SubTopology]) -> None:
    """Parts that feed each other never know that nothing is to come: TopologyError if a step there goes by time."""
    for sub in circles:
        for node in sub.nodes:
            if traits_of(node).keeps_time(node):
                raise TopologyError(
                    f"{asking.name}: idle= lets time go on where nothing comes, but {node.name} goes by time and stands in "
                    f"a part of the app ({sub.name}) that is fed by what it feeds, or behind one: nobody can tell there "
                    "that nothing is to come. Leave idle= out, or give that step another app"
                )


def _from_above(plan: Plan) -> Iterator[SubTopology]:
    """The sub-topologies, each behind those that write its hops; none that is part of a circle, or behind one."""
    done: set[str] = set()
    left = list(plan.subs)
    while ready := [sub for sub in left if done.issuperset(_above(plan, sub))]:
        yield from ready
        done |= {sub.name for sub in ready}
        left = [sub for sub in left if sub not in ready]


def _above(plan: Plan, sub: SubTopology) -> set[str]:
    return {plan.source(one.hop).name for one in sub.inputs if one.hop is not None}


def _pauses(
    plan: Plan, sub: SubTopology, known: Mapping[str, Sequence[Pause]], lingers_ms: int
) -> Iterator[Pause]:
    for inputs in _tied(plan, sub.inputs):
        hops = {one.topic: _writers(plan, one) for one in inputs if one.hop is not None}
        above = [_idle_above(writers, known.get(writers.sub, ())) for writers in hops.values()]
        own = [
            idle for one in inputs if one.hop is None and (idle := idle_of(one.node)) is not None
        ]
        if None in above or not (own or above):
            continue  # nobody says when there is nothing to come
        idle_ms = max((*own, *(idle or 0 for idle in above)))
        yield Pause(tuple(one.topic for one in inputs), idle_ms, hops, lingers_ms)


def _writers(plan: Plan, one: Input) -> Writers:
    assert one.hop is not None, "only hops are written by the app itself"
    source = plan.source(one.hop)
    leading = (each.topic for each in source.inputs if one.hop.writer in _reached(plan, each))
    return Writers(source.name, tuple(leading))


def _idle_above(writers: Writers, pauses: Sequence[Pause]) -> int | None:
    """How long nothing comes before those who write know it; None if they do not know it of all that leads there."""
    known = {topic: pause.idle_ms for pause in pauses for topic in pause.topics}
    if not writers.topics or not known.keys() >= set(writers.topics):
        return None
    return max(known[topic] for topic in writers.topics)


def _tied(plan: Plan, inputs: Sequence[Input]) -> list[list[Input]]:
    """The inputs, together if they come to the same step that goes by time."""
    groups: list[tuple[list[Input], set[Node]]] = []
    for one in inputs:
        keeping = {node for node in _reached(plan, one) if traits_of(node).keeps_time(node)}
        joined, rest = [one], []
        for group, nodes in groups:
            if nodes & keeping:
                joined, keeping = [*group, *joined], nodes | keeping
            else:
                rest.append((group, nodes))
        groups = [*rest, (joined, keeping)]
    return [group for group, _ in groups]


def _reached(plan: Plan, one: Input) -> set[Node]:
    found: set[Node] = set()
    todo = _edges(one.readers)
    while todo:
        node = todo.pop().child
        if node not in found:
            found.add(node)
            todo += _edges(put_out(plan.children[node]))
    return found


def _edges(children: Iterable[object]) -> list[Edge]:
    return [child for child in children if isinstance(child, Edge)]
