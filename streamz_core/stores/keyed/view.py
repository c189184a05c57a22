"""Rows by key as the functions of the user see them, to be read: of a table, of a store that is another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streamz_core.stores.faces import Stamped
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.merged import merged
from streamz_core.stores.order import spans
from streamz_core.stores.rows import TIMESTAMP, VALUE, Row


class RowsView(Mapping[Any, Any]):
    """All rows of a store as they are now, to be read.

    Iteration is in order of the keys' bytes, ints in numeric order, over the rows as they were when it began.
    `timestamp` is that of the record at hand, which every store of a function is told. `check` refuses any other
    thread than the worker's.
    """

    def __init__(self, store: KeyValueStore, check: Callable[[], None]) -> None:
        self._store = store
        self._check = check
        self.timestamp = 0

    def get(self, key: Any, default: Any = None) -> Any:
        row = self._store.live.row(self._encode(key))
        return default if row[VALUE] is None else self._given(row)

    def __getitem__(self, key: Any) -> Any:
        row = self._store.live.row(self._encode(key))
        if row[VALUE] is None:
            raise KeyError(key)
        return self._given(row)

    def _given(self, row: Row) -> Any:
        return self._store.object(row)

    def __contains__(self, key: object) -> bool:
        return self._store.live.row(self._encode(key))[VALUE] is not None

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self.range())

    def __len__(self) -> int:
        return sum(1 for _ in self.range())

    def _encode(self, key: Any) -> bytes:
        self._check()
        return self._store.key.encode(key)

    def range(
        self, start: Any = None, end: Any = None, *, reverse: bool = False
    ) -> Iterator[tuple[Any, Any]]:
        """Rows with start <= key <= end, `reverse` the last first; None leaves that side open."""
        self._check()
        store = self._store
        low = None if start is None else self._encode(start)
        high = None if end is None else self._encode(end)
        changed = {key: None if row[VALUE] is None else row for key, row in store.unsaved().items()}
        found = spans(store.key, low, high)
        for first, last in reversed(found) if reverse else found:
            stop = store.prefix_end if last is None else store.prefix + last
            rows = store.database.scan(store.prefix + first, stop, reverse=reverse)
            saved = ((place[len(store.prefix) :], store.row(data)) for place, data in rows)
            within = {
                key: row
                for key, row in changed.items()
                if first <= key and (last is None or key < last)
            }
            for key, row in merged(saved, within, reverse=reverse):
                yield store.key.decode(key), self._given(row)


class StampedView(RowsView):
    """One of values with timestamps."""

    def _given(self, row: Row) -> Any:
        return Stamped(self._store.object(row), row[TIMESTAMP])
