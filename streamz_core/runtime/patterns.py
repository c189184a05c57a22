"""Apps that read by a pattern: as what a worker runs one, from the topics that are there now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve

from streamz_core.broker.backend import Backend
from streamz_core.runtime.job import Job, make_job
from streamz_core.topology.patterns import matched_topics, patterned, with_topics
from streamz_core.topology.subtopologies import SubTopology


def matched(job: Job, backend: Backend) -> Job:
    """The app with the topics that match its patterns now; the same one if those are its topics already.

    Internal topics, of whatever app, match nothing. TopologyError for a topic that two patterns match.
    """
    if not patterned(job.declared):
        return job
    names = [name for name, one in backend.topics().items() if not one.owner]
    found = {source.name: topics for source, topics in matched_topics(job.declared, names).items()}
    now = {source.name: [topic.name for topic in source.topics] for source in patterned(job.graph)}
    return job if found == now else _with(job, found)


def topics_followed(job: Job) -> list[str]:
    """The topics that workers read: those that tasks take records from, and those of tables that all have."""
    inputs = sorted({one.topic for sub in job.plan.subs for one in sub.inputs})
    return inputs + [table.topic.name for table in job.plan.everywhere.values()]


def changed(old: Job, new: Job) -> Collection[str]:
    """The sub-topologies that read other topics in the one than in the other."""
    before = {sub.name: _topics(sub) for sub in old.plan.subs}
    return {sub.name for sub in new.plan.subs if before[sub.name] != _topics(sub)}


def _with(job: Job, topics: Mapping[str, Sequence[str]]) -> Job:
    by_source = {source: topics[source.name] for source in patterned(job.declared)}
    return evolve(make_job(with_topics(job.declared, by_source), job.config), declared=job.declared)


def _topics(sub: SubTopology) -> list[str]:
    return [one.topic for one in sub.inputs]
