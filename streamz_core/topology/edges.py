"""What hangs on what, by which port, and where records leave a sub-topology to be partitioned anew.

A hop is a repartition topic: the records go out of one sub-topology and come into another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, field, frozen

from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import AnyCodec, Func, Node
from streamz_core.topology.traits import Port, When, functions_of, ports_of, rekeyed, traits_of

ANSWER = 1
"""The port by which records go on in a step whose answers come later; no parent has it."""


@frozen
class Edge:
    """Where records go: into a node, by one of its ports (traits.py). `aside`: those that the step above
    leaves out.
    """

    child: Node
    port: int = 0
    aside: bool = False


@define(eq=False)
class Hop:
    """A repartition topic, between the node that writes it and the ports that read it.

    `partitions`: as the user said, or None. `follows`: as many as what it meets, whatever writes it.
    `relaxed`: null keys pass, because a left join downstream keeps them (KIP-962); otherwise they end
    here, silently as in Kafka. `partitioner`: chooses the partitions, None: the key does.
    """

    name: str
    topic: str
    writer: Node
    key: AnyCodec
    value: AnyCodec
    partitions: int | None
    step: str
    readers: list[Edge] = field(factory=list)
    relaxed: bool = False
    follows: bool = False
    partitioner: Func | None = None


@frozen
class Edges:
    """Who hands records to whom, in order of declaration; a table that is looked into hands nothing."""

    children: Mapping[Node, Sequence[Edge | Hop]]
    hops: Sequence[Hop]


def find_edges(app: str, nodes: Sequence[Node]) -> Edges:
    """Edges and hops of `nodes`, which stand in order of declaration."""
    moved = _rekeyed(nodes)
    relaxed = _above_null_keys(nodes)
    children: dict[Node, list[Edge | Hop]] = {node: [] for node in nodes}
    hops: dict[str, Hop] = {}
    for node in nodes:
        for number, port, parent in ports_of(node):
            edge = Edge(node, number, port.aside)
            if port.lends:
                children[node] = children[parent]  # those that come later too
            if not port.fed:
                continue
            if port.hop is When.NEVER or (port.hop is When.REKEYED and parent not in moved):
                children[parent].append(edge)
                continue
            hop = _hop(app, edge, port, parent, hops)
            hop.readers.append(edge)
            hop.relaxed = hop.relaxed or node in relaxed or port.null_keys
            if hop not in children[parent]:
                children[parent].append(hop)
    return Edges(children, list(hops.values()))


def put_out(children: Sequence[Edge | Hop]) -> list[Edge | Hop]:
    """Where what a step puts out goes."""
    return [child for child in children if isinstance(child, Hop) or not child.aside]


def left_out(children: Sequence[Edge | Hop]) -> list[Edge | Hop]:
    """Where what a step leaves out goes."""
    return [child for child in children if isinstance(child, Edge) and child.aside]


def find_calling(nodes: Sequence[Node], edges: Edges) -> frozenset[Node]:
    """Nodes in whose records functions of the user may look: their own, or those of nodes below."""
    found: set[Node] = set()
    for node in reversed(nodes):
        below = (child.child for child in edges.children[node] if isinstance(child, Edge))
        if functions_of(node) or any(child in found for child in below):
            found.add(node)
    return frozenset(found)


def _hop(app: str, edge: Edge, port: Port, parent: Node, hops: dict[str, Hop]) -> Hop:
    """The hop between the two; a shared one may be there already."""
    node = edge.child
    step = port.step(node, edge.port)
    name = f"{step}-{port.name}" if port.name else step
    known = hops.get(name)
    if known is not None:
        if known.writer is parent and port.shared:
            return known
        raise TopologyError(
            f"{node.name} and {known.readers[0].child.name} both want the repartition topic"
            f" {known.topic}; give one of them another name"
        )
    key, value = port.codecs(node, parent)
    hops[name] = Hop(
        name,
        f"{app}-{name}-repartition",
        parent,
        _known(key, "key", node, parent),
        _known(value, "value", node, parent),
        port.partitions(node),
        step=step,
        follows=port.follows,
        partitioner=port.partitioner(node),
    )
    return hops[name]


def _known(codec: AnyCodec | None, side: str, node: Node, parent: Node) -> AnyCodec:
    if codec is None:
        raise TopologyError(
            f"{node.name}: no {side} codec is known for the records of {parent.name}, which are"
            f" repartitioned here; annotate its function or say {side}= there"
        )
    return codec


def _rekeyed(nodes: Sequence[Node]) -> set[Node]:
    """Nodes whose records may lie in another partition than their key says."""
    found: set[Node] = set()
    for node in nodes:
        if rekeyed(type(node), any(parent in found for parent in node.parents)):
            found.add(node)
    return found


def _above_null_keys(nodes: Sequence[Node]) -> set[Node]:
    """Nodes that keep null keys and everything upstream of one (Kafka: NULL_KEY_RELAXED_JOIN)."""
    found: set[Node] = set()
    for node in reversed(nodes):
        if traits_of(node).keeps_null_keys(node):
            found.add(node)
        if node in found:
            found.update(node.parents)
    return found
