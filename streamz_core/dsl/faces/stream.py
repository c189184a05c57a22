"""Streams: records on their way, and every operator that takes one (Kafka: KStream)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from streamz_core.dsl.declared.drafts import Draft, applied
from streamz_core.dsl.declared.topics import Materialized, Store, Topic
from streamz_core.dsl.faces.calls import (
    Chooses,
    Filters,
    FlatMaps,
    FlatMapsValues,
    Groups,
    Keyed,
    Maps,
    MapsValues,
    Named,
    Paired,
    Processes,
    ProcessesValues,
    SelectsKey,
    Valued,
    Watches,
)
from streamz_core.errors import TopologyError
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record

if TYPE_CHECKING:
    from streamz_core.dsl.faces.grouped import Grouped, GroupedStep
    from streamz_core.dsl.faces.split import Split
    from streamz_core.dsl.faces.table import Table

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
J = TypeVar("J")
T = TypeVar("T")
S = TypeVar("S")

Yes = Literal[True]
Stores = Sequence[Store[Any]]


class Stream(Generic[K, V]):
    """Records of key K and value V; either may be null, which functions see as None.

    Every operator is a method that takes a function, and a decorator where it is left out.
    Functions get the value; `with_key=True` gives (key, value); `store=` hands over a store behind
    them, `stores=` several. What does not fit the step is a TopologyError that names it.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._draft.shown}>"

    # ---- keep or drop

    @overload
    def filter(self, fn: Callable[[V], bool], /, **o: Unpack[Named]) -> Step[K, V, [V], bool]: ...
    @overload
    def filter(
        self, fn: Callable[[K, V], bool], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> Step[K, V, [K, V], bool]: ...
    @overload
    def filter(self, **o: Unpack[Named]) -> Filters[K, V, [V]]: ...
    @overload
    def filter(self, *, with_key: Yes, **o: Unpack[Named]) -> Filters[K, V, [K, V]]: ...
    @overload
    def filter(self, *, store: Store[S], **o: Unpack[Named]) -> Filters[K, V, [V, S]]: ...
    @overload
    def filter(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]
    ) -> Filters[K, V, [K, V, S]]: ...
    @overload
    def filter(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]
    ) -> Filters[K, V, ...]: ...
    def filter(self, fn: Any = None, **options: Any) -> Any:
        """Keep the records for which `fn` is true."""
        return self._step(ops.FILTER, fn, options)

    @overload
    def filter_not(
        self, fn: Callable[[V], bool], /, **o: Unpack[Named]
    ) -> Step[K, V, [V], bool]: ...
    @overload
    def filter_not(
        self, fn: Callable[[K, V], bool], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> Step[K, V, [K, V], bool]: ...
    @overload
    def filter_not(self, **o: Unpack[Named]) -> Filters[K, V, [V]]: ...
    @overload
    def filter_not(self, *, with_key: Yes, **o: Unpack[Named]) -> Filters[K, V, [K, V]]: ...
    @overload
    def filter_not(self, *, store: Store[S], **o: Unpack[Named]) -> Filters[K, V, [V, S]]: ...
    @overload
    def filter_not(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]
    ) -> Filters[K, V, [K, V, S]]: ...
    @overload
    def filter_not(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]
    ) -> Filters[K, V, ...]: ...
    def filter_not(self, fn: Any = None, **options: Any) -> Any:
        """Drop the records for which `fn` is true."""
        return self._step(ops.FILTER_NOT, fn, options)

    @overload
    def peek(self, fn: Callable[[V], R], /, **o: Unpack[Named]) -> Step[K, V, [V], R]: ...
    @overload
    def peek(
        self, fn: Callable[[K, V], R], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> Step[K, V, [K, V], R]: ...
    @overload
    def peek(self, **o: Unpack[Named]) -> Watches[K, V, [V]]: ...
    @overload
    def peek(self, *, with_key: Yes, **o: Unpack[Named]) -> Watches[K, V, [K, V]]: ...
    @overload
    def peek(self, *, store: Store[S], **o: Unpack[Named]) -> Watches[K, V, [V, S]]: ...
    @overload
    def peek(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]
    ) -> Watches[K, V, [K, V, S]]: ...
    @overload
    def peek(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]
    ) -> Watches[K, V, ...]: ...
    def peek(self, fn: Any = None, **options: Any) -> Any:
        """Call `fn` with every record and pass it on; what `fn` returns is thrown away."""
        return self._step(ops.PEEK, fn, options)

    # ---- change the value

    @overload
    def map_values(self, fn: Callable[[V], R], /, **o: Unpack[Valued]) -> Step[K, R, [V], R]: ...
    @overload
    def map_values(
        self, fn: Callable[[K, V], R], /, *, with_key: Yes, **o: Unpack[Valued]
    ) -> Step[K, R, [K, V], R]: ...
    @overload
    def map_values(self, **o: Unpack[Valued]) -> MapsValues[K, [V]]: ...
    @overload
    def map_values(self, *, with_key: Yes, **o: Unpack[Valued]) -> MapsValues[K, [K, V]]: ...
    @overload
    def map_values(self, *, store: Store[S], **o: Unpack[Valued]) -> MapsValues[K, [V, S]]: ...
    @overload
    def map_values(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Valued]
    ) -> MapsValues[K, [K, V, S]]: ...
    @overload
    def map_values(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Valued]
    ) -> MapsValues[K, ...]: ...
    def map_values(self, fn: Any = None, **options: Any) -> Any:
        """A new value for every record. The key stays, and so does the partition."""
        return self._step(ops.MAP_VALUES, fn, options)

    @overload
    def flat_map_values(
        self, fn: Callable[[V], Iterable[R]], /, **o: Unpack[Valued]
    ) -> Step[K, R, [V], Iterable[R]]: ...
    @overload
    def flat_map_values(
        self, fn: Callable[[K, V], Iterable[R]], /, *, with_key: Yes, **o: Unpack[Valued]
    ) -> Step[K, R, [K, V], Iterable[R]]: ...
    @overload
    def flat_map_values(self, **o: Unpack[Valued]) -> FlatMapsValues[K, [V]]: ...
    @overload
    def flat_map_values(
        self, *, with_key: Yes, **o: Unpack[Valued]
    ) -> FlatMapsValues[K, [K, V]]: ...
    @overload
    def flat_map_values(
        self, *, store: Store[S], **o: Unpack[Valued]
    ) -> FlatMapsValues[K, [V, S]]: ...
    @overload
    def flat_map_values(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Valued]
    ) -> FlatMapsValues[K, [K, V, S]]: ...
    @overload
    def flat_map_values(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Valued]
    ) -> FlatMapsValues[K, ...]: ...
    def flat_map_values(self, fn: Any = None, **options: Any) -> Any:
        """A record for each value that `fn` gives: a generator, a list, none at all."""
        return self._step(ops.FLAT_MAP_VALUES, fn, options)

    # ---- change the key

    @overload
    def map(
        self, fn: Callable[[V], tuple[J, R]], /, **o: Unpack[Paired]
    ) -> Step[J, R, [V], tuple[J, R]]: ...
    @overload
    def map(
        self, fn: Callable[[K, V], tuple[J, R]], /, *, with_key: Yes, **o: Unpack[Paired]
    ) -> Step[J, R, [K, V], tuple[J, R]]: ...
    @overload
    def map(self, **o: Unpack[Paired]) -> Maps[[V]]: ...
    @overload
    def map(self, *, with_key: Yes, **o: Unpack[Paired]) -> Maps[[K, V]]: ...
    @overload
    def map(self, *, store: Store[S], **o: Unpack[Paired]) -> Maps[[V, S]]: ...
    @overload
    def map(self, *, store: Store[S], with_key: Yes, **o: Unpack[Paired]) -> Maps[[K, V, S]]: ...
    @overload
    def map(self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Paired]) -> Maps[...]: ...
    def map(self, fn: Any = None, **options: Any) -> Any:
        """A new key and value for every record: `fn` gives a pair."""
        return self._step(ops.MAP, fn, options)

    @overload
    def flat_map(
        self, fn: Callable[[V], Iterable[tuple[J, R]]], /, **o: Unpack[Paired]
    ) -> Step[J, R, [V], Iterable[tuple[J, R]]]: ...
    @overload
    def flat_map(
        self, fn: Callable[[K, V], Iterable[tuple[J, R]]], /, *, with_key: Yes, **o: Unpack[Paired]
    ) -> Step[J, R, [K, V], Iterable[tuple[J, R]]]: ...
    @overload
    def flat_map(self, **o: Unpack[Paired]) -> FlatMaps[[V]]: ...
    @overload
    def flat_map(self, *, with_key: Yes, **o: Unpack[Paired]) -> FlatMaps[[K, V]]: ...
    @overload
    def flat_map(self, *, store: Store[S], **o: Unpack[Paired]) -> FlatMaps[[V, S]]: ...
    @overload
    def flat_map(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Paired]
    ) -> FlatMaps[[K, V, S]]: ...
    @overload
    def flat_map(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Paired]
    ) -> FlatMaps[...]: ...
    def flat_map(self, fn: Any = None, **options: Any) -> Any:
        """A record for each pair of key and value that `fn` gives."""
        return self._step(ops.FLAT_MAP, fn, options)

    @overload
    def select_key(self, fn: Callable[[V], J], /, **o: Unpack[Keyed]) -> Step[J, V, [V], J]: ...
    @overload
    def select_key(
        self, fn: Callable[[K, V], J], /, *, with_key: Yes, **o: Unpack[Keyed]
    ) -> Step[J, V, [K, V], J]: ...
    @overload
    def select_key(self, **o: Unpack[Keyed]) -> SelectsKey[V, [V]]: ...
    @overload
    def select_key(self, *, with_key: Yes, **o: Unpack[Keyed]) -> SelectsKey[V, [K, V]]: ...
    @overload
    def select_key(self, *, store: Store[S], **o: Unpack[Keyed]) -> SelectsKey[V, [V, S]]: ...
    @overload
    def select_key(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Keyed]
    ) -> SelectsKey[V, [K, V, S]]: ...
    def select_key(self, fn: Any = None, **options: Any) -> Any:
        """A new key for every record."""
        return self._step(ops.SELECT_KEY, fn, options)

    @overload
    def group_by(
        self, fn: Callable[[V], J], /, **o: Unpack[Keyed]
    ) -> GroupedStep[J, V, [V], J]: ...
    @overload
    def group_by(
        self, fn: Callable[[K, V], J], /, *, with_key: Yes, **o: Unpack[Keyed]
    ) -> GroupedStep[J, V, [K, V], J]: ...
    @overload
    def group_by(self, **o: Unpack[Keyed]) -> Groups[V, [V]]: ...
    @overload
    def group_by(self, *, with_key: Yes, **o: Unpack[Keyed]) -> Groups[V, [K, V]]: ...
    def group_by(self, fn: Any = None, **options: Any) -> Any:
        """Group by the key that `fn` gives, to aggregate. A name names the repartition topic,
        which all aggregates of the grouping then share.
        """
        from streamz_core.dsl.faces.grouped import group_by

        return applied(ops.GROUP_BY, fn, options, lambda fn: group_by(self._draft, fn, options))

    def group_by_key(self, *, name: str | None = None) -> Grouped[K, V]:
        """Group by the key as it is. A name names the repartition topic, where there is one."""
        from streamz_core.dsl.faces.grouped import group_by_key

        return group_by_key(self._draft, name)

    # ---- several streams

    def merge(
        self, *others: Stream[K, V], name: str | None = None, value: Any = None
    ) -> Stream[K, V]:
        """The records of all these streams, in order of arrival."""
        for other in others:
            if not isinstance(other, Stream):
                raise TopologyError(f"{self._draft.shown}.merge: {other!r} is no stream")
        parents = (self._draft, *(other._draft for other in others))
        return Stream(self._draft.owner.add(ops.MERGE, parents, name=name, value=value))

    def split(self, *, name: str | None = None) -> Split[K, V]:
        """Branches, of which each record takes the first whose function is true."""
        from streamz_core.dsl.faces.split import Split

        return Split(self._draft.owner.add(ops.SPLIT, (self._draft,), name=name))

    def repartition(
        self, *, name: str | None = None, partitions: int | None = None
    ) -> Stream[K, V]:
        """The same records through a topic `<app>-<name>-repartition`, partitioned by key."""
        if partitions is not None and partitions < 1:
            raise TopologyError(f"{name}: {partitions} partitions; a topic has at least one")
        draft = self._draft.owner.add(
            ops.REPARTITION, (self._draft,), name=name, fields={"partitions": partitions}
        )
        return Stream(draft)

    # ---- process

    @overload
    def process(
        self,
        fn: Callable[[Record[K, V], Context], Iterable[Record[J, R]]],
        /,
        **o: Unpack[Paired],
    ) -> Step[J, R, [Record[K, V], Context], Iterable[Record[J, R]]]: ...
    @overload
    def process(
        self,
        fn: Callable[[Record[K, V], Context, S], Iterable[Record[J, R]]],
        /,
        *,
        store: Store[S],
        **o: Unpack[Paired],
    ) -> Step[J, R, [Record[K, V], Context, S], Iterable[Record[J, R]]]: ...
    @overload
    def process(
        self,
        fn: Callable[..., Iterable[Record[J, R]]],
        /,
        *,
        stores: Stores,
        **o: Unpack[Paired],
    ) -> Step[J, R, ..., Iterable[Record[J, R]]]: ...
    @overload
    def process(self, **o: Unpack[Paired]) -> Processes[[Record[K, V], Context]]: ...
    @overload
    def process(
        self, *, store: Store[S], **o: Unpack[Paired]
    ) -> Processes[[Record[K, V], Context, S]]: ...
    @overload
    def process(self, *, stores: Stores, **o: Unpack[Paired]) -> Processes[...]: ...
    def process(self, fn: Any = None, **options: Any) -> Any:
        """`fn(record, context, *stores)` yields records, of any key, value, timestamp, headers."""
        return self._step(ops.PROCESS, fn, options)

    @overload
    def process_values(
        self,
        fn: Callable[[Record[K, V], Context], Iterable[Record[K, R]]],
        /,
        **o: Unpack[Valued],
    ) -> Step[K, R, [Record[K, V], Context], Iterable[Record[K, R]]]: ...
    @overload
    def process_values(
        self,
        fn: Callable[[Record[K, V], Context, S], Iterable[Record[K, R]]],
        /,
        *,
        store: Store[S],
        **o: Unpack[Valued],
    ) -> Step[K, R, [Record[K, V], Context, S], Iterable[Record[K, R]]]: ...
    @overload
    def process_values(
        self,
        fn: Callable[..., Iterable[Record[K, R]]],
        /,
        *,
        stores: Stores,
        **o: Unpack[Valued],
    ) -> Step[K, R, ..., Iterable[Record[K, R]]]: ...
    @overload
    def process_values(
        self, **o: Unpack[Valued]
    ) -> ProcessesValues[K, [Record[K, V], Context]]: ...
    @overload
    def process_values(
        self, *, store: Store[S], **o: Unpack[Valued]
    ) -> ProcessesValues[K, [Record[K, V], Context, S]]: ...
    @overload
    def process_values(self, *, stores: Stores, **o: Unpack[Valued]) -> ProcessesValues[K, ...]: ...
    def process_values(self, fn: Any = None, **options: Any) -> Any:
        """As process, but every record keeps the key that came: another key is an error."""
        return self._step(ops.PROCESS_VALUES, fn, options)

    # ---- tables

    @overload
    def join(
        self,
        table: Table[K, T],
        fn: Callable[[V, T], R],
        /,
        *,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> Step[K, R, [V, T], R]: ...
    @overload
    def join(
        self,
        table: Table[K, T],
        fn: Callable[[V, T | None], R],
        /,
        *,
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> Step[K, R, [V, T | None], R]: ...
    @overload
    def join(
        self,
        table: Table[K, T],
        fn: Callable[[K, V, T], R],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> Step[K, R, [K, V, T], R]: ...
    @overload
    def join(
        self,
        table: Table[K, T],
        fn: Callable[[K, V, T | None], R],
        /,
        *,
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> Step[K, R, [K, V, T | None], R]: ...
    @overload
    def join(
        self, table: Table[K, T], /, *, how: Literal["inner"] = ..., **o: Unpack[Valued]
    ) -> MapsValues[K, [V, T]]: ...
    @overload
    def join(
        self, table: Table[K, T], /, *, how: Literal["left"], **o: Unpack[Valued]
    ) -> MapsValues[K, [V, T | None]]: ...
    @overload
    def join(
        self,
        table: Table[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> MapsValues[K, [K, V, T]]: ...
    @overload
    def join(
        self, table: Table[K, T], /, *, with_key: Yes, how: Literal["left"], **o: Unpack[Valued]
    ) -> MapsValues[K, [K, V, T | None]]: ...
    def join(
        self, table: Table[K, T], fn: Any = None, /, *, how: str = "inner", **options: Any
    ) -> Any:
        """Each record with the table's value of its key at that time: `fn(value, table's value)`.

        inner: only where there is one; left: None where there is none. Updates of the table
        trigger nothing. A re-keyed stream goes through `<app>-<name>-left-repartition` first.
        """
        from streamz_core.dsl.faces.table import Table

        if not isinstance(table, Table):
            raise TopologyError(f"{self._draft.shown}.join: {table!r} is no table")
        if how not in {"inner", "left"}:
            raise TopologyError(
                f"{self._draft.shown}.join: how={how!r}; it can be 'inner' or 'left'"
            )
        more = {"parents": (table._draft,), "fields": {"left_outer": how == "left"}}
        return self._step(ops.JOIN, fn, options, **more)

    def to_table(
        self, *, name: str | None = None, materialized: Materialized = None
    ) -> Table[K, V]:
        """The latest value of each key as a table; a null value deletes its row."""
        from streamz_core.dsl.faces.table import to_table

        return to_table(self._draft, name, materialized)

    # ---- out

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
        """Write every record to a topic: always the same, or the one that a function names."""
        return sink(self._draft, topic, options)

    def _step(self, op: ops.Op, fn: Any, options: dict[str, Any], **more: Any) -> Any:
        def make(fn: Any) -> Any:
            draft = self._draft.owner.step(op, self._draft, fn, options, **more)
            return Step(draft, fn)

        return applied(op, fn, options, make)


class Step(Stream[K, V], Generic[K, V, P, F]):
    """A decorated function: at once the stream that it makes, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, draft: Draft, fn: Callable[P, F]) -> None:
        super().__init__(draft)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


class SinkStep(Generic[P]):
    """A decorated function that names the topic of each record."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, str]

    def __init__(self, fn: Callable[P, str]) -> None:
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> str:
        return self.__wrapped__(*args, **kwargs)


def sink(parent: Draft, topic: Any, options: dict[str, Any]) -> Any:
    """A sink behind a stream or a table; None for a fixed topic, else the function as a SinkStep."""
    if isinstance(topic, str | Topic):

        def fixed(_: Any) -> None:
            name = parent.owner.topic_name(topic)
            parent.owner.add(ops.TO, (parent,), fields={"topic": name}, **options)

        return applied(ops.TO, topic, options, fixed)

    def chosen(fn: Any) -> SinkStep[...]:
        parent.owner.step(ops.TO_CHOSEN, parent, fn, options, fields={"topic": None})
        return SinkStep(fn)

    return applied(ops.TO_CHOSEN, topic, options, chosen)
