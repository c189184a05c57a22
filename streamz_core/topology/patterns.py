"""Sources that read by a pattern: what of an app they are when these topics are there.

Everything else sees an app that names its topics: when others come, it is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from attrs import evolve

from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import Graph, Node, Source, TopicRef
from streamz_core.topology.traits import pattern_of


def patterned(graph: Graph) -> list[Source]:
    """The sources of an app that read by a pattern."""
    return [cast("Source", node) for node in graph.nodes if pattern_of(node) is not None]


def matched_topics(graph: Graph, names: Iterable[str]) -> Mapping[Source, Sequence[str]]:
    """Which of these topics each source with a pattern reads, in order.

    TopologyError for a topic that two of them match, by which every record would come in twice.
    """
    sources = patterned(graph)
    found: dict[Source, list[str]] = {source: [] for source in sources}
    for name in sorted(names):
        matching = [source for source in sources if _matches(source, name)]
        if len(matching) > 1:
            raise TopologyError(
                f"topic {name} matches the pattern of {matching[0].name} and that of {matching[1].name}: "
                "a topic enters an app once; make one of the patterns narrower"
            )
        if matching:
            found[matching[0]].append(name)
    return found


def with_topics(graph: Graph, topics: Mapping[Source, Sequence[str]]) -> Graph:
    """The app that reads these topics; all nodes are new."""
    known = {ref.name: ref for ref in graph.topics}
    made: dict[Node, Node] = {}
    for node in graph.nodes:
        own: dict[str, Any] = {"parents": tuple(made[parent] for parent in node.parents)}
        if isinstance(node, Source) and node in topics:
            own["topics"] = tuple(known.get(name) or TopicRef(name) for name in topics[node])
        made[node] = evolve(node, **own)
    fresh = [name for names in topics.values() for name in names if name not in known]
    return evolve(
        graph, nodes=list(made.values()), topics=[*graph.topics, *(TopicRef(one) for one in fresh)]
    )


def source_of(graph: Graph, name: str) -> Source | None:
    """The source that reads a topic of that name by its pattern."""
    return next((source for source in patterned(graph) if _matches(source, name)), None)


def _matches(source: Source, name: str) -> bool:
    assert source.pattern is not None, "one of those with a pattern"
    return source.pattern.fullmatch(name) is not None
