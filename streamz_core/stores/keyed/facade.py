"""Declared stores as the functions of the user see them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from streamz_core.record import timestamp_of
from streamz_core.stores.keyed.view import RowsView, StampedView


class PlainStore(RowsView, MutableMapping[Any, Any]):
    """A declared store as the functions of the user see it.

    Setting None deletes, as in Kafka. Iteration is in order of the keys' bytes, ints in numeric order,
    over the rows as they were when it began. `timestamp` goes with what is written to the changelog.
    `check` refuses any other thread than the worker's: what two of them do would be lost half-way.
    """

    def __setitem__(self, key: Any, value: Any) -> None:
        self._store.write(self._encode(key), value, self.timestamp)

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._store.write(self._encode(key), None, self.timestamp)


class StampedStore(StampedView, PlainStore):
    """One of values with timestamps: Stamped, or pairs of a value and its timestamp."""

    def __setitem__(self, key: Any, value: Any) -> None:
        made, timestamp = (None, self.timestamp) if value is None else value
        self._store.write(self._encode(key), made, timestamp_of(timestamp))
