"""Tables: the latest value of each key, and how it changed (Kafka: KTable)."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar, Generic, Literal, ParamSpec, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft, applied, kept
from streamz_core.dsl.declared.topics import Materialized, Topic, check_legal
from streamz_core.dsl.faces.calls import (
    Chooses,
    Kept,
    KeptValued,
    Keyed,
    Paired,
    SelectsKey,
    TableFilters,
    TableMaps,
)
from streamz_core.dsl.faces.stream import SinkStep, Step, Stream, sink
from streamz_core.errors import TopologyError

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
J = TypeVar("J")

Yes = Literal[True]


class Table(Generic[K, V]):
    """Rows by key K with value V. Its changes carry the new and the old value; null deletes.

    `materialized=True` keeps the rows of a step in a store of its name, which can be asked.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._draft.shown}>"

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
    def filter(self, fn: Any = None, **options: Any) -> Any:
        """The rows for which `fn` is true; one that stops matching is deleted."""
        return self._step(ops.TABLE_FILTER, fn, options)

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
    def filter_not(self, fn: Any = None, **options: Any) -> Any:
        """The rows for which `fn` is not true."""
        return self._step(ops.TABLE_FILTER_NOT, fn, options)

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
    def map_values(self, fn: Any = None, **options: Any) -> Any:
        """The rows with new values. `fn` is not called for null: a deleted row stays deleted."""
        return self._step(ops.TABLE_MAP_VALUES, fn, options)

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
    def transform_values(self, fn: Any = None, **options: Any) -> Any:
        """As map_values, but `fn` is called for null (None) as well."""
        return self._step(ops.TRANSFORM_VALUES, fn, options)

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
    def to_stream(self, fn: Any = None, **options: Any) -> Any:
        """The new values of all changes, nulls included; under the key that `fn` gives, if given."""
        if fn is None and not {"with_key", "key"} & set(options):
            return applied(ops.TO_STREAM, self, options, lambda _: self._plain_stream(options))

        def make(fn: Any) -> Any:
            stream = self._draft.owner.add(ops.TO_STREAM, (self._draft,))
            return Step(stream.owner.step(ops.TO_STREAM_REKEYED, stream, fn, options), fn)

        return applied(ops.TO_STREAM_REKEYED, fn, options, make)

    @overload
    def to(self, topic: Topic[K, V] | str, /, **o: Unpack[Paired]) -> None: ...
    @overload
    def to(self, topic: Callable[[V], str], /, **o: Unpack[Paired]) -> SinkStep[[V]]: ...
    @overload
    def to(
        self, topic: Callable[[K, V], str], /, *, with_key: Yes, **o: Unpack[Paired]
    ) -> SinkStep[[K, V]]: ...
    @overload
    def to(self, *, with_key: Yes, **o: Unpack[Paired]) -> Chooses[[K, V]]: ...
    @overload
    def to(self, **o: Unpack[Paired]) -> Chooses[[V]]: ...
    def to(self, topic: Any = None, **options: Any) -> Any:
        """Write every change to a topic: its new value, null for a deleted row."""
        return sink(self._draft, topic, options)

    def _plain_stream(self, options: dict[str, Any]) -> Stream[K, V]:
        draft = self._draft.owner.add(ops.TO_STREAM, (self._draft,), name=options.get("name"))
        return Stream(draft)

    def _step(self, op: ops.Op, fn: Any, options: dict[str, Any]) -> Any:
        def make(fn: Any) -> Any:
            draft = self._draft.owner.step(op, self._draft, fn, options)
            asked = options.get("materialized")
            draft.fields["materialized"] = kept(op, draft.name, draft.shown, asked)
            return TableStep(draft, fn)

        return applied(op, fn, options, make)


class TableStep(Table[K, V], Generic[K, V, P, F]):
    """A decorated function: at once the table that it makes, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, draft: Draft, fn: Callable[P, F]) -> None:
        super().__init__(draft)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


def to_table(parent: Draft, name: str | None, asked: Materialized) -> Table[Any, Any]:
    """A stream as a table. Re-keyed, it is repartitioned under its name and must have one."""
    place = name or f"{parent.shown}.to_table"
    if parent.rekeyed and name is None:
        raise TopologyError(
            f"{place}: the keys were changed, so the records go through a repartition topic named by "
            "this step, and it has no name: say name=..."
        )
    fields = {"materialized": kept(ops.TO_TABLE, name, place, asked)}
    if name is not None:
        check_legal("to_table", name)
    return Table(parent.owner.add(ops.TO_TABLE, (parent,), name=name, fields=fields))
