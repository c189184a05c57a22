"""Where records leave a sub-topology to be partitioned anew, and what hangs on what.

A hop is a repartition topic: the records go out of one sub-topology and come into another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, field, frozen

from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import (
    Aggregate,
    AnyCodec,
    FlatMap,
    Map,
    Node,
    Process,
    Repartition,
    SelectKey,
    StreamTableJoin,
    ToTable,
)
from streamz_core.topology.tables import table_of


@define(eq=False)
class Hop:
    """A repartition topic, between the node that writes it and those that read it.

    `partitions`: as the user said, or None. `relaxed`: null keys pass, because a left join
    downstream keeps them (KIP-962); otherwise they end here, silently as in Kafka.
    """

    name: str
    topic: str
    writer: Node
    key: AnyCodec
    value: AnyCodec
    partitions: int | None
    step: str
    readers: list[Node] = field(factory=list)
    relaxed: bool = False


@frozen
class Edges:
    """Who hands records to whom, in order of declaration; a table read by a join is no edge."""

    children: Mapping[Node, Sequence[Node | Hop]]
    hops: Sequence[Hop]


def find_edges(app: str, nodes: Sequence[Node]) -> Edges:
    """Edges and hops of `nodes`, which stand in order of declaration."""
    rekeyed = _rekeyed(nodes)
    relaxed = _above_relaxed_joins(nodes)
    children: dict[Node, list[Node | Hop]] = {node: [] for node in nodes}
    hops: dict[str, Hop] = {}
    for node in nodes:
        for parent in feeding(node):
            if not _needs_hop(node, parent, rekeyed):
                children[parent].append(node)
                continue
            hop = _hop(app, node, parent, hops)
            hop.readers.append(node)
            hop.relaxed = hop.relaxed or node in relaxed
            if hop not in children[parent]:
                children[parent].append(hop)
    return Edges(children, list(hops.values()))


def feeding(node: Node) -> tuple[Node, ...]:
    """The parents whose records reach the node; the table of a join is only looked into."""
    return node.parents[:1] if isinstance(node, StreamTableJoin) else node.parents


def _needs_hop(node: Node, parent: Node, rekeyed: set[Node]) -> bool:
    if isinstance(node, Repartition):
        return True
    return isinstance(node, Aggregate | ToTable | StreamTableJoin) and parent in rekeyed


def _hop(app: str, node: Node, parent: Node, hops: dict[str, Hop]) -> Hop:
    """The hop between the two; a named grouping has one for all its aggregates."""
    name = _hop_name(node)
    known = hops.get(name)
    if known is not None:
        if known.writer is parent and isinstance(node, Aggregate):
            return known
        raise TopologyError(
            f"{node.name} and {known.readers[0].name} both want the repartition topic"
            f" {known.topic}; give one of them another name"
        )
    hops[name] = Hop(
        name,
        f"{app}-{name}-repartition",
        parent,
        _codec(node, parent, "key"),
        _codec(node, parent, "value"),
        node.partitions if isinstance(node, Repartition) else None,
        step=node.grouping or node.name if isinstance(node, Aggregate) else node.name,
    )
    return hops[name]


def _hop_name(node: Node) -> str:
    if isinstance(node, Aggregate):
        return node.grouping or node.name
    return f"{node.name}-left" if isinstance(node, StreamTableJoin) else node.name


def _codec(node: Node, parent: Node, side: str) -> AnyCodec:
    """What the hop writes: keys as the step behind it knows them, or they would never meet."""
    own = node
    if isinstance(node, StreamTableJoin):
        own = table_of(node) if side == "key" else parent
    elif isinstance(node, Aggregate):
        own = parent
    codec: AnyCodec | None = getattr(own, side)
    if side == "key" and isinstance(node, Aggregate):
        codec = node.store.key or codec
    if codec is None:
        raise TopologyError(
            f"{node.name}: no {side} codec is known for the records of {parent.name}, which are"
            f" repartitioned here; annotate its function or say {side}= there"
        )
    return codec


def _rekeyed(nodes: Sequence[Node]) -> set[Node]:
    """Streams whose records may lie in another partition than their key says."""
    found: set[Node] = set()
    for node in nodes:
        if isinstance(node, Map | FlatMap | SelectKey | Process):
            changed = True
        elif isinstance(node, Repartition | Aggregate | ToTable | StreamTableJoin):
            changed = False
        else:
            changed = any(parent in found for parent in node.parents)
        if changed:
            found.add(node)
    return found


def _above_relaxed_joins(nodes: Sequence[Node]) -> set[Node]:
    """Left stream-table joins and everything upstream of one (Kafka: NULL_KEY_RELAXED_JOIN)."""
    found: set[Node] = set()
    for node in reversed(nodes):
        if isinstance(node, StreamTableJoin) and node.left_outer:
            found.add(node)
        if node in found:
            found.update(node.parents)
    return found
