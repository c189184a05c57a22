"""Declared stores of versions as the functions of the user see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from streamz_core.record import VersionedRecord
from streamz_core.stores.rows import TIMESTAMP, VALUE, Row

if TYPE_CHECKING:
    from streamz_core.stores.versioned.overlay import VersionedStore

K = TypeVar("K")
V = TypeVar("V")


class Versions(Generic[K, V]):
    """A declared store of versions as the functions of the user see it (Kafka: VersionedKeyValueStore).

    `timestamp` is that of what is put without one: of the record at hand. `check` refuses any other thread than
    the worker's.
    """

    def __init__(self, store: VersionedStore, check: Callable[[], None]) -> None:
        self._store = store
        self._check = check
        self.timestamp = 0

    def get(self, key: K) -> VersionedRecord[V] | None:
        """The latest version; None if there is none, or it is a delete."""
        return self._record(self._store.row(self._encode(key)))

    def get_as_of(self, key: K, timestamp: int) -> VersionedRecord[V] | None:
        """The version that was valid at that time; None if there was none, or history does not reach there."""
        return self._record(self._store.row_at(self._encode(key), timestamp))

    def versions(
        self, key: K, time_from: int = 0, time_to: int | None = None
    ) -> list[VersionedRecord[V]]:
        """The versions that were valid at some time between, both included, the earliest first."""
        last = self._store.newest if time_to is None else time_to
        found = self._store.versions(self._encode(key), time_from, last)
        return [
            VersionedRecord(
                self._store.value.decode(one[-1]), one[0], one[1] if len(one) > 2 else None
            )
            for one in found
            if one[-1] is not None
        ]

    def put(self, key: K, value: V | None, timestamp: int | None = None) -> bool | None:
        """Put a version; None deletes. Whether it is the latest one; None if it is older than the history, and
        nothing happened. CodecError if it does not fit.
        """
        raw = None if value is None else self._store.value.encode(value)
        at = self.timestamp if timestamp is None else timestamp
        return self._store.put(self._encode(key), at, raw)

    def delete(self, key: K, timestamp: int | None = None) -> VersionedRecord[V] | None:
        """Put a delete; what was valid until then."""
        at = self.timestamp if timestamp is None else timestamp
        before = self.get_as_of(key, at)
        return before if self.put(key, None, at) is not None else None

    def _encode(self, key: K) -> bytes:
        self._check()
        return self._store.key.encode(key)

    def _record(self, row: Row) -> VersionedRecord[V] | None:
        value = row[VALUE]
        if value is None:
            return None
        own = value if self._store.value.immutable else self._store.value.decode(value)
        return VersionedRecord(own, row[TIMESTAMP])
