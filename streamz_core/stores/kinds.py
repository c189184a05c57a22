"""The stores of a task: made from a spec and a database, used by lines and by functions."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Protocol

from streamz_core.codecs.plain import IntCodec
from streamz_core.stores.keyed import KeyValueStore
from streamz_core.stores.rows import ROWS_MAX, VALUE, Changes, Reader
from streamz_core.stores.windowed import WindowStore
from streamz_core.topology.nodes import AnyCodec, StoreSpec
from streamz_state.keys import STORE_BYTES

_SIGN = b"\x80"


class Store(Protocol):
    """What a task does with any store. The overlay is written by lines and facades between these.

    `collect()` may be called again before `committed()`: commits then end in the order in which they
    were collected. `rollback()` drops all of them.
    """

    spec: StoreSpec

    def collect(self) -> Changes: ...

    def committed(self) -> None: ...

    def rollback(self) -> None: ...

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes: ...

    def begin(self) -> None: ...

    def verify(self) -> Changes: ...

    def keep(self) -> None: ...

    def undo(self) -> None: ...


def make_store(
    spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
) -> Store:
    """The overlay of `spec` over `database`, where its keys begin with `number`.

    After a commit it keeps about `rows_max` rows in memory; the others are read when needed.
    """
    made = WindowStore if spec.kind == "window" else KeyValueStore
    return made(spec, number, database, rows_max=rows_max)


class PlainStore(MutableMapping[Any, Any]):
    """A declared store as the functions of the user see it.

    Setting None deletes, as in Kafka. Iteration is in order of the keys' bytes, ints in numeric order,
    over the rows as they were when it began. `timestamp` goes with what is written to the changelog.
    """

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store
        self._encode = store.key.encode
        self.timestamp = 0

    def get(self, key: Any, default: Any = None) -> Any:
        value = self._store.read(self._encode(key))
        return default if value is None else value

    def __getitem__(self, key: Any) -> Any:
        value = self._store.read(self._encode(key))
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._store.write(self._encode(key), value, self.timestamp)

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._store.write(self._encode(key), None, self.timestamp)

    def __contains__(self, key: object) -> bool:
        return self._store.read(self._encode(key)) is not None

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self.range())

    def __len__(self) -> int:
        return sum(1 for _ in self.range())

    def range(self, start: Any = None, end: Any = None) -> Iterator[tuple[Any, Any]]:
        """Rows with start <= key <= end; None leaves that side open."""
        store = self._store
        low = None if start is None else self._encode(start)
        high = None if end is None else self._encode(end)
        changed = {key: row[VALUE] for key, row in store.unsaved().items()}
        for first, last in spans(store.key, low, high):
            stop = store.prefix_end if last is None else store.prefix + last
            saved = store.database.scan(store.prefix + first, stop)
            for key, value in _overlaid(saved, _within(changed, first, last)):
                shared = store.value.immutable and key in changed
                yield store.key.decode(key), value if shared else store.value.decode(value)


def _within(changed: dict[bytes, Any], first: bytes, last: bytes | None) -> list[tuple[bytes, Any]]:
    """Changed rows of the span [first, last), the last one in front."""
    keys = (key for key in changed if first <= key and (last is None or key < last))
    return [(key, changed[key]) for key in sorted(keys, reverse=True)]


def _overlaid(
    saved: Iterator[tuple[bytes, bytes]], changed: list[tuple[bytes, Any]]
) -> Iterator[tuple[bytes, Any]]:
    """Rows of both in order of keys; of two with the same key the changed one, if it has a value."""
    for place, data in saved:
        key = place[STORE_BYTES:]
        while changed and changed[-1][0] < key:
            yield from _kept(changed.pop())
        if changed and changed[-1][0] == key:
            yield from _kept(changed.pop())
        else:
            yield key, data
    while changed:
        yield from _kept(changed.pop())


def _kept(row: tuple[bytes, Any]) -> list[tuple[bytes, Any]]:
    return [] if row[1] is None else [row]


def spans(
    codec: AnyCodec, low: bytes | None, high: bytes | None
) -> list[tuple[bytes, bytes | None]]:
    """Spans [first, end) of key bytes that hold all keys from low to high, in the users' order.

    Ints are signed, so their negative ones stand behind the others: a range across 0 is two spans.
    """
    end = None if high is None else high + b"\x00"
    if not isinstance(codec, IntCodec):
        return [(low or b"", end)]
    negative, positive = [], []
    if low is None or low >= _SIGN:
        negative = [(low or _SIGN, end if high is not None and high >= _SIGN else None)]
    if high is None or high < _SIGN:
        positive = [(low if low is not None and low < _SIGN else b"", end or _SIGN)]
    return negative + positive
