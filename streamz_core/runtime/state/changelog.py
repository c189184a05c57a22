"""Changelogs: the last value of each key per commit on the way out, whole stores on the way back."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from attrs import define, field

from streamz_core.broker.backend import Backend, Move, Packed
from streamz_core.env.door import Env
from streamz_core.record import Batch
from streamz_core.stores.kind import Store
from streamz_core.stores.rows import Changes
from streamz_state import StateCorrupt

logger = logging.getLogger("streamz.restore")

REPORT_S = 10.0
FETCH_BYTES = 1 << 20


@define
class Changelog:
    """One store and the partition of the topic that holds its changes; `offset` = what the database has.

    `horizon`: that of the partition when it was looked at last.
    """

    store: Store
    topic: str
    partition: int
    offset: int
    horizon: int = field(default=0, kw_only=True)

    @property
    def name(self) -> str:
        """The store's name."""
        return self.store.spec.name

    def end(self, backend: Backend) -> int:
        """Up to where it is to be read."""
        return backend.end(self.topic, self.partition)

    def taken(self, batch: Batch, backend: Backend) -> Batch:  # noqa: ARG002 - others must ask it
        """What of a batch are rows of the store."""
        return batch

    def after(self, moves: Sequence[Move]) -> int:  # noqa: ARG002 - what is consumed moves others
        """What the database has once these inputs are consumed, and its own changes are not yet known."""
        return self.offset

    def pack(self, backend: Backend, changes: Changes) -> list[Packed]:
        """The changes of a commit as they are written: nothing where the store is not logged."""
        if not changes.keys or not self.store.spec.logged:
            return []
        columns = changes.keys, changes.values, changes.timestamps
        return backend.pack(self.topic, self.partition, *columns)


@define
class Progress:
    """How far a restore is: logged every few seconds, and when it is done. `cause`: why there is one."""

    env: Env
    title: str
    cause: str
    records: int = 0
    _started_s: float = field(init=False)
    _reported_s: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._started_s = self._reported_s = self.env.monotonic()

    def report(self, left: int) -> None:
        """Say so many records are left, if it is time."""
        now_s = self.env.monotonic()
        if not self.records or (left and now_s - self._reported_s < REPORT_S):
            return
        self._reported_s = now_s
        rate = self.records / max(now_s - self._started_s, 1e-6)
        logger.info(
            "restore of %s: %d records, %d left, %.0f records/s, %.0f s to go (%s)",
            self.title,
            self.records,
            left,
            rate,
            left / rate,
            self.cause,
        )


@define
class Restore:
    """Reading changelogs back into a database, some records at a time."""

    backend: Backend
    changelogs: list[Changelog]
    progress: Progress

    @property
    def remaining(self) -> int:
        """Records still to be read."""
        return sum(max(one.end(self.backend) - one.offset, 0) for one in self.changelogs)

    def step(self) -> tuple[str, Changes] | None:
        """(store, its rows) of the next records of one changelog; None when all is restored.

        The rows are those of one call to the store, which knows that the last of a key counts: put
        together from several, an earlier value could outlive a later delete.
        """
        behind = [one for one in self.changelogs if one.offset < one.end(self.backend)]
        self.progress.report(self.remaining)
        if not behind:
            return None
        one = behind[0]
        keys: list[bytes] = []
        values: list[bytes | None] = []
        timestamps: list[int] = []
        found = self.backend.fetch(one.topic, one.partition, one.offset, bytes_max=FETCH_BYTES)
        self._check_horizon(one)  # behind the fetch, which may have followed what others did
        for batch in found:
            rows = one.taken(batch, self.backend)
            keys += [key or b"" for key in rows.keys]
            values += rows.values
            timestamps += rows.timestamps
            one.offset = min(batch.next_offset, one.end(self.backend))
        self.progress.records += len(keys)
        return one.name, one.store.restored(keys, values, timestamps)

    def _check_horizon(self, one: Changelog) -> None:
        """StateCorrupt if deletes went since the last look that the store has not heard of."""
        horizon = self.backend.horizon(one.topic, one.partition)
        if horizon > one.horizon and one.offset < horizon:
            raise StateCorrupt(
                f"deletes in {one.topic}[{one.partition}] from offset {one.offset} on were compacted away while store "
                f"{one.name} was restored"
            )
        one.horizon = horizon
