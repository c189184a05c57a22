"""The rows of a global table as the functions of the user see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.order import spans
from streamz_state.keys import STORE_BYTES, unstamp


class RowsView(Mapping[Any, Any]):
    """All rows of a global table, to be read.

    Iteration is in order of the keys' bytes, ints in numeric order. `timestamp` is that of the record at
    hand, which every store of a function is told. `check` refuses any other thread than the worker's.
    """

    def __init__(self, store: KeyValueStore, check: Callable[[], None]) -> None:
        self._store = store
        self._check = check
        self.timestamp = 0

    def __getitem__(self, key: Any) -> Any:
        value = self._store.read(self._encode(key))
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self._store.read(self._encode(key)) is not None

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self.range())

    def __len__(self) -> int:
        return sum(1 for _ in self.range())

    def range(
        self, start: Any = None, end: Any = None, *, reverse: bool = False
    ) -> Iterator[tuple[Any, Any]]:
        """Rows with start <= key <= end, `reverse` the last first; None leaves that side open."""
        self._check()
        store = self._store
        low = None if start is None else self._encode(start)
        high = None if end is None else self._encode(end)
        found = spans(store.key, low, high)
        for first, last in reversed(found) if reverse else found:
            stop = store.prefix_end if last is None else store.prefix + last
            for place, data in store.database.scan(store.prefix + first, stop, reverse=reverse):
                yield store.key.decode(place[STORE_BYTES:]), store.value.decode(unstamp(data)[1])

    def _encode(self, key: Any) -> bytes:
        self._check()
        return self._store.key.encode(key)
