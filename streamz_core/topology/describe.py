"""A plan as text: what `streamz topology` prints, in the form of Kafka's TopologyDescription."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import GlobalTable, Node
from streamz_core.topology.subtopologies import SubTopology
from streamz_core.topology.tables import Table
from streamz_core.topology.traits import (
    Role,
    pattern_of,
    stores_kept,
    stores_read,
    topics_read,
    topics_written,
    traits_of,
)


def describe(
    subs: Sequence[SubTopology],
    children: Mapping[Node, Sequence[Edge | Hop]],
    tables: Mapping[Node, Table],
    everywhere: Iterable[GlobalTable] = (),
) -> str:
    """Sub-topologies by number; sources, processors and sinks of each in order of declaration. Then the
    tables that are `everywhere`, as Kafka's global stores.
    """
    lines = ["Topologies:"]
    for sub in subs:
        lines.append(f"   Sub-topology: {sub.number} ({sub.name})")
        lines += [f"    {line}" for line in _Shown(sub, children, tables).lines()]
        lines.append("")
    for number, table in enumerate(everywhere, len(subs)):
        lines += [
            f"   Sub-topology: {number} for global store {table.kept.name} (will not generate tasks)",
            *(_filled(table) if table.fn is not None else _followed(table)),
            "",
        ]
    return "\n".join(lines)


def _followed(table: GlobalTable) -> list[str]:
    return [
        f"    Source: {table.name} (topics: [{table.topic.name}], stores: [{table.kept.name}])",
        "      --> none",
    ]


def _filled(table: GlobalTable) -> list[str]:
    return [
        f"    Source: {table.source} (topics: [{table.topic.name}])",
        f"      --> {table.name}",
        f"    Processor: {table.name} (stores: [{table.kept.name}])",
        "      --> none",
        f"      <-- {table.source}",
    ]


class _Shown:
    """The lines of one sub-topology."""

    def __init__(
        self,
        sub: SubTopology,
        children: Mapping[Node, Sequence[Edge | Hop]],
        tables: Mapping[Node, Table],
    ) -> None:
        self.sub = sub
        self.children = children
        self.tables = tables
        self.parents = self._parents()

    def lines(self) -> Iterator[str]:
        for entry in self.sub.inputs:
            if entry.hop is not None:
                yield f"Source: {_name(entry.hop)} (topics: [{entry.topic}])"
                yield _arrow("-->", entry.readers)
        for node in self.sub.nodes:
            role = traits_of(node).role
            yield f"{role.value}: {node.name} ({', '.join(self._about(node, role))})"
            if role is not Role.SINK:
                yield _arrow("-->", self.children[node])
            if role is not Role.SOURCE:
                yield _arrow("<--", self.parents[node])
        for hop in self._exits():
            yield f"Sink: {_name(hop)} (topic: {hop.topic})"
            yield _arrow("<--", [hop.writer])

    def _about(self, node: Node, role: Role) -> Iterator[str]:
        if role is Role.SOURCE:
            pattern = pattern_of(node)
            names = ", ".join(topic.name for topic in topics_read(node))
            yield f"topics: [{names}]" if pattern is None else f"topics: {pattern.pattern}"
        if role is Role.SINK:
            yield f"topic: {_where(node)}"
        elif role is Role.PROCESSOR or node in self.tables:
            yield f"stores: [{', '.join(self._stores(node))}]"

    def _stores(self, node: Node) -> list[str]:
        table = self.tables.get(node)
        names = [] if table is None or table.store is None else [table.store.name]
        return names + [spec.name for spec in (*stores_kept(node), *stores_read(node))]

    def _exits(self) -> list[Hop]:
        found = (child for node in self.sub.nodes for child in self.children[node])
        return list(dict.fromkeys(child for child in found if isinstance(child, Hop)))

    def _parents(self) -> dict[Node, list[Node | Hop]]:
        found: dict[Node, list[Node | Hop]] = {node: [] for node in self.sub.nodes}
        for entry in self.sub.inputs:
            if entry.hop is not None:
                for edge in entry.readers:
                    found[edge.child].append(entry.hop)
        for parent in self.sub.nodes:
            for child in self.children[parent]:
                if isinstance(child, Edge):
                    found[child.child].append(parent)
        return found


def _where(node: Node) -> str:
    """Where a sink writes, in words."""
    return ", ".join(topic.name for topic in topics_written(node)) or "chosen by each record"


def _arrow(arrow: str, ends: Sequence[Node | Edge | Hop]) -> str:
    return f"  {arrow} {', '.join(_name(end) for end in ends) or 'none'}"


def _name(end: Node | Edge | Hop) -> str:
    if isinstance(end, Hop):
        return f"{end.name}-repartition"
    return end.child.name if isinstance(end, Edge) else end.name
