"""Stores over a database in memory, and the commits that the runtime makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.kind import CommittedRows, Store
from streamz_core.stores.kinds import kind_of
from streamz_core.stores.rows import Changes
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import TimeWindows
from streamz_state.batch import WriteBatch
from streamz_state.memory import MemoryDatabase

NUMBER = 3


class Watched(MemoryDatabase):
    """Counts the lookups."""

    def __init__(self) -> None:
        super().__init__()
        self.gets: list[bytes] = []
        self.scans = 0

    def get(self, key: bytes) -> bytes | None:
        self.gets.append(key)
        return super().get(key)

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        self.scans += 1
        return super().scan(start, end, reverse=reverse)


def plain(**more: Any) -> StoreSpec:
    return StoreSpec("s", "plain", **{"key": STR, "value": INT, **more})


def timestamped(**more: Any) -> StoreSpec:
    return StoreSpec("s", "timestamped", **{"key": STR, "value": INT, **more})


def window(size: int = 10, retention: int = 20, **more: Any) -> StoreSpec:
    codecs = {"key": STR, "value": INT, **more}
    return StoreSpec(
        "w", "window", window=TimeWindows(size, size), retention_ms=retention, **codecs
    )


def listed() -> StoreSpec:
    """A store of a codec whose values could be changed in place."""
    return StoreSpec("s", "timestamped", key=STR, value=JSON)


def opened(spec: StoreSpec, database: MemoryDatabase, *, number: int = NUMBER, **more: Any) -> Any:
    """The overlay of a store."""
    return kind_of(spec).overlay(spec, number, database, **more)


def committed(spec: StoreSpec, reader: Any) -> CommittedRows:
    """The committed rows of a store."""
    return kind_of(spec).rows(spec, NUMBER, reader)


def apply(database: MemoryDatabase, changes: Changes) -> None:
    batch = WriteBatch(changes.puts, changes.deletes, changes.ranges)
    database.write(batch, None)


def commit(store: Store, database: MemoryDatabase) -> list[tuple[bytes, bytes | None, int]]:
    """One commit of one store; its changelog entries."""
    changes = store.collect()
    apply(database, changes)
    store.committed()
    return list(zip(changes.keys, changes.values, changes.timestamps, strict=True))
