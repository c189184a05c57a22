"""Tables: the latest value of each key, and how it changed (Kafka: KTable)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    ParamSpec,
    TypeVar,
    Unpack,
    overload,
)

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.steps.said import Call, KeptRows
from streamz_core.dsl.declared.steps.suppressions import Suppression, suppressed
from streamz_core.dsl.declared.topics import EmitRows, Materialized, Store, check_legal
from streamz_core.dsl.faces.exits import Writable
from streamz_core.dsl.faces.held import Held, late_of, rows_of
from streamz_core.dsl.faces.tables.groups import GroupableRows
from streamz_core.dsl.faces.tables.joins import JoinableRows
from streamz_core.errors import TopologyError
from streamz_core.operators.processors.context import Context

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import (
        Kept,
        KeptValued,
        Keyed,
        SelectsKey,
        TableFilters,
        TableMaps,
    )
    from streamz_core.dsl.faces.stream import Step, Stream

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
J = TypeVar("J")

Yes = Literal[True]


class Table(JoinableRows[K, V], GroupableRows[K, V], Writable[K, V]):
    """Rows by key K with value V. Its changes carry the new and the old value; null deletes.

    Every operator is a method that takes a function, and a decorator where it is left out.
    Functions get the value; `with_key=True` gives (key, value). `name` is what the step is called,
    instead of as its function. `materialized=True`, memory(), versioned(history) or expiring(ttl) keeps the rows of a step in
    a store of its name, which can be asked; it must have one then.
    """

    @property
    def store(self) -> Store[Mapping[K, V]]:
        """Its rows, for `store=` and `stores=` of any step: a function gets those of its partition as a Mapping, to
        be read (Kafka: a KTable's store that is connected to a processor).

        They are as they are when the function runs, with all that came before its record in its task, and the step
        runs in the tasks of the table: what comes to both is partitioned alike, else it is refused. TopologyError if
        the table keeps no rows of its own, or keeps windows or versions.
        """
        found: Store[Mapping[K, V]] = rows_of(self._draft)
        return found

    @overload
    def filter(
        self, fn: Callable[[V], bool], /, **o: Unpack[Kept]
    ) -> TableStep[K, V, [V], bool]: ...
    @overload
    def filter(
        self, fn: Callable[[K, V], bool], /, *, with_key: Yes, **o: Unpack[Kept]
    ) -> TableStep[K, V, [K, V], bool]: ...
    @overload
    def filter(self, **o: Unpack[Kept]) -> TableFilters[K, V, [V]]: ...
    @overload
    def filter(self, *, with_key: Yes, **o: Unpack[Kept]) -> TableFilters[K, V, [K, V]]: ...
    def filter(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """The rows for which `fn` is true, as a table; one that stops matching is deleted.

        TopologyError if `fn` cannot be called with what it is handed, or a store would have no name.
        """
        return self._step(ops.TABLE_FILTER, fn, Call(name, with_key), KeptRows(materialized, emit))

    @overload
    def filter_not(
        self, fn: Callable[[V], bool], /, **o: Unpack[Kept]
    ) -> TableStep[K, V, [V], bool]: ...
    @overload
    def filter_not(
        self, fn: Callable[[K, V], bool], /, *, with_key: Yes, **o: Unpack[Kept]
    ) -> TableStep[K, V, [K, V], bool]: ...
    @overload
    def filter_not(self, **o: Unpack[Kept]) -> TableFilters[K, V, [V]]: ...
    @overload
    def filter_not(self, *, with_key: Yes, **o: Unpack[Kept]) -> TableFilters[K, V, [K, V]]: ...
    def filter_not(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """The rows for which `fn` is not true, as a table; one that starts to match is deleted.

        TopologyError if `fn` cannot be called with what it is handed, or a store would have no name.
        """
        return self._step(
            ops.TABLE_FILTER_NOT, fn, Call(name, with_key), KeptRows(materialized, emit)
        )

    @overload
    def map_values(
        self, fn: Callable[[V], R], /, **o: Unpack[KeptValued]
    ) -> TableStep[K, R, [V], R]: ...
    @overload
    def map_values(
        self, fn: Callable[[K, V], R], /, *, with_key: Yes, **o: Unpack[KeptValued]
    ) -> TableStep[K, R, [K, V], R]: ...
    @overload
    def map_values(self, **o: Unpack[KeptValued]) -> TableMaps[K, [V]]: ...
    @overload
    def map_values(self, *, with_key: Yes, **o: Unpack[KeptValued]) -> TableMaps[K, [K, V]]: ...
    def map_values(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """The rows with the values that `fn` gives, as a table. A deleted row stays deleted: `fn` is not
        called for null.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `fn`
        cannot be called with what it is handed, or a store would have no name.
        """
        return self._step(
            ops.TABLE_MAP_VALUES,
            fn,
            Call(name, with_key, value=value),
            KeptRows(materialized, emit),
        )

    @overload
    def transform_values(
        self, fn: Callable[[V | None], R], /, **o: Unpack[KeptValued]
    ) -> TableStep[K, R, [V | None], R]: ...
    @overload
    def transform_values(
        self, fn: Callable[[K, V | None], R], /, *, with_key: Yes, **o: Unpack[KeptValued]
    ) -> TableStep[K, R, [K, V | None], R]: ...
    @overload
    def transform_values(self, **o: Unpack[KeptValued]) -> TableMaps[K, [V | None]]: ...
    @overload
    def transform_values(
        self, *, with_key: Yes, **o: Unpack[KeptValued]
    ) -> TableMaps[K, [K, V | None]]: ...
    @overload
    def transform_values(
        self, fn: Callable[[V | None, Context], R], /, *, with_context: Yes, **o: Unpack[KeptValued]
    ) -> TableStep[K, R, [V | None, Context], R]: ...
    @overload
    def transform_values(
        self,
        fn: Callable[[K, V | None, Context], R],
        /,
        *,
        with_key: Yes,
        with_context: Yes,
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [K, V | None, Context], R]: ...
    @overload
    def transform_values(
        self, *, with_context: Yes, **o: Unpack[KeptValued]
    ) -> TableMaps[K, [V | None, Context]]: ...
    @overload
    def transform_values(
        self, *, with_key: Yes, with_context: Yes, **o: Unpack[KeptValued]
    ) -> TableMaps[K, [K, V | None, Context]]: ...
    def transform_values(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        with_context: bool = False,
        value: Any = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """As map_values, but `fn` is called for null (None) as well, and with `with_context=True` is
        handed the Context behind the value: time and place of the record that caused the change.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `fn`
        cannot be called with what it is handed, or a store would have no name.
        """
        op = ops.TRANSFORM_IN_CONTEXT if with_context else ops.TRANSFORM_VALUES
        return self._step(op, fn, Call(name, with_key, value=value), KeptRows(materialized, emit))

    @property
    def late(self) -> Stream[Any, Any]:
        """The records that came too late for one of their windows, of an aggregate in windows: as they came, with their
        key, value, timestamp and headers, each once. They are counted as `late` too.

        The same as `.late` of the grouped stream in windows, which knows their types. TopologyError if this is no
        aggregate in windows that close.
        """
        found: Stream[Any, Any] = late_of(self._draft)
        return found

    def suppress(self, until: Suppression, /, *, name: str | None = None) -> Table[K, V]:
        """The same rows, but of several changes of a row only the last one, later: `until` says when (see
        until_window_closes and until_time_limit).

        What is held back is in a store `<name>-buffer`, so a crash loses none of it. A change comes out with the
        timestamp and headers of the last record behind it, and with the value that came out before as
        its old value; in order of time, then key. A join that looks a row up sees what came out last.
        TopologyError if the step has no name, or it waits for windows and the rows have none that close.
        """
        where = name or f"{self._draft.shown}.suppress"
        if not isinstance(until, Suppression):
            raise TopologyError(
                f"{where}: it takes until_window_closes() or until_time_limit(...), not {until!r}"
            )
        said = suppressed(until, self._draft, where)
        table: Table[K, V] = self._bare(ops.SUPPRESS, Call(name), said)
        return table

    @overload
    def to_stream(self, *, name: str | None = None) -> Stream[K, V]: ...
    @overload
    def to_stream(self, fn: Callable[[V], J], /, **o: Unpack[Keyed]) -> Step[J, V, [V], J]: ...
    @overload
    def to_stream(
        self, fn: Callable[[K, V], J], /, *, with_key: Yes, **o: Unpack[Keyed]
    ) -> Step[J, V, [K, V], J]: ...
    @overload
    def to_stream(self, *, with_key: Yes, **o: Unpack[Keyed]) -> SelectsKey[V, [K, V]]: ...
    def to_stream(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        key: Any = None,
    ) -> Any:
        """The new values of all changes as a stream, nulls included; under the key that `fn` gives,
        if it is given (or with_key=True or key= ask for it, as a decorator).

        `key`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `fn`
        cannot be called with what it is handed.
        """
        if fn is None and not with_key and key is None:
            return self._bare(ops.TO_STREAM, Call(name))

        def make(fn: Callable[..., Any]) -> Any:
            changes: Stream[K, V] = self._bare(ops.TO_STREAM, Call())
            return changes._step(ops.TO_STREAM_REKEYED, fn, Call(name, with_key, key))

        return make if fn is None else make(fn)


class TableStep(Table[K, V], Generic[K, V, P, F]):
    """A decorated function: at once the table that it makes, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, draft: Draft[Any], fn: Callable[P, F]) -> None:
        super().__init__(draft)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


class Tabular(Held[K, V]):
    """How a stream becomes a table."""

    def to_table(
        self,
        *,
        name: str | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Table[K, V]:
        """The latest value of each key as a table; a null value deletes its row.

        `materialized`: True, memory(), versioned(history) or expiring(ttl) keeps the rows in a store of that name; with
        `emit="commit"` only the last change of each of them goes on, at each commit, with `emit="changes"` only what
        changes their bytes. TopologyError if it
        has no name and needs one: for a store, or because the keys were changed, so that the records
        go through `<app>-<name>-repartition`.
        """
        where = name or f"{self._draft.shown}.to_table"
        if self._draft.rekeyed and name is None:
            raise TopologyError(
                f"{where}: the keys were changed, so the records go through a repartition topic named "
                "by this step, and it has no name: say name=..."
            )
        if name is not None:
            check_legal("to_table", name)
        table: Table[K, V] = self._bare(ops.TO_TABLE, Call(name), KeptRows(materialized, emit))
        return table
