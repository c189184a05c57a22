"""The topics of an app: which it names, with which codecs, and which must be made for it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from streamz_core.broker.backend import Backend, TopicInfo, next_offset
from streamz_core.broker.operating.altering import FIXED
from streamz_core.broker.schemas import SIDES, told_codec
from streamz_core.broker.sending.routes import refuse_internal
from streamz_core.codecs.plain import BYTES
from streamz_core.errors import Misuse
from streamz_core.runtime.job import Job, task_name
from streamz_core.runtime.task.position import BEGIN
from streamz_core.stores.kinds import kind_of
from streamz_core.topic_config import config_of, differing
from streamz_core.topology.nodes import AnyCodec, Graph, Source, TopicRef
from streamz_core.topology.partitions import resolve_partitions
from streamz_core.topology.patterns import source_of
from streamz_core.topology.traits import chooses_topics, topics_read, topics_written

logger = logging.getLogger("streamz.job")

EXTERNAL = {"cleanup.policy": "delete"}
HOP = {"cleanup.policy": "delete", "purge": "committed", "retention.ms": -1}
ROWS = {"cleanup.policy": "compact"}

ANEW = "give the step another name, or let the app begin anew (streamz reset APP)"
"""What else there is to do where a topic cannot be as the app says."""


@frozen
class Topics:
    """What an app uses on a broker. `missing`: what is to be made, in this order.

    `partitions`: of every topic the app names or has for itself, as it is or will be. `tasks`: how many
    each sub-topology has. `notes`: what there is and is not as the app says, a sentence each.
    """

    partitions: Mapping[str, int]
    tasks: Mapping[str, int]
    missing: tuple[TopicInfo, ...]
    notes: tuple[str, ...]


def planned_topics(job: Job, backend: Backend) -> Topics:
    """What there is and what will be made when the app runs; nothing is made by this.

    External topics get the partitions the app asks for, else the default. TopologyError if partitions
    do not fit together, Misuse if an internal topic has others than the app needs now.
    """
    known = backend.topics()
    changelogs = set(job.plan.sourced.values())
    wanted = [
        TopicInfo(
            ref.name,
            ref.partitions or job.config.topic_partitions,
            {**(ROWS if ref.name in changelogs else EXTERNAL), **ref.config},
        )
        for ref in external_topics(job.graph)
    ]
    wanted = [known.get(one.name, one) for one in wanted]
    written = {ref.name for node in job.graph.nodes for ref in topics_written(node)}
    for one in wanted:
        if one.name in written:
            refuse_internal(one)
    counts = {one.name: one.partitions for one in wanted} | _hops_to_stay(job, known)
    resolved = resolve_partitions(job.plan, counts, job.config.topic_partitions)
    hops = sorted(resolved.hops.items())
    wanted += [TopicInfo(name, count, HOP, job.name) for name, count in hops]
    _check_changelogs(job, backend, resolved.tasks)
    for name, config in _changelogs(job):
        wanted.append(TopicInfo(name, resolved.changelogs[name], config, job.name))
    said = {hop.topic for hop in job.plan.hops if hop.partitions is not None}
    for one in wanted:
        _check(known.get(one.name, one), one.partitions, said=one.name in said)
    # An internal topic that is another's is asked for like one that is missing, and refused then.
    missing = tuple(
        one for one in wanted if one.name not in known or known[one.name].owner != one.owner
    )
    names = {one.name: one.partitions for one in wanted}
    notes = (
        *_other_partitions(job.graph, known),
        *_other_settings(job.graph, known, _changelogs(job)),
        *_unused(job.name, names, backend),
        *_not_compacted(job, known),
    )
    return Topics(names, resolved.tasks, missing, notes)


def prepare_topics(job: Job, backend: Backend) -> Topics:
    """Make the topics that are missing, and say so; errors as of planned_topics.

    The first worker of an app says what is not as the app says.
    """
    planned = planned_topics(job, backend)
    if not any(map(backend.alive, backend.workers(job.name))):
        for note in planned.notes:
            logger.warning(note)
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

    `partitions`: unless the app says how many. Nothing if there is the topic, but a word if it has others
    than the app says; nothing if the app names none so.
    """
    known = {name: backend.topics()[name]} if name in backend.topics() else {}
    for note in (*_other_partitions(graph, known), *_other_settings(graph, known)):
        logger.warning(note)
    if name in backend.topics():
        return
    for ref in external_topics(graph):
        if ref.name == name:
            backend.create_topic(name, ref.partitions or partitions, {**EXTERNAL, **ref.config})
            return
    if source_of(graph, name) is not None:
        backend.create_topic(name, partitions, EXTERNAL)


def external_topics(graph: Graph) -> list[TopicRef]:
    """Every topic the app names, sources first, each once, with the partitions asked for anywhere."""
    found: dict[str, TopicRef] = {}
    for ref in graph.topics:
        known = found.get(ref.name)
        if known is None or (known.partitions is None and ref.partitions is not None):
            found[ref.name] = ref
    return list(found.values())


def topic_codecs(graph: Graph, name: str) -> tuple[AnyCodec, AnyCodec] | None:
    """(key, value) codecs of a topic as the app reads or writes it; None if the app does not say them."""
    chosen = [
        (node.key, node.value)
        for node in graph.nodes
        if chooses_topics(node) and node.key and node.value
    ]
    said = next(said_of(graph, name), None)
    if said is None:
        return chosen[-1] if chosen else None
    rest = chosen[-1] if chosen else (BYTES, BYTES)
    return said[0] or rest[0], said[1] or rest[1]


def said_of(graph: Graph, name: str) -> Iterator[tuple[AnyCodec | None, AnyCodec | None]]:
    """(key, value) codecs of a topic in each step that reads or writes it, then in its description, which may
    say one side alone. Nothing of steps in which each record chooses its topic.
    """
    for node in graph.nodes:
        for ref in (*topics_read(node), *topics_written(node)):
            key, value = ref.key or node.key, ref.value or node.value
            if ref.name == name and key is not None and value is not None:
                yield key, value
    source = source_of(graph, name)
    about: list[TopicRef | Source] = [ref for ref in graph.topics if ref.name == name]
    about += [] if source is None else [source]
    key = next((one.key for one in about if one.key is not None), None)
    value = next((one.value for one in about if one.value is not None), None)
    if key is not None or value is not None:
        yield key, value


def codecs_to_write(
    graph: Graph, name: str, said: Mapping[str, AnyCodec], backend: Backend
) -> tuple[AnyCodec, AnyCodec]:
    """(key, value) codecs of a topic for a producer of the app: what is `said` of "key" and "value", else as
    the app has it; bytes where the app names the topic without types, as in a source; as it was
    written so far where it does not name it. Misuse for a side that only a program can write.
    """
    known = topic_codecs(graph, name)
    if known is None and any(ref.name == name for ref in graph.topics):
        known = BYTES, BYTES
    apps = dict(zip(SIDES, known or (), strict=False))
    key, value = (
        said.get(side) or apps.get(side) or told_codec(backend, name, side) for side in SIDES
    )
    return key, value


def _hops_to_stay(job: Job, known: Mapping[str, TopicInfo]) -> dict[str, int]:
    """What is behind a pattern has as many partitions as it was made with, whatever comes to match."""
    return {
        hop.topic: known[hop.topic].partitions
        for hop in job.plan.hops
        if hop.topic in known and job.plan.source(hop).widens
    }


def _check(found: TopicInfo, partitions: int, *, said: bool) -> None:
    if found.partitions == partitions:
        return
    if said:
        raise Misuse(
            f"the repartition topic {found.name} has {found.partitions} partitions, and the app says partitions={partitions}: "
            f"a topic keeps what it was made with; say {found.partitions}, {ANEW}"
        )
    raise Misuse(
        f"the internal topic {found.name} has {found.partitions} partitions, and the app now needs {partitions}: what is "
        "read in front of it has others than before, or is another topic (its inputs, or "
        f"repartition(partitions=)); make that as it was, {ANEW}"
    )


def _check_changelogs(job: Job, backend: Backend, tasks: Mapping[str, int]) -> None:
    """Misuse for a table whose rows would come back from elsewhere than they went to."""
    ways = "leave it as it was, or let the app begin anew (streamz reset APP)"
    for store, topic in job.plan.sourced.items():
        own = job.plan.own_changelog(store)
        if any(_ends(backend, own)):
            raise Misuse(
                f"the rows of store {store} are in {own}, and topology.optimization={job.config.topology_optimization} "
                f"would take them from topic {topic} instead, which may say something else: {ways}"
            )
    for store, topic in job.plan.tables_read.items():
        if store not in job.plan.sourced and _was_changelog(job, backend, topic, tasks):
            raise Misuse(
                f"the rows of store {store} are in topic {topic}, which was its changelog (topology.optimization), and "
                f"the app as it is now would look for them in {job.plan.own_changelog(store)}: {ways}"
            )


def _was_changelog(job: Job, backend: Backend, topic: str, tasks: Mapping[str, int]) -> bool:
    (sub,) = (sub for sub in job.plan.subs if any(one.topic == topic for one in sub.inputs))
    names = (task_name(sub.name, partition) for partition in range(tasks[sub.name]))
    return any(f"{BEGIN}{topic}" in backend.standing(job.name, name, ()).position for name in names)


def _ends(backend: Backend, topic: str) -> list[int]:
    """The ends of its partitions; none if there is no such topic."""
    found = backend.topics().get(topic)
    return [] if found is None else [backend.end(topic, at) for at in range(found.partitions)]


def _not_compacted(job: Job, known: Mapping[str, TopicInfo]) -> Iterator[str]:
    for store, topic in job.plan.sourced.items():
        found = known.get(topic)
        if found is not None and not config_of(found.config).compacts:
            yield (
                f"topic {topic} is the changelog of store {store} and is not compacted: all of it is read when the "
                "store is restored, and a row is lost with its record if records are deleted by age"
            )


def _other_partitions(graph: Graph, known: Mapping[str, TopicInfo]) -> Iterator[str]:
    for ref in external_topics(graph):
        found = known.get(ref.name)
        if found is None or ref.partitions is None or ref.partitions == found.partitions:
            continue
        more = f"give it more (streamz topics alter {ref.name} --partitions {ref.partitions})"
        yield (
            f"topic {ref.name} has {found.partitions} partitions, and the app says {ref.partitions}: a topic keeps what "
            f"it was made with; say {found.partitions}, or {more if ref.partitions > found.partitions else 'use another'}"
        )


def _changelogs(job: Job) -> Iterator[tuple[str, dict[str, Any]]]:
    """The changelogs that the app has for itself, and what each is made with."""
    for store in job.plan.stores.values():
        if store.name not in job.plan.sourced:
            config = {**kind_of(store).changelog(store), **store.changelog}
            yield job.plan.changelog(store.name), config


def _other_settings(
    graph: Graph,
    known: Mapping[str, TopicInfo],
    changelogs: Iterable[tuple[str, Mapping[str, Any]]] = (),
) -> Iterator[str]:
    """What topics are set to, where the app says something else of it now."""
    said = [(ref.name, ref.config) for ref in external_topics(graph)]
    for name, wanted in (*said, *changelogs):
        for setting, now in differing(known[name].config, wanted) if name in known else ():
            if known[name].owner and setting in FIXED:
                continue  # the store is another one, which is refused as such
            value = wanted[setting]
            yield (
                f"topic {name} has {setting}={now}, and the app says {value}: a topic keeps what it was made with; say "
                f"{now}, or change the topic (streamz topics alter {name} --config {setting}={value} --execute)"
            )


def _unused(app: str, used: Collection[str], backend: Backend) -> Iterator[str]:
    """The app's own topics that hold something, and that none of its steps names any more."""
    for name, found in sorted(backend.topics().items()):
        if found.owner != app or name in used:
            continue
        parts = range(found.partitions)
        count = sum(backend.end(name, at) - backend.start(name, at) for at in parts)
        if count:
            yield (
                f"no step of app {app} uses its topic {name} any more, which holds "
                f"{count} record{'' if count == 1 else 's'}{_way_back(app, found, backend)}; "
                "streamz reset APP removes all that the app keeps, and lets it begin anew"
            )


def _way_back(app: str, found: TopicInfo, backend: Backend) -> str:
    """What is lost with a topic if it stays unused, and what takes it up again."""
    own = found.name.removeprefix(f"{app}-")
    if own.endswith("-changelog"):
        store = own.removesuffix("-changelog")
        return (
            f": if the step of store {store} was renamed, name={store!r} gives it back what it had"
        )
    stands = {at: next_offset(backend, app, found.name, at) for at in range(found.partitions)}
    waiting = sum(backend.end(found.name, at) - offset for at, offset in stands.items())
    if not waiting:
        return ", all of which were processed"
    step = own.removesuffix("-repartition").removesuffix("-left").removesuffix("-right")
    return (
        f", of which {waiting} came from its inputs and WERE NOT PROCESSED yet: if the step or grouping "
        f"{step} was renamed, name={step!r} takes them up"
    )
