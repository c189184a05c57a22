"""A plan as text: what `streamz topology` prints, in the form of Kafka's TopologyDescription."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from streamz_core.topology.hops import Hop
from streamz_core.topology.nodes import Func, Node, Sink, Source, TableSource
from streamz_core.topology.subtopologies import SubTopology
from streamz_core.topology.tables import Table


def describe(
    subs: Sequence[SubTopology],
    children: Mapping[Node, Sequence[Node | Hop]],
    tables: Mapping[Node, Table],
) -> str:
    """Sub-topologies by number; sources, processors and sinks of each in order of declaration."""
    lines = ["Topologies:"]
    for sub in subs:
        lines.append(f"   Sub-topology: {sub.number} ({sub.name})")
        lines += [f"    {line}" for line in _Text(sub, children, tables).lines()]
        lines.append("")
    return "\n".join(lines)


class _Text:
    """The lines of one sub-topology."""

    def __init__(
        self,
        sub: SubTopology,
        children: Mapping[Node, Sequence[Node | Hop]],
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
                yield _arrow("-->", entry.nodes)
        for node in self.sub.nodes:
            yield self._head(node)
            if not isinstance(node, Sink):
                yield _arrow("-->", self.children[node])
            if not isinstance(node, Source | TableSource):
                yield _arrow("<--", self.parents[node])
        for hop in self._exits():
            yield f"Sink: {_name(hop)} (topic: {hop.topic})"
            yield _arrow("<--", [hop.writer])

    def _head(self, node: Node) -> str:
        if isinstance(node, Source):
            topics = ", ".join(topic.name for topic in node.topics)
            return f"Source: {node.name} (topics: [{topics}])"
        if isinstance(node, TableSource):
            return f"Source: {node.name} (topics: [{node.topic.name}], {self._stores(node)})"
        if isinstance(node, Sink):
            where = node.topic.name if node.topic is not None else "chosen by each record"
            return f"Sink: {node.name} (topic: {where})"
        return f"Processor: {node.name} ({self._stores(node)})"

    def _stores(self, node: Node) -> str:
        table, fn = self.tables.get(node), getattr(node, "fn", None)
        names = [] if table is None or table.store is None else [table.store.name]
        names += [spec.name for spec in fn.stores] if isinstance(fn, Func) else []
        return f"stores: [{', '.join(names)}]"

    def _exits(self) -> list[Hop]:
        found = (child for node in self.sub.nodes for child in self.children[node])
        return [child for child in found if isinstance(child, Hop)]

    def _parents(self) -> dict[Node, list[Node | Hop]]:
        found: dict[Node, list[Node | Hop]] = {node: [] for node in self.sub.nodes}
        for entry in self.sub.inputs:
            if entry.hop is not None:
                for node in entry.nodes:
                    found[node].append(entry.hop)
        for parent in self.sub.nodes:
            for child in self.children[parent]:
                if isinstance(child, Node):
                    found[child].append(parent)
        return found


def _arrow(arrow: str, ends: Sequence[Node | Hop]) -> str:
    return f"  {arrow} {', '.join(_name(end) for end in ends) or 'none'}"


def _name(end: Node | Hop) -> str:
    return f"{end.name}-repartition" if isinstance(end, Hop) else end.name
