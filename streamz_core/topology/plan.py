"""The plan of an app: its sub-topologies, the hops between them, and the stores of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from attrs import field, frozen

from streamz_core.errors import TopologyError
from streamz_core.topology.depths import find_depths
from streamz_core.topology.describe import describe
from streamz_core.topology.edges import Edge, Edges, Hop, find_calling, find_edges
from streamz_core.topology.nodes import GlobalTable, Graph, Node, StoreSpec
from streamz_core.topology.subtopologies import Input, SubTopology, groups, name_groups
from streamz_core.topology.tables import Table, decide_tables
from streamz_core.topology.traits import (
    chooses_topics,
    extractor_of,
    is_everywhere,
    stores_kept,
    topics_read,
    topics_written,
    traits_of,
)


@frozen(eq=False)
class Plan:
    """What `make_plan` found out about a graph. `stores`: of tasks, each with a changelog. `sourced`: by their names, of
    tables that are read, the topics that are their changelogs. `everywhere`: by
    the names of their stores, the tables of which every worker has all rows. `children`, `tables` and `calling` (nodes whose records
    functions of the user may see, there or further down) are what the compiler asks, and `depths`: how many answers
    what comes to a node has waited for, where it has.
    """

    app: str
    subs: Sequence[SubTopology]
    hops: Sequence[Hop]
    stores: Mapping[str, StoreSpec]
    sourced: Mapping[str, str]
    everywhere: Mapping[str, GlobalTable]
    children: Mapping[Node, Sequence[Edge | Hop]]
    tables: Mapping[Node, Table]
    calling: frozenset[Node]
    depths: Mapping[Node, int]
    _homes: Mapping[Node, SubTopology] = field(alias="homes", repr=False)

    def home(self, node: Node) -> SubTopology:
        """The sub-topology in which a node runs."""
        return self._homes[node]

    def source(self, hop: Hop) -> SubTopology:
        """The sub-topology that writes a hop."""
        return self._homes[hop.writer]

    def target(self, hop: Hop) -> SubTopology:
        """The sub-topology that reads a hop."""
        return self._homes[hop.readers[0].child]

    def changelog(self, store: str) -> str:
        """The topic that carries the changes of a store."""
        return self.sourced.get(store) or self.own_changelog(store)

    def own_changelog(self, store: str) -> str:
        """The topic that carries the changes of a store, unless they come from elsewhere."""
        return f"{self.app}-{store}-changelog"

    @property
    def tables_read(self) -> Mapping[str, str]:
        """The topics of the tables that are read and stored, by the names of their stores."""
        return _tables_read(self.tables)

    def stores_of(self, node: Node) -> list[StoreSpec]:
        """The stores that a node keeps: those with its rows, if it is a table, come first."""
        return _stores_of(node, self.tables)

    def writers(self, sub: SubTopology) -> Mapping[str, Sequence[str]]:
        """The steps of a sub-topology that write to each topic, changelogs too; under "" those that
        choose theirs record by record."""
        found: dict[str, list[str]] = {}
        for node in sub.nodes:
            topics = [topic.name for topic in topics_written(node)]
            topics += [hop.topic for hop in self.hops if hop.writer is node]
            kept = [spec.name for spec in self.stores_of(node)]
            topics += [self.changelog(name) for name in kept if name not in self.sourced]
            topics += [""] if chooses_topics(node) else []
            for topic in topics:
                found.setdefault(topic, []).append(node.name)
        return found

    def describe(self) -> str:
        """The plan as text, in the form of Kafka's TopologyDescription with our names."""
        return describe(self.subs, self.children, self.tables, self.everywhere.values())

    def store(self, name: str) -> StoreSpec | None:
        """The store of that name, a task's or every worker's; None if there is none."""
        table = self.everywhere.get(name)
        return self.stores.get(name) if table is None else table.kept

    @property
    def readable(self) -> Sequence[str]:
        """The names of all stores, in order."""
        return sorted([*self.stores, *self.everywhere])


def make_plan(graph: Graph, *, at_commit: bool = False, reuse: bool = False) -> Plan:
    """Cut a graph into sub-topologies; TopologyError names the steps that do not fit together.

    `at_commit`: of all tables that store their rows only the last change of each goes on, at the commit. `reuse`: the
    topic of a table is its changelog, where its rows are just what that says.
    """
    nodes = sorted(graph.nodes, key=lambda node: node.order)
    edges = find_edges(graph.app, nodes)
    tables = decide_tables(nodes, at_commit=at_commit)
    stores_of = {node: _stores_of(node, tables) for node in nodes}
    stores = _all_stores(stores_of)
    everywhere = {table.kept.name: table for table in _everywhere(nodes)}
    found = groups([node for node in nodes if not is_everywhere(node)], edges, stores_of)
    names = name_groups(found, edges.hops, stores_of)
    subs = [
        _sub(number, names[number], group, edges, stores_of) for number, group in enumerate(found)
    ]
    _check_topics(subs, everywhere.values())
    return Plan(
        app=graph.app,
        subs=subs,
        hops=edges.hops,
        stores={name: spec for name, spec in stores.items() if name not in everywhere},
        sourced=_tables_read(tables, exactly=True) if reuse else {},
        everywhere=everywhere,
        children=edges.children,
        tables=tables,
        calling=find_calling(nodes, edges),
        depths=find_depths(found, edges.children, stores_of, tables),
        homes={node: sub for sub in subs for node in sub.nodes},
    )


def calls_later(plan: Plan) -> bool:
    """Whether answers of some step come later."""
    return any(traits_of(node).later for sub in plan.subs for node in sub.nodes)


def _tables_read(tables: Mapping[Node, Table], *, exactly: bool = False) -> dict[str, str]:
    """The topics of tables, by their stores. `exactly`: of those whose rows are the last records of their keys."""
    return {
        table.store.name: topic.name
        for node, table in tables.items()
        if table.store is not None and (not exactly or _as_they_come(node, table, table.store))
        for topic in topics_read(node)
    }


def _as_they_come(node: Node, table: Table, store: StoreSpec) -> bool:
    """A time of its own, versions, or a row that expires, is not in the topic."""
    return not (
        extractor_of(node)
        or table.versioned
        or table.on_change
        or store.retention_ms
        or store.ttl_ms
    )


def _everywhere(nodes: Sequence[Node]) -> Iterator[GlobalTable]:
    return (cast("GlobalTable", node) for node in nodes if is_everywhere(node))


def _stores_of(node: Node, tables: Mapping[Node, Table]) -> list[StoreSpec]:
    used = stores_kept(node)
    own = tables[node].store if node in tables else None
    return used if own is None else [own, *used]


def _all_stores(stores_of: Mapping[Node, Sequence[StoreSpec]]) -> dict[str, StoreSpec]:
    stores: dict[str, StoreSpec] = {}
    owners: dict[str, Node] = {}
    for node, specs in stores_of.items():
        for spec in specs:
            if stores.setdefault(spec.name, spec) is not spec:
                raise TopologyError(
                    f"{owners[spec.name].name} and {node.name} both have a store named"
                    f" {spec.name!r}; give one of them another name"
                )
            owners.setdefault(spec.name, node)
    return stores


def _sub(
    number: int,
    name: str,
    nodes: Sequence[Node],
    edges: Edges,
    stores_of: Mapping[Node, Sequence[StoreSpec]],
) -> SubTopology:
    here = set(nodes)
    topics = [topic.name for node in nodes for topic in topics_written(node)]
    topics += [hop.topic for hop in edges.hops if hop.writer in here]
    return SubTopology(
        name,
        number,
        nodes,
        [*_outside(nodes), *(_of_hop(hop) for hop in edges.hops if hop.readers[0].child in here)],
        list(dict.fromkeys(spec for node in nodes for spec in stores_of[node])),
        list(dict.fromkeys(topics)),
        dynamic=any(chooses_topics(node) for node in nodes),
    )


def _outside(nodes: Sequence[Node]) -> list[Input]:
    inputs = []
    for node in nodes:
        for topic in topics_read(node):
            key, value = topic.key or node.key, topic.value or node.value
            if key is None or value is None:
                raise TopologyError(f"topic {topic.name}: no codec is known; say key=, value=")
            inputs.append(Input(topic.name, None, (Edge(node),), key, value))
    return inputs


def _of_hop(hop: Hop) -> Input:
    return Input(hop.topic, hop, tuple(hop.readers), hop.key, hop.value)


def _check_topics(subs: Sequence[SubTopology], everywhere: Iterable[GlobalTable]) -> None:
    """A topic enters the app once: a second reader would process every record twice."""
    readers: dict[str, Node] = {table.topic.name: table for table in everywhere}
    for sub in subs:
        for entry in sub.inputs:
            other = readers.setdefault(entry.topic, entry.node)
            if other is not entry.node:
                raise TopologyError(
                    f"topic {entry.topic} is read by {other.name} and by {entry.node.name};"
                    " read it once and let both hang on that step"
                )
