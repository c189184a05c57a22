"""Sub-topologies: which nodes run together, and what that is called (Kafka: makeNodeGroups)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from streamz_core.errors import TopologyError
from streamz_core.topology.edges import Edge, Edges, Hop
from streamz_core.topology.nodes import AnyCodec, Node, OffsetReset, StoreSpec
from streamz_core.topology.traits import (
    extractor_of,
    identity_of,
    pattern_of,
    ports_of,
    reset_of,
    stores_read,
    timing_of,
    topics_read,
)


@frozen(eq=False)
class Input:
    """A topic that a sub-topology reads, and the ports that get its records in this order.

    `hop` is None for a topic of the user; only such a topic can have an extractor.
    """

    topic: str
    hop: Hop | None
    readers: tuple[Edge, ...]
    key: AnyCodec
    value: AnyCodec

    @property
    def node(self) -> Node:
        """The first node that gets the records."""
        return self.readers[0].child

    @property
    def extractor(self) -> Callable[..., int] | None:
        """The user's `fn(record, partition_time) -> ms`, or None."""
        return extractor_of(self.node) if self.hop is None else None

    @property
    def reset(self) -> OffsetReset:
        """Where it begins; a hop at its first record: who reads it is no source."""
        return reset_of(self.node)


@frozen(eq=False)
class SubTopology:
    """Nodes that run together, a task for each partition. `number` is for display only.

    `outputs` are the topics it writes, hops included; `dynamic` says that it may write others too.
    """

    name: str
    number: int
    nodes: Sequence[Node]
    inputs: Sequence[Input]
    stores: Sequence[StoreSpec]
    outputs: Sequence[str]
    dynamic: bool

    @property
    def widens(self) -> bool:
        """Whether it reads by a pattern: topics may come that it does not read yet."""
        return any(pattern_of(node) is not None for node in self.nodes)


def groups(
    nodes: Sequence[Node], edges: Edges, stores_of: Mapping[Node, Sequence[StoreSpec]]
) -> list[list[Node]]:
    """Nodes tied by edges, looked-up tables, shared stores or a shared hop; in order of declaration."""
    union = _Union(nodes)
    owners: dict[str, Node] = {}
    for node in nodes:
        for child in edges.children[node]:
            if isinstance(child, Edge):
                union.join(node, child.child)
        for _, port, parent in ports_of(node):
            if port.looks_up or port.lends:
                union.join(node, parent)
        for spec in stores_of[node]:
            union.join(owners.setdefault(spec.name, node), node)
    for node in nodes:
        for spec in stores_read(node):
            union.join(owner_of(spec, owners, node), node)
    for hop in edges.hops:
        for reader in hop.readers:
            union.join(hop.readers[0].child, reader.child)
    found: dict[Node, list[Node]] = {}
    for node in nodes:
        found.setdefault(union.root(node), []).append(node)
    return list(found.values())


def owner_of(spec: StoreSpec, owners: Mapping[str, Node], reader: Node) -> Node:
    """The step that keeps a store which another one reads; TopologyError if there is none."""
    owner = owners.get(spec.name)
    if owner is None:
        raise TopologyError(
            f"{reader.name} reads the store {spec.name!r}, which no step keeps; connect it with the step that writes it"
        )
    return owner


def name_groups(
    found: Sequence[Sequence[Node]],
    hops: Sequence[Hop],
    stores_of: Mapping[Node, Sequence[StoreSpec]],
) -> list[str]:
    """By the step that made the hop in front, else the smallest stateful node, else the topic."""
    names = [_name(set(group), hops, stores_of) for group in found]
    # A stateless group has nothing that its name must find again, so it gives way.
    for at, group in enumerate(found):
        if names.count(names[at]) > 1 and not _made_by_hop(set(group), hops):
            topics = _topics(group)
            if topics and names[at] == topics[0] and not any(stores_of[node] for node in group):
                names[at] = f"{names[at]}-topic"
    for name in names:
        if names.count(name) > 1:
            raise TopologyError(
                f"two parts of the app would both be called {name!r}; rename a step"
            )
    return names


def _name(
    group: set[Node], hops: Sequence[Hop], stores_of: Mapping[Node, Sequence[StoreSpec]]
) -> str:
    behind = _made_by_hop(group, hops)
    # A timer comes and goes in what is there: it renames nothing.
    stateful = [identity_of(node) for node in group if stores_of[node] and timing_of(node) is None]
    candidates = behind or stateful or _topics(group) or [node.name for node in group]
    return min(candidates)


def _made_by_hop(group: set[Node], hops: Sequence[Hop]) -> list[str]:
    return [hop.step for hop in hops if hop.readers[0].child in group]


def _topics(group: set[Node] | Sequence[Node]) -> list[str]:
    """What comes in is called: by the topics, or by the source where those come and go."""
    return sorted(name for node in group for name in _entrances(node))


def _entrances(node: Node) -> list[str]:
    if pattern_of(node) is not None:
        return [node.name]
    return [topic.name for topic in topics_read(node)]


class _Union:
    """Union-find; the root of a set is its first node in order of declaration."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._rank = {node: at for at, node in enumerate(nodes)}
        self._up = {node: node for node in nodes}

    def root(self, node: Node) -> Node:
        while self._up[node] is not node:
            self._up[node] = self._up[self._up[node]]
            node = self._up[node]
        return node

    def join(self, one: Node, other: Node) -> None:
        first, second = sorted((self.root(one), self.root(other)), key=self._rank.__getitem__)
        self._up[second] = first
