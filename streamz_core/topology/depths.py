"""How many answers a record has waited for when it comes to a step: what keeps results those of one record after the other.

A step whose answers come later (`traits.later`) is a place where records wait in a line. What stands behind it,
and what shares a store or a topic with that, is one deeper: whatever comes to it from elsewhere waits in the same
line, so it sees everything in the order in which it would have been called without waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from streamz_core.errors import TopologyError
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import Node, StoreSpec
from streamz_core.topology.tables import Table
from streamz_core.topology.traits import (
    chooses_topics,
    ports_of,
    stores_read,
    topics_written,
    traits_of,
)

Children = Mapping[Node, Sequence[Edge | Hop]]
Touched = Mapping[Node, Collection[str]]


def find_depths(
    groups: Iterable[Sequence[Node]],
    children: Children,
    stores_of: Mapping[Node, Sequence[StoreSpec]],
    tables: Mapping[Node, Table],
) -> dict[Node, int]:
    """The depth of each node that has one, of all sub-topologies; the others have 0.

    TopologyError where what stands behind a step shares something with what stands in front of it, or has rows
    that expire: the task's stream time, by which they do, is that of records which still wait.
    """
    found: dict[Node, int] = {}
    for nodes in groups:
        if any(traits_of(node).later for node in nodes):
            found.update(_depths(nodes, children, _touched(nodes, stores_of, tables)))
    for node in found:
        for spec in stores_of[node]:
            if spec.ttl_ms is not None:
                raise TopologyError(
                    f"{node.name}: the rows of {spec.name} expire by the stream time of the task, which runs ahead "
                    "behind map_async and map_batch; leave ttl= out, or put .repartition() in front of it"
                )
    return found


def _depths(nodes: Sequence[Node], children: Children, touched: Touched) -> dict[Node, int]:
    """A line for each depth: steps that wait, neither of them behind the other, stand in one together."""
    later = [node for node in nodes if traits_of(node).later]
    behind = {node: _behind(node, nodes, children, touched) for node in later}
    for node in later:
        if node in behind[node]:
            raise _shared(node, nodes, children, touched, behind[node])
    ranks: dict[Node, int] = {}
    for node in sorted(later, key=lambda one: sum(one in those for those in behind.values())):
        before = (ranks[other] for other in later if node in behind[other])
        ranks[node] = 1 + max(before, default=0)
    return {
        node: max(ranks[other] for other in later if node in behind[other])
        for node in nodes
        if any(node in those for those in behind.values())
    }


def _behind(start: Node, nodes: Sequence[Node], children: Children, touched: Touched) -> set[Node]:
    """What must see things in the order in which they come out of a step."""
    users: dict[str, list[Node]] = {}
    for node in nodes:
        for one in touched[node]:
            users.setdefault(one, []).append(node)
    found: set[Node] = set()
    todo = list(_below(start, children))
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += _below(node, children)
            todo += chain.from_iterable(users[one] for one in touched[node] if len(users[one]) > 1)
    return found


def _below(node: Node, children: Children) -> Iterator[Node]:
    return (child.child for child in children[node] if isinstance(child, Edge))


def _touched(
    nodes: Sequence[Node],
    stores_of: Mapping[Node, Sequence[StoreSpec]],
    tables: Mapping[Node, Table],
) -> dict[Node, set[str]]:
    """The stores that each node reads or writes, and the topics that it writes, by name."""
    anywhere = any(chooses_topics(node) for node in nodes)
    found: dict[Node, set[str]] = {}
    for node in nodes:
        looked_up = (parent for _, port, parent in ports_of(node) if port.looks_up)
        stores = {spec.name for spec in (*stores_of[node], *stores_read(node))}
        stores |= {name for table in looked_up for name in _rows_of(table, tables)}
        topics = {topic.name for topic in topics_written(node)}
        if anywhere and (topics or chooses_topics(node)):
            topics = {""}  # any two of them may write to the same one
        found[node] = {f"the store {name}" for name in stores}
        found[node] |= {f"the topic {name}".rstrip() for name in topics}
    return found


def _rows_of(table: Node, tables: Mapping[Node, Table]) -> Iterator[str]:
    """The stores in which the rows of a table are looked up."""
    store = tables[table].store
    if store is not None:
        yield store.name
        return
    for _, port, parent in ports_of(table):
        if port.looks_up or parent in tables:
            yield from _rows_of(parent, tables)


def _shared(
    later: Node, nodes: Sequence[Node], children: Children, touched: Touched, behind: set[Node]
) -> TopologyError:
    """Which step in front of it, and which one behind it, cannot both have their turn."""
    front = [later]
    for node in reversed(nodes):
        if any(child in front for child in _below(node, children)):
            front.append(node)
    rest = [node for node in nodes if node in behind and node not in front]
    for node in front:
        for one in sorted(touched[node]):
            for other in rest:
                if one in touched[other]:
                    return TopologyError(
                        f"{other.name} uses {one} behind {later.name}, whose answers come later, and {node.name} uses "
                        f"it in front of that: it would have to wait for every answer. Give each a store of its own, "
                        "or put .repartition() between them"
                    )
    return TopologyError(f"what stands behind {later.name} stands in front of it as well")
