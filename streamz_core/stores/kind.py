"""What a kind of store is: a row of the table in kinds.py, with all that others ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from attrs import frozen

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.rows import ROWS_MAX, Changes, Reader
from streamz_core.topology.nodes import AnyCodec, StoreSpec


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


class CommittedRows(Protocol):
    """Rows of a store as the last commit left them: (key, value), and the timestamp if it is stamped.

    Times are those of windows (start, ms, both ends included); of sessions those come that end at
    `time_from` or later and begin at `time_to` or earlier, which is that they touch the span. Stores without
    windows take no notice.
    `reverse`: the last row comes first. `after`: the key of the last row that was had already; the rows
    behind it come, in the order that is asked for.
    """

    def of_key(
        self,
        key: Any,
        time_from: int = 0,
        time_to: int | None = None,
        after: Any = None,
        *,
        reverse: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of one key, in order."""
        ...

    def scan(  # noqa: PLR0913 - what a scan may be told
        self,
        low: Any = None,
        high: Any = None,
        time_from: int = 0,
        time_to: int | None = None,
        after: Any = None,
        *,
        prefix: Any = None,
        reverse: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """Rows with low <= key <= high, in the order of the kind; None leaves that side open. Of those only
        the ones whose key begins with `prefix`: CodecError if keys of this codec do not.

        A row that is passed over comes as its key alone, `(key,)`: a reader that has only so much time
        can stop there, and go on behind it.
        """
        ...

    def all(self) -> Iterator[tuple[Any, ...]]:
        """Every row, in the order of the kind."""
        ...


class CommittedVersions(CommittedRows, Protocol):
    """Rows that have versions: (key, value, timestamp, until when it was valid; None for the latest one).

    Deletes are none, and what is older than the history is not known.
    """

    def versions(
        self, key: Any, first: int = 0, last: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """The versions of a key that were valid at some time from `first` to `last`, the earliest first."""
        ...

    def as_of(self, key: Any, time: int) -> Iterator[tuple[Any, ...]]:
        """The one that was valid at a time."""
        ...


class MakeOverlay(Protocol):
    """The overlay of `spec` over a database, in which its keys begin with `number`.

    After a commit it keeps about `rows_max` rows in memory; the others are read when needed.
    """

    def __call__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> Store: ...


@frozen
class Found:
    """What a lookup found: the value, and an expression for its timestamp."""

    value: Side
    timestamp: str


class LookUp(Protocol):
    """Lines that find the row under the key of a record. `unread`: rows may be UNREAD."""

    def __call__(self, lines: Lines, spec: StoreSpec, key: Side, *, unread: bool) -> Found: ...


class LookUpAt(Protocol):
    """Lines that find the row that was valid at `time`, a variable, under the key of a record."""

    def __call__(self, lines: Lines, spec: StoreSpec, key: Side, time: str) -> Found: ...


class Read(Protocol):
    """Lines for a variable with the row (rows.py) under a key."""

    def __call__(self, lines: Lines, spec: StoreSpec, key: Side) -> str: ...


class Put(Protocol):
    """Lines that put a row: `value`, under the key and at the time of a flow. Inside of it stand the lines for a
    row that was taken, with the flow for them, which knows whether it is the latest of its key.
    """

    def __call__(
        self, lines: Lines, spec: StoreSpec, flow: Flow, value: Side
    ) -> AbstractContextManager[Flow]: ...


@frozen(kw_only=True)
class Kind:
    """One kind of store.

    `facade`: from the overlay, and what refuses other threads, to what a function of the user gets; None
    where it gets none. `view`: the same, where it only reads the rows, which another step or a topic writes.
    `changelog`: the config of its changelog topic. `row_key`: the codec of the keys of its rows.
    `order`: what rows are sorted by, from their keys. `verb`: the verb that asks for one key.
    `stamped`: whether a row has a timestamp. `spans`: whether windows of one start may have several ends.
    `spread`: whether a row may lie in another part of the store than its key says, because functions write
    it. `written`: the kind that writes the same changelog, if it is another one: a store may become this kind, and is
    restored. `read`, `put`: of kinds that may hold the rows of a table, one for each key. `look_up_at`,
    `versions`: of kinds that know what rows were.
    """

    name: str
    overlay: MakeOverlay
    rows: Callable[[StoreSpec, int, Reader], CommittedRows]
    changelog: Callable[[StoreSpec], dict[str, Any]]
    row_key: Callable[[StoreSpec], AnyCodec]
    order: Callable[[StoreSpec], Callable[[Any], Any]]
    look_up: LookUp
    verb: str
    read: Read | None = None
    put: Put | None = None
    look_up_at: LookUpAt | None = None
    versions: Callable[[StoreSpec, int, Reader], CommittedVersions] | None = None
    facade: Callable[[Any, Callable[[], None]], Any] | None = None
    view: Callable[[Any, Callable[[], None]], Any] | None = None
    stamped: bool = True
    spans: bool = False
    spread: bool = False
    written: str = ""


def codecs(spec: StoreSpec) -> tuple[AnyCodec, AnyCodec]:
    """The codecs of keys and values, which the plan has made sure of."""
    assert spec.key is not None, f"store {spec.name} has no key codec"
    assert spec.value is not None, f"store {spec.name} has no value codec"
    return spec.key, spec.value
