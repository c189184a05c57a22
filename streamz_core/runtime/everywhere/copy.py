"""A worker's copy of a global table: it follows the topic, which is its changelog (Kafka: GlobalStateUpdateTask).

Nothing is committed for it: where it stands is in its database, beside the rows it speaks of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from math import inf
from typing import TypeVar

from streamz_core.errors import StorageFull
from streamz_core.record import Batch
from streamz_core.runtime.everywhere.checks import Checks
from streamz_core.runtime.everywhere.directory import NUMBER
from streamz_core.runtime.everywhere.filling import Filling
from streamz_core.runtime.everywhere.kept import Kept
from streamz_core.runtime.place import Place
from streamz_core.runtime.state.changelog import FETCH_BYTES, Progress
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.kind import Store
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import GlobalTable, StoreSpec
from streamz_state import Database, StateCorrupt, StateFull

logger = logging.getLogger("streamz.worker")

TURN_S = 0.02

T = TypeVar("T")


class CopyDamaged(StateCorrupt):
    """A row of a global table cannot be read. Undo what was begun: the copy is made anew."""


class Copy:
    """All rows of one table, for the tasks of one worker. One of the worker's turns.

    `arrived`: whether it was up to date once since it was opened.
    """

    def __init__(self, place: Place, table: GlobalTable) -> None:
        self.arrived = False
        self._place = place
        self._topic = table.topic.name
        self._title = f"@global/{table.kept.name}"
        self._checks = Checks(table, self._title, place.job.config, place.metrics)
        self._damage = ""
        self._full = False  # its disk took no more: the database is to be opened again
        self._seen = -1  # the moment at which it was found up to date
        self._kept = Kept(place, table)
        self._store = KeyValueStore(
            table.kept, NUMBER, Guarded(self), stamped=kind_of(table.kept).stamped
        )
        self._filling = (
            None if table.fn is None else Filling(place, table, self._store, self._title)
        )
        self._progress = self._begun(self._kept.cause)

    @property
    def store(self) -> Store:
        """What tasks read; the same one as long as the copy lives."""
        return self._store

    @property
    def database(self) -> Database:
        """Where the rows are now."""
        return self._kept.database

    @property
    def restoring(self) -> bool:
        """Whether it was not up to date yet."""
        return not self.arrived

    @property
    def ready(self) -> bool:
        """Whether it has everything of its topic that this process knows of."""
        at = self._place.backend.mark.number
        if at != self._seen and not (self._damage or self._full) and self._left() == 0:
            self._seen = at
        return at == self._seen

    def find(self, name: str) -> tuple[StoreSpec, int, Database] | None:
        """The store as readers need it, if that is its name: spec, number, database."""
        spec = self._kept.spec
        return (spec, NUMBER, self.database) if name == spec.name else None

    # ---- its turn

    def turn(self) -> bool:
        """Follow the topic, up to its end or for some milliseconds; whether there was anything, or it arrived.

        What a record that cannot be read raises comes out, when all before it is in the table; StorageFull when the
        disk has no room for the rows: they are read again when it has.
        """
        clock = self._place.env.monotonic
        stop_s = clock() + TURN_S
        moved = False
        while not self.ready:
            moved = self._get_on() or moved
            if clock() >= stop_s:
                return True
        if not self.arrived:
            self._progress.report(0)
            self.arrived = moved = True  # its worker waits for that to join
        return moved

    def due_s(self) -> float:
        """Never: new records wake the worker."""
        return inf

    def close(self) -> None:
        """Let go of the database, and of the processor."""
        if self._filling is not None:
            self._filling.end()
        self._kept.close()

    def damaged(self, why: StateCorrupt) -> CopyDamaged:
        """What a reader raises that found this; the copy is made anew in its next turn."""
        self._damage = why.damage or type(why).__name__
        self._seen = -1
        return CopyDamaged(f"global table {self._kept.spec.name}: {why}")

    # ---- following

    def _get_on(self) -> bool:
        """Some records of the first partition that has any; whether there was one."""
        try:
            if self._full:
                self._open_again()
            if self._damage:
                self._begin_anew()
            return self._step()
        except StateFull as error:
            self._full, self._seen = True, -1
            raise StorageFull(f"global table {self._kept.spec.name}: {error}") from error
        except StateCorrupt as error:
            self.damaged(error)
            return True

    def _step(self) -> bool:
        backend = self._place.backend
        for partition, offset in self._kept.offsets.items():
            if offset < backend.start(self._topic, partition):
                # A delete may be among what was not read.
                self._damage = f"records of {self._topic}[{partition}] from {offset} on are lost"
                return True
            if offset < backend.end(self._topic, partition):
                found = backend.fetch(self._topic, partition, offset, bytes_max=FETCH_BYTES)
                if self._missed(partition, offset):
                    return True
                for batch in found:
                    self._take(batch, partition)
                return bool(found)
        return False

    def _missed(self, partition: int, offset: int) -> bool:
        """Whether deletes went meanwhile that it has not heard of: what it read before them may be deleted."""
        horizon = self._place.backend.horizon(self._topic, partition)
        before, self._kept.horizons[partition] = self._kept.horizons[partition], horizon
        if horizon > before and offset < horizon:
            self._damage = (
                f"deletes in {self._topic}[{partition}] from {offset} on were compacted away"
            )
            return True
        return False

    def _take(self, batch: Batch, partition: int) -> None:
        arrived = self._checks.take(batch, partition)
        if self._filling is not None:
            changes = self._filling.fill(batch, partition, arrived)
        else:
            rows = self._store.followed if self.arrived else self._store.restored
            changes = rows(arrived.keys, arrived.values, arrived.timestamps)
        self._kept.offsets[partition] = arrived.stop
        self._kept.write(changes)
        if self._filling is not None:
            self._store.committed()
        if not self.arrived:
            self._progress.records += len(batch)
            self._progress.report(self._left())
        if arrived.error is not None:
            raise arrived.error

    def _left(self) -> int:
        self._kept.widen()
        backend, topic = self._place.backend, self._topic
        offsets = self._kept.offsets.items()
        return sum(max(backend.end(topic, at) - offset, 0) for at, offset in offsets)

    def _begun(self, cause: str) -> Progress:
        title = f"{self._place.job.name} {self._title}"
        return Progress(self._place.env, title, cause or "tail")

    def _open_again(self) -> None:
        """The rows as they lie there; the records behind them are read again."""
        self._replace(self._kept.open_again)
        self._full = False

    def _begin_anew(self) -> None:
        """Throw the copy away, and have it again from the topic."""
        logger.warning("%s is discarded and restored: %s", self._title, self._damage)
        self._replace(self._kept.begin_anew)
        self._progress = self._begun(self._damage)
        self._damage = ""
        self.arrived = False

    def _replace(self, replace: Callable[[], None]) -> None:
        """The rows are of another database from now on."""
        if self._filling is not None:
            self._filling.forget()
        replace()
        self._store.moved(Guarded(self))


class Guarded:
    """The rows of a copy for its store: a damaged one says whose it is. Implements Reader."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy

    def get(self, key: bytes) -> bytes | None:
        return self._read(lambda: self._copy.database.get(key))

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        rows = self._read(lambda: self._copy.database.scan(start, end, reverse=reverse))
        while (row := self._read(lambda: next(rows, None))) is not None:
            yield row

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except StateCorrupt as error:
            raise self._copy.damaged(error) from error
