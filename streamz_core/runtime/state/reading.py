"""Committed rows of a store for those who are not the worker: other threads, and other processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from attrs import define, frozen

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Misuse, NotReady
from streamz_core.runtime.everywhere.directory import NUMBER, copies_directory, copy_fingerprint
from streamz_core.runtime.job import task_name
from streamz_core.runtime.state.differing import differing
from streamz_core.runtime.state.sourced import changelog_span
from streamz_core.runtime.state.state import numbered
from streamz_core.runtime.state.statedir import fingerprint, judge, open_stopped, task_directory
from streamz_core.stores.kind import CommittedRows
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology
from streamz_state import Database, StateClosed, StateCorrupt


class Holder(Protocol):
    """Who has databases with stores: the state of a task, a copy of a table."""

    @property
    def restoring(self) -> bool:
        """Whether they are not what they are to be yet."""
        ...

    def find(self, name: str) -> tuple[StoreSpec, int, Database] | None:
        """A store as readers need it: spec, number, database."""
        ...


@frozen
class Open:
    """What a worker has open, by task. `settled`: what its tasks committed up to here is in the stores.

    `counts`: how many tasks each sub-topology has, whoever runs them. Among the states are the copies of
    tables that every worker has, as "@global/<store>".
    """

    settled: int
    states: Mapping[str, Holder]
    counts: Mapping[str, int]


NOTHING = Open(-1, {}, {})
"""Not yet a member, or no longer."""


@define
class OpenTasks:
    """Where a worker shows what it has open. `now` is replaced whole, never changed: any thread may read it."""

    now: Open = NOTHING


@frozen
class Committed:
    """The rows of a store at one moment: the commit they are the result of.

    `behind`: how many records of the changelog are not in them. A worker that died between a commit
    and its write, or while it restored, leaves such a store.
    """

    rows: CommittedRows
    commit: int
    behind: int = 0


@contextmanager
def committed(state: Holder, store: str) -> Iterator[Committed]:
    """A store that this process has, for any thread.

    NotReady if the task is closed meanwhile, Corrupt if the database is damaged; also while rows are
    read.
    """
    found = state.find(store)
    assert found is not None, f"there is no store {store} in it"
    with _one_moment(*found) as moment:
        yield moment


@contextmanager
def stopped(  # noqa: PLR0913 - whose store, and where it lies
    plan: Plan,
    env: Env,
    backend: Backend,
    home: str,
    sub: SubTopology,
    partition: int,
    store: str,
) -> Iterator[Committed]:
    """A store of a task that nobody runs, read where its last owner left it.

    NotReady if there is none yet, Misuse for stores in memory, Corrupt if it is damaged.
    """
    numbers = {spec.name: (spec, number) for number, spec in numbered(sub)}
    spec, number = numbers[store]
    if spec.memory:
        raise Misuse(
            f"store {store} is in memory and app {plan.app} is not running: "
            f"start it (streamz run), and it will be restored from {plan.changelog(store)}"
        )
    specs = [spec for _, spec in numbered(sub)]
    task = task_name(sub.name, partition)
    maker, explain = (
        fingerprint(backend.identity, task, specs, plan.sourced),
        differing(backend, plan, task, specs),
    )
    folder = task_directory(home, plan.app, sub.name, partition)
    database = open_stopped(env, folder, maker, judge(backend, plan.app), explain)
    try:
        position = database.position
        known = {} if position is None else position.changelog
        with _one_moment(spec, number, database) as moment:
            offset, end = changelog_span(plan, backend, store, partition, known)
            yield Committed(moment.rows, moment.commit, end - offset)
    finally:
        database.close()


@contextmanager
def stopped_copy(
    plan: Plan, env: Env, backend: Backend, home: str, store: str
) -> Iterator[Committed]:
    """A table of which every worker has all rows, read where one of them left it; errors as of `stopped`."""
    table = plan.everywhere[store]
    if table.kept.memory:
        raise Misuse(
            f"store {store} is in memory and app {plan.app} is not running: start it (streamz run), "
            f"and it will be read from {table.topic.name}"
        )
    maker = copy_fingerprint(backend.identity, table)
    folder = copies_directory(home, plan.app, store)
    database = open_stopped(env, folder, maker, judge(backend, plan.app))
    try:
        position = database.position
        known = {} if position is None else position.changelog
        topic = table.topic.name
        ends = {p: backend.end(topic, p) for p in range(backend.topic(topic).partitions)}
        behind = sum(end - known.get(str(p), backend.start(topic, p)) for p, end in ends.items())
        with _one_moment(table.kept, NUMBER, database) as moment:
            yield Committed(moment.rows, moment.commit, behind)
    finally:
        database.close()


@contextmanager
def _one_moment(spec: StoreSpec, number: int, database: Database) -> Iterator[Committed]:
    try:
        with database.snapshot() as snapshot:
            position = snapshot.position
            commit = position.commit if position is not None else 0
            yield Committed(kind_of(spec).rows(spec, number, snapshot), commit)
    except StateClosed as error:
        raise NotReady(f"store {spec.name} was closed while it was read; ask again") from error
    except StateCorrupt as error:
        raise Corrupt(f"store {spec.name}: {error}") from error
