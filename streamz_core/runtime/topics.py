"""The topics of an app: which it names, with which codecs, and which must be made for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from attrs import frozen

from streamz_core.broker.backend import Backend, TopicInfo
from streamz_core.errors import Misuse
from streamz_core.runtime.job import Job
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import AnyCodec, Graph, TopicRef
from streamz_core.topology.partitions import resolve_partitions
from streamz_core.topology.traits import chooses_topics, topics_read, topics_written

logger = logging.getLogger("streamz.job")

EXTERNAL = {"cleanup": "delete"}
HOP = {"cleanup": "purge"}


@frozen
class Topics:
    """What an app uses on a broker. `missing`: what is to be made, in this order.

    `partitions`: of every topic the app names or has for itself, as it is or will be. `tasks`: how many
    each sub-topology has.
    """

    partitions: Mapping[str, int]
    tasks: Mapping[str, int]
    missing: tuple[TopicInfo, ...]


def planned_topics(job: Job, backend: Backend) -> Topics:
    """What there is and what will be made when the app runs; nothing is made by this.

    External topics get the partitions the app asks for, else the default. TopologyError if partitions
    do not fit together, Misuse if an internal topic has others than the app needs now.
    """
    known = backend.topics()
    wanted = [
        TopicInfo(ref.name, ref.partitions or job.config.topic_partitions, EXTERNAL)
        for ref in external_topics(job.graph)
    ]
    wanted = [known.get(one.name, one) for one in wanted]
    resolved = resolve_partitions(job.plan, {one.name: one.partitions for one in wanted})
    hops = sorted(resolved.hops.items())
    wanted += [TopicInfo(name, count, HOP, job.name) for name, count in hops]
    for store in job.plan.stores.values():
        name = job.plan.changelog(store.name)
        config = kind_of(store).changelog(store)
        wanted.append(TopicInfo(name, resolved.changelogs[name], config, job.name))
    for one in wanted:
        _check(known.get(one.name, one), one.partitions)
    # An internal topic that is another's is asked for like one that is missing, and refused then.
    missing = tuple(
        one for one in wanted if one.name not in known or known[one.name].owner != one.owner
    )
    return Topics({one.name: one.partitions for one in wanted}, resolved.tasks, missing)


def prepare_topics(job: Job, backend: Backend) -> Topics:
    """Make the topics that are missing, and say so; errors as of planned_topics."""
    planned = planned_topics(job, backend)
    external = {ref.name for ref in external_topics(job.graph)}
    for one in planned.missing:
        made = backend.create_topic(one.name, one.partitions, one.config, one.owner)
        if one.name in external:
            logger.info("created topic %s with %d partitions", made.name, made.partitions)
        if made.partitions != one.partitions:  # somebody was faster, and what depends on it changes
            return prepare_topics(job, backend)
    return planned


def make_topic(graph: Graph, name: str, partitions: int, backend: Backend) -> None:
    """Make an external topic of the app as its first worker would: sending may come before running.

    `partitions`: unless the app says how many. Nothing if there is the topic, or the app names none so.
    """
    for ref in external_topics(graph):
        if ref.name == name and name not in backend.topics():
            backend.create_topic(name, ref.partitions or partitions, EXTERNAL)


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
        for ref in (*topics_read(node), *topics_written(node)):
            key, value = ref.key or node.key, ref.value or node.value
            if ref.name == name and key is not None and value is not None:
                return key, value
        if chooses_topics(node) and node.key and node.value:
            chosen = (node.key, node.value)
    for ref in graph.topics:
        if ref.name == name and ref.key is not None and ref.value is not None:
            return ref.key, ref.value
    return chosen


def _check(found: TopicInfo, partitions: int) -> None:
    if found.partitions != partitions:
        raise Misuse(
            f"the internal topic {found.name} has {found.partitions} partitions, and the app now needs "
            f"{partitions}: its input topics changed; let the app begin anew (streamz reset APP), or give it another name"
        )
