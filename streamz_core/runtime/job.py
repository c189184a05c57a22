"""What a worker needs of an app: its plan, compiled, its topics and settings."""

from __future__ import annotations

import logging
from typing import Any

from attrs import frozen

from streamz_core.compiler.program import Program, compile_sub
from streamz_core.config import Config
from streamz_core.errors import Misuse
from streamz_core.log.log import Log
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import AnyCodec, Graph, Node, Sink, Source, TableSource, TopicRef
from streamz_core.topology.partitions import Partitions, resolve_partitions
from streamz_core.topology.plan import Plan, make_plan
from streamz_core.topology.subtopologies import SubTopology

logger = logging.getLogger("streamz.job")


@frozen
class Job:
    """An app made ready to run. `programs` by sub-topology."""

    name: str
    config: Config
    graph: Graph
    plan: Plan
    programs: dict[str, Program]

    @property
    def subs(self) -> dict[str, SubTopology]:
        """The sub-topologies by name."""
        return {sub.name: sub for sub in self.plan.subs}


def make_job(graph: Graph, config: Config) -> Job:
    """Plan and compile an app; TopologyError says what is wrong with it."""
    plan = make_plan(graph)
    programs = {sub.name: compile_sub(plan, sub) for sub in plan.subs}
    return Job(graph.app, config, graph, plan, programs)


def task_name(sub: str, partition: int) -> str:
    """A task's name, the same for ever: sub-topology and partition."""
    return f"{sub}/{partition}"


def prepare_topics(job: Job, log: Log) -> Partitions:
    """Make the topics that are missing; the partitions of all. TopologyError if they do not fit.

    External topics get the partitions the app asks for, else the default; what is made is logged.
    """
    counts: dict[str, int] = {}
    for ref in external_topics(job.graph):
        found = log.state.names.get(ref.name)
        if found is None:
            partitions = ref.partitions or job.config.topic_partitions
            found = log.create_topic(ref.name, partitions, {"cleanup": "delete"})
            logger.info("created topic %s with %d partitions", ref.name, found.partitions)
        counts[ref.name] = found.partitions
    resolved = resolve_partitions(job.plan, counts)
    for topic, partitions in sorted(resolved.hops.items()):
        _internal(log, topic, partitions, {"cleanup": "purge"})
    for store in job.plan.stores.values():
        name = job.plan.changelog(store.name)
        _internal(log, name, resolved.changelogs[name], kind_of(store).changelog(store))
    return resolved


def external_topics(graph: Graph) -> list[TopicRef]:
    """Every topic the app names, sources first, each once, with the partitions asked for anywhere."""
    found: dict[str, TopicRef] = {}
    for ref in graph.topics:
        known = found.get(ref.name)
        if known is None or (known.partitions is None and ref.partitions is not None):
            found[ref.name] = ref
    return list(found.values())


def topic_codecs(graph: Graph, name: str) -> tuple[AnyCodec, AnyCodec] | None:
    """(key, value) codecs of a topic as the app reads or writes it; None if the app does not name it."""
    chosen = None
    for node in graph.nodes:
        for ref in _refs(node):
            key, value = ref.key or node.key, ref.value or node.value
            if ref.name == name and key is not None and value is not None:
                return key, value
        if isinstance(node, Sink) and node.topic is None and node.key and node.value:
            chosen = (node.key, node.value)
    for ref in graph.topics:
        if ref.name == name and ref.key is not None and ref.value is not None:
            return ref.key, ref.value
    return chosen


def _refs(node: Node) -> tuple[TopicRef, ...]:
    """The topics a node reads or writes by name."""
    if isinstance(node, Source):
        return node.topics
    if isinstance(node, TableSource):
        return (node.topic,)
    if isinstance(node, Sink) and node.topic is not None:
        return (node.topic,)
    return ()


def _internal(log: Log, name: str, partitions: int, config: dict[str, Any]) -> None:
    if name not in log.state.names:
        log.create_topic(name, partitions, config)
    found = log.topic(name).partitions
    if found != partitions:
        raise Misuse(
            f"the internal topic {name} has {found} partitions, and the app now needs {partitions}: "
            "its input topics changed; give the app another name, or reset it"
        )
