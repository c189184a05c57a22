"""The topic of a table as its changelog: others write it, and the rows are what a task took of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define

from streamz_core.broker.backend import Backend, Move, Packed, next_offset
from streamz_core.errors import CodecError
from streamz_core.record import Batch
from streamz_core.runtime.state.changelog import Changelog
from streamz_core.runtime.state.taken import Taken
from streamz_core.stores.kind import Store, codecs
from streamz_core.stores.rows import Changes
from streamz_core.topology.plan import Plan


@define
class SourceTopic(Changelog):
    """See the module. `group`: the app. Nothing is written, and what is not committed is not read."""

    group: str
    took: Taken

    def pack(self, backend: Backend, changes: Changes) -> list[Packed]:  # noqa: ARG002 - it is there already
        return []

    def end(self, backend: Backend) -> int:
        if self.partition >= backend.topic(self.topic).partitions:
            return self.offset  # others that the task reads have more
        return next_offset(backend, self.group, self.topic, self.partition)

    def after(self, moves: Sequence[Move]) -> int:
        return next(
            (stop for topic, at, _, stop in moves if (topic, at) == (self.topic, self.partition)),
            self.offset,
        )

    def taken(self, batch: Batch, backend: Backend) -> Batch:
        """What the table takes as it runs: records with a key, that can be read and failed in no step."""
        end = self.end(backend)
        if end <= batch.base_offset:
            return Batch(batch.base_offset, (), (), ())
        batch = batch.until(end)
        skipped = self.took.left_out(self.topic).intersection(batch.offsets)
        if not skipped and None not in batch.keys and self._readable(batch):
            return batch
        rows = [
            row
            for row, at in enumerate(batch.offsets)
            if batch.keys[row] is not None and at not in skipped and self._readable(batch.row(row))
        ]
        return Batch(
            batch.base_offset,
            [batch.keys[row] for row in rows],
            [batch.values[row] for row in rows],
            [batch.timestamps[row] for row in rows],
        )

    def _readable(self, batch: Batch) -> bool:
        from streamz_core.compiler.columns import decode_column  # who asks stores does without

        key, value = codecs(self.store.spec)
        try:
            decode_column(key.validate_all, batch.keys, "key")
            decode_column(value.validate_all, batch.values, "value")
        except CodecError:
            return False
        return True


def changelog_of(  # noqa: PLR0913 - whose, of which partition, and what is known of it
    plan: Plan, backend: Backend, store: Store, partition: int, offset: int | None, took: Taken
) -> Changelog:
    """The changelog of a store; `offset`: what the database has, None if nothing."""
    name = store.spec.name
    topic = plan.changelog(name)
    if name not in plan.sourced:
        begin = backend.start(topic, partition) if offset is None else offset
        return Changelog(store, topic, partition, begin, horizon=backend.horizon(topic, partition))
    if offset is None and partition < backend.topic(topic).partitions:
        offset = max(took.begins.get(topic, 0), backend.start(topic, partition))
    horizon = backend.horizon(topic, partition)
    return SourceTopic(store, topic, partition, offset or 0, plan.app, took, horizon=horizon)


def changelog_span(
    plan: Plan, backend: Backend, store: str, partition: int, known: Mapping[str, int]
) -> tuple[int, int]:
    """(what a database has, what there is) of the changelog of a store; `known`: by store, what its position says."""
    topic = plan.changelog(store)
    start = known.get(store, backend.start(topic, partition))
    if store in plan.sourced:
        return start, next_offset(backend, plan.app, topic, partition)
    return start, backend.end(topic, partition)
