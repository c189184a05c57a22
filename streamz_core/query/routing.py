"""Who answers for a key: store -> sub-topology -> partition -> task -> worker."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from streamz_core.broker.backend import Backend, Worker
from streamz_core.broker.names import partition_of
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import Misuse, NotReady
from streamz_core.query.parameters import key_codec
from streamz_core.runtime.job import task_name
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology

ADDRESS = "http"
"""Under this name a worker says of itself where it answers: host:port."""


@frozen
class Shards:
    """A store, cut as its tasks are: one part for each partition.

    `sub`: of which they are the tasks; None: every worker has it all, in one part.
    """

    spec: StoreSpec
    sub: SubTopology | None
    partitions: int

    def task(self, partition: int) -> str:
        """The task that keeps this part; what it is called where every worker does."""
        return (
            f"@global/{self.spec.name}" if self.sub is None else task_name(self.sub.name, partition)
        )

    def partition(self, key: Any) -> int:
        """Where records of this key go, if the default partitioner sent them. CodecError."""
        codec = key_codec(self.spec)
        if isinstance(codec, WindowedCodec):
            codec.encode(key)
            codec, key = codec.key, key.key
        return partition_of(codec.encode(key), self.partitions)


def find_store(plan: Plan, name: str) -> tuple[StoreSpec, SubTopology | None]:
    """A store and where it is used, None where every worker has it; Misuse names those there are."""
    if name in plan.everywhere:
        return plan.everywhere[name].kept, None
    for sub in plan.subs:
        for spec in sub.stores:
            if spec.name == name:
                return spec, sub
    known = ", ".join(plan.readable) or "none"
    raise Misuse(f"app {plan.app} has no store {name!r} (stores: {known})")


def shards(plan: Plan, backend: Backend, name: str) -> Shards:
    """The parts of a store; NotReady if the app never ran on this log with it."""
    spec, sub = find_store(plan, name)
    if sub is None:
        return Shards(spec, None, 1)
    topic = backend.topics().get(plan.changelog(name))
    if topic is None:
        ran = plan.app in backend.groups() or any(
            known.owner == plan.app for known in backend.topics().values()
        )
        with_it = f" with store {name}" if ran else ""
        raise NotReady(
            f"app {plan.app} never ran{with_it} on this log, so store {name} is empty: run it"
        )
    return Shards(spec, sub, topic.partitions)


def owner(backend: Backend, app: str, task: str) -> Worker | None:
    """The living worker that owns a task; None if no worker of the app lives.

    NotReady if others live: one of them will take it.
    """
    found = backend.owner(app, task)
    if found is not None and backend.alive(found):
        return found
    if any(backend.alive(one) for one in backend.workers(app)):
        raise NotReady(f"task {task} has no owner at the moment; ask again")
    return None


def holder(backend: Backend, app: str, shards: Shards, partition: int) -> Worker | None:
    """The living worker that has a part of a store: of what all have, one that answers. As `owner`."""
    if shards.sub is not None:
        return owner(backend, app, shards.task(partition))
    living = [one for one in backend.workers(app) if backend.alive(one)]
    return min(living, key=lambda one: ADDRESS not in one.info, default=None)


def address(worker: Worker) -> str:
    """Where a worker answers; Misuse if it does not."""
    found = worker.info.get(ADDRESS)
    if not isinstance(found, str):
        raise Misuse(
            f"the worker with pid {worker.info.get('pid', '?')} answers no queries; start it by "
            "`streamz run` without --http no, or ask when it is stopped"
        )
    return found
