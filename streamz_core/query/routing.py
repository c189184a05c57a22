"""Who answers for a key: store -> sub-topology -> partition -> task -> owner. Pure, on the state of the log."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from streamz_core.broker.names import partition_of
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import Misuse, NotReady
from streamz_core.log.records.state import Member, State
from streamz_core.runtime.job import Job, task_name
from streamz_core.topology.nodes import AnyCodec, StoreSpec
from streamz_core.topology.subtopologies import SubTopology

ADDRESS = "http"
"""Under this name a worker's member record says where it answers: host:port."""


@frozen
class Shards:
    """A store, cut as its tasks are: one part for each partition."""

    spec: StoreSpec
    sub: SubTopology
    partitions: int

    @property
    def key(self) -> AnyCodec:
        """The codec of its keys, those inside the windows of a window store."""
        assert self.spec.key is not None, f"store {self.spec.name} has no key codec"
        return self.spec.key

    def task(self, partition: int) -> str:
        """The task that keeps this part."""
        return task_name(self.sub.name, partition)

    def partition(self, key: Any) -> int:
        """Where records of this key go, if the default partitioner sent them. CodecError."""
        codec = self.key
        if isinstance(codec, WindowedCodec):
            codec.encode(key)
            codec, key = codec.key, key.key
        return partition_of(codec.encode(key), self.partitions)


def find_store(job: Job, name: str) -> tuple[StoreSpec, SubTopology]:
    """A store and where it is used; Misuse names those there are."""
    for sub in job.plan.subs:
        for spec in sub.stores:
            if spec.name == name:
                return spec, sub
    known = ", ".join(sorted(job.plan.stores)) or "none"
    raise Misuse(f"app {job.name} has no store {name!r} (stores: {known})")


def shards(job: Job, state: State, name: str) -> Shards:
    """The parts of a store; NotReady if the app never ran on this log."""
    spec, sub = find_store(job, name)
    topic = state.names.get(job.plan.changelog(name))
    if topic is None:
        raise NotReady(f"app {job.name} never ran on this log, so store {name} is empty: run it")
    return Shards(spec, sub, topic.partitions)


def owner(state: State, app: str, task: str) -> Member | None:
    """The member that owns a task by the chain."""
    found = state.group(app).owners.get(task)
    return None if found is None else state.members.get(found.incarnation)


def workers(state: State, app: str) -> list[Member]:
    """All workers of an app by the chain; whether they live only their locks can tell."""
    return [member for member in state.members.values() if member.group == app]
