"""How many partitions internal topics get, and which topics must have equally many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from streamz_core.errors import TopologyError, UnknownTopic
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import Node, StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import Input, SubTopology
from streamz_core.topology.traits import Port, ports_of, stores_read, traits_of


@frozen
class Partitions:
    """`hops`: partitions of each repartition topic. `tasks`: tasks of each sub-topology, by name.
    `changelogs`: partitions of each changelog topic.
    """

    hops: Mapping[str, int]
    tasks: Mapping[str, int]
    changelogs: Mapping[str, int]


def resolve_partitions(plan: Plan, counts: Mapping[str, int], unmatched: int = 1) -> Partitions:
    """Counts of everything internal, from `counts` of the user's topics, and of repartition topics that are to
    stay as they are; `unmatched`: of what a pattern will match, as long as it matches nothing.

    A repartition topic has what the user said; else as many as the topics it is joined with; else
    as many as the largest input of the sub-topology that writes it (Kafka: RepartitionTopics,
    CopartitionedTopicsEnforcer). TopologyError names topics that are joined and differ, UnknownTopic
    one that `counts` lacks.
    """
    sizes = _given(plan, counts)
    together = _copartitioned(plan)
    for group in together:
        _settle(group, sizes)
    _derive(plan, together, sizes, unmatched)
    tasks = {sub.name: _width([sub], sizes, unmatched) for sub in plan.subs}
    return Partitions(
        hops={hop.topic: sizes[hop.topic] for hop in plan.hops},
        tasks=tasks,
        changelogs={
            plan.changelog(spec.name): tasks[sub.name]
            for sub in plan.subs
            for spec in sub.stores
            if spec.name not in plan.sourced
        },
    )


def _given(plan: Plan, counts: Mapping[str, int]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for entry in _inputs(plan):
        if entry.hop is not None:
            found = entry.hop.partitions or counts.get(entry.topic)
            if found is not None:
                sizes[entry.topic] = found
        elif entry.topic in counts:
            sizes[entry.topic] = counts[entry.topic]
        else:
            raise UnknownTopic(f"topic {entry.topic}, read by {entry.node.name}, does not exist")
    return sizes


def _inputs(plan: Plan) -> Iterator[Input]:
    return (entry for sub in plan.subs for entry in sub.inputs)


@frozen
class _Together:
    """Inputs that must have equally many partitions, and the step that wants it. `reads`: the store that it reads;
    "" if it joins them.
    """

    step: Node
    inputs: Sequence[Input]
    reads: str = ""

    def told(self) -> str:
        """What the step does with them."""
        if self.reads:
            return f"{self.step.name} reads the store {self.reads}, which comes of topics"
        return f"{self.step.name} joins topics"


def _copartitioned(plan: Plan) -> list[_Together]:
    """One group for each set of inputs that joins tie together, and stores that others read; overlapping ones
    merged.
    """
    found: list[_Together] = []
    for sub in plan.subs:
        for wanted in _wanted(plan, sub):
            inputs = set(wanted.inputs)
            apart = [group for group in found if inputs.isdisjoint(group.inputs)]
            for group in found:
                if group not in apart:
                    inputs |= set(group.inputs)
            ordered = [entry for entry in sub.inputs if entry in inputs]
            found = [*apart, evolve(wanted, inputs=ordered)]
    return found


def _wanted(plan: Plan, sub: SubTopology) -> Iterator[_Together]:
    """What each step of a sub-topology wants to be partitioned alike."""
    for node in sub.nodes:
        if traits_of(node).copartitioned:
            inputs = {entry for way in ports_of(node) for entry in _coming_in(sub, node, *way)}
            yield _Together(node, list(inputs))
        for spec in stores_read(node):
            inputs = _reaching(sub, node)
            if inputs:
                yield _Together(node, list(inputs | _writing(plan, sub, spec)), spec.name)


def _writing(plan: Plan, sub: SubTopology, spec: StoreSpec) -> set[Input]:
    """The inputs whose records change a store."""
    owners = (node for node in sub.nodes if spec in plan.stores_of(node))
    return set().union(*(_reaching(sub, owner) for owner in owners))


def _coming_in(sub: SubTopology, node: Node, number: int, _port: Port, parent: Node) -> set[Input]:
    """The inputs of the sub-topology whose records reach a port, or the table it looks into."""
    edge = Edge(node, number)
    hops = {entry for entry in sub.inputs if entry.hop is not None and edge in entry.readers}
    return hops or _reaching(sub, parent)


def _reaching(sub: SubTopology, node: Node) -> set[Input]:
    """The inputs of the sub-topology from which records reach the node."""
    entered = {entry for entry in sub.inputs if entry.hop is None and Edge(node) in entry.readers}
    fed = (way for way in ports_of(node) if way[1].fed)
    return entered.union(*(_coming_in(sub, node, *way) for way in fed))


def _settle(group: _Together, sizes: dict[str, int]) -> None:
    """Give hops without a number that of the rest of the group; refuse a group that differs."""
    known = [entry for entry in group.inputs if entry.topic in sizes]
    before = "it" if group.reads else "the join"
    for entry in known[1:]:
        if sizes[entry.topic] != sizes[known[0].topic]:
            raise TopologyError(
                f"{group.told()} that are not partitioned alike:"
                f" {known[0].topic} has {sizes[known[0].topic]} partitions,"
                f" {entry.topic} has {sizes[entry.topic]}; give both the same number,"
                f" or put repartition(partitions=...) before {before}"
            )
    if known:
        sizes.update({entry.topic: sizes[known[0].topic] for entry in group.inputs})


def _derive(
    plan: Plan, together: Sequence[_Together], sizes: dict[str, int], unmatched: int
) -> None:
    """Hops that nothing has settled yet: as wide as the widest input of their writers."""
    open_hops = [hop for hop in plan.hops if hop.topic not in sizes]
    while open_hops:
        groups = [_deciding(hop, together) for hop in open_hops]
        # Parts of an app may feed each other: then what is known counts, as in Kafka, and some always is.
        deciding = next(
            group for enough in (all, any) for group in groups if enough(_known(plan, group, sizes))
        )
        width = _width([plan.source(hop) for hop in deciding], sizes, unmatched)
        sizes.update({hop.topic: width for hop in _bound(deciding[0], together)})
        open_hops = [hop for hop in open_hops if hop.topic not in sizes]


def _width(subs: Sequence[SubTopology], sizes: Mapping[str, int], unmatched: int) -> int:
    """As many as the widest of what they read that is known."""
    default = unmatched if any(sub.widens for sub in subs) else 1
    known = (entry.topic for sub in subs for entry in sub.inputs if entry.topic in sizes)
    return max((sizes[topic] for topic in known), default=default)


def _bound(hop: Hop, together: Sequence[_Together]) -> list[Hop]:
    """The hops that must be as wide as this one, itself included."""
    for group in together:
        hops = [entry.hop for entry in group.inputs if entry.hop is not None]
        if hop in hops:
            return hops
    return [hop]


def _deciding(hop: Hop, together: Sequence[_Together]) -> list[Hop]:
    """Those of them that are as wide as what writes them; if all follow each other, they all are."""
    bound = _bound(hop, together)
    return [each for each in bound if not each.follows] or bound


def _known(plan: Plan, hops: Sequence[Hop], sizes: Mapping[str, int]) -> list[bool]:
    """Of each input of what writes these hops, whether its number is known."""
    return [entry.topic in sizes for hop in hops for entry in plan.source(hop).inputs]
