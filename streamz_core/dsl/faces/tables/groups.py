"""Grouped tables and their aggregates (Kafka: KTable.groupBy, KGroupedTable)."""

from __future__ import annotations

from collections.abc import Callable
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
from streamz_core.dsl.declared.algebras import check_algebra, fold_of
from streamz_core.dsl.declared.drafts import Draft, handed
from streamz_core.dsl.declared.functions import UserFunction, check_function, plain
from streamz_core.dsl.declared.steps.said import Call, FoldedRows
from streamz_core.dsl.declared.topics import EmitRows, Materialized
from streamz_core.dsl.faces.grouped import Grouping, claim
from streamz_core.dsl.faces.held import Held
from streamz_core.errors import TopologyError

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import (
        AddsAndRemoves,
        Folds,
        GroupsPairs,
        GroupsRows,
        KeptValued,
        Keyed,
        Paired,
    )
    from streamz_core.dsl.faces.table import Table, TableStep

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
J = TypeVar("J")
A = TypeVar("A")

Yes = Literal[True]


class GroupableRows(Held[K, V]):
    """How the rows of a table are grouped."""

    @overload
    def group_by(
        self, fn: Callable[[V], J], /, **o: Unpack[Keyed]
    ) -> GroupedTableStep[J, V, [V], J]: ...
    @overload
    def group_by(
        self, fn: Callable[[K, V], J], /, *, with_key: Yes, **o: Unpack[Keyed]
    ) -> GroupedTableStep[J, V, [K, V], J]: ...
    @overload
    def group_by(
        self, fn: Callable[[V], tuple[J, R]], /, *, pairs: Yes, **o: Unpack[Paired]
    ) -> GroupedTableStep[J, R, [V], tuple[J, R]]: ...
    @overload
    def group_by(
        self,
        fn: Callable[[K, V], tuple[J, R]],
        /,
        *,
        with_key: Yes,
        pairs: Yes,
        **o: Unpack[Paired],
    ) -> GroupedTableStep[J, R, [K, V], tuple[J, R]]: ...
    @overload
    def group_by(self, **o: Unpack[Keyed]) -> GroupsRows[V, [V]]: ...
    @overload
    def group_by(self, *, with_key: Yes, **o: Unpack[Keyed]) -> GroupsRows[V, [K, V]]: ...
    @overload
    def group_by(self, *, pairs: Yes, **o: Unpack[Paired]) -> GroupsPairs[[V]]: ...
    @overload
    def group_by(
        self, *, with_key: Yes, pairs: Yes, **o: Unpack[Paired]
    ) -> GroupsPairs[[K, V]]: ...
    def group_by(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        pairs: bool = False,
        key: Any = None,
        value: Any = None,
    ) -> Any:
        """The rows grouped by the key that `fn` gives, to be aggregated; with `pairs=True` it gives
        (key, value). A row whose key or value there is None is in no group.

        The table keeps its rows for it, so that an old value leaves its group when a new one comes, and
        the changes go through `<app>-<name>-repartition`. A name, or that of `fn`, names this topic, which
        all aggregates of the grouping then share; else each has its own. `key`, with pairs `value`: type
        or codec of what `fn` gives, instead of its annotation. TopologyError if `fn` cannot be called with
        what it is handed, or value= is said without pairs.
        """
        if value is not None and not pairs:
            raise TopologyError(
                f"{self._draft.shown}.group_by: value= goes with pairs=True, where the function gives "
                "(key, value); else the values stay those of the table"
            )
        op = ops.GROUP_TABLE_PAIRS if pairs else ops.GROUP_TABLE
        return self._step(op, fn, Call(name, with_key, key, value))


class GroupedTable(Generic[K, V]):
    """Rows of a table with values V grouped by key K, to be aggregated into a table of K.

    When a row changes, its old value is taken out of the group and the new one brought in: an aggregate
    has a function for each. It needs a name, its function's or `name=`: its rows are stored under it.
    `materialized=memory()` keeps them in memory. `emit="commit"` passes on, at each commit, only the last
    change of each group, `emit="changes"` only what changes its value.
    """

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping

    def count(
        self,
        *,
        name: str | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Table[K, int]:
        """How many rows each group has, as a table; an emptied group has 0. TopologyError if it has no
        name.
        """
        draft = self._grouping.draft
        said = FoldedRows(self._grouping.name, materialized, emit=emit)
        counts: Table[K, int] = draft.owner.face(
            draft.owner.add(ops.COUNT_TABLE, (draft,), said, Call(name))
        )
        return counts

    @overload
    def reduce(
        self, fn: Callable[[V, V], V], /, *, subtract: Callable[[V, V], V], **o: Unpack[KeptValued]
    ) -> TableStep[K, V, [V, V], V]: ...
    @overload
    def reduce(
        self, *, subtract: Callable[[V, V], V], **o: Unpack[KeptValued]
    ) -> Folds[K, V, [V, V]]: ...
    def reduce(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        subtract: Callable[..., Any],
        name: str | None = None,
        value: Any = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """The values of each group brought together, as a table: `fn(held, value)` for one that comes,
        the first stands by itself; `subtract(held, value)` for one that leaves. None deletes the group.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if it has no
        name, or a function cannot be called with what it is handed.
        """
        op, call = ops.REDUCE_TABLE, Call(name, value=value)
        said = self._said(materialized, emit, self._subtractor(op, subtract, call))
        return self._fold(op, fn, call, said)

    @overload
    def aggregate(
        self,
        fn: Callable[[A, V], A],
        /,
        *,
        initial: Callable[[], A],
        subtract: Callable[[A, V], A],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, A, [A, V], A]: ...
    @overload
    def aggregate(
        self,
        fn: Callable[[K, A, V], A],
        /,
        *,
        initial: Callable[[], A],
        subtract: Callable[[K, A, V], A],
        with_key: Yes,
        **o: Unpack[KeptValued],
    ) -> TableStep[K, A, [K, A, V], A]: ...
    @overload
    def aggregate(
        self, *, initial: Callable[[], A], subtract: Callable[[A, V], A], **o: Unpack[KeptValued]
    ) -> Folds[K, A, [A, V]]: ...
    @overload
    def aggregate(
        self,
        *,
        initial: Callable[[], A],
        subtract: Callable[[K, A, V], A],
        with_key: Yes,
        **o: Unpack[KeptValued],
    ) -> Folds[K, A, [K, A, V]]: ...
    @overload
    def aggregate(
        self, cls: Callable[P, AddsAndRemoves[V, A]], /, **o: Unpack[KeptValued]
    ) -> TableStep[K, A, P, A]: ...
    def aggregate(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        initial: Callable[[], Any] | None = None,
        subtract: Callable[..., Any] | None = None,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """The values of each group folded, as a table: `fn(accumulator, value)` for one that comes, from
        `initial()` on; `subtract(accumulator, value)` for one that leaves. None deletes the group. With
        `with_key=True` the group's key comes first in both.

        Instead of the functions a class with `add(value)` and `remove(value)`, which return the next
        accumulator; one that changes the object in place and returns None pays a decode for each record.
        `value`: type or codec of the accumulator, instead of the annotation. TopologyError if it has no
        name, a function cannot be called with what it is handed, or `initial` or `subtract` is missing.
        """
        op = ops.AGGREGATE_TABLE
        if initial is not None:
            call = Call(name, with_key, value=value)
            said = self._said(materialized, emit, self._subtractor(op, subtract, call), initial)
            return self._fold(op, fn, call, said)

        def make(cls: Any) -> Any:
            algebra, place = plain(cls), f"{self._grouping.draft.shown}.aggregate"
            check_algebra(algebra, place, "add", "remove")
            add, remove = (fold_of(algebra, method, place) for method in ("add", "remove"))
            said = self._said(materialized, emit, UserFunction(remove), cls, cls)
            return self._fold(op, cls, Call(name or cls.__name__, value=value), said, add)

        return make if fn is None else make(fn)

    def _said(
        self,
        materialized: Materialized,
        emit: EmitRows,
        subtract: UserFunction,
        initial: Callable[[], Any] | None = None,
        result: Any = None,
    ) -> FoldedRows:
        return FoldedRows(self._grouping.name, materialized, initial, result, subtract, emit)

    def _fold(
        self, op: ops.Op[FoldedRows], fn: Any, call: Call, said: FoldedRows, folds: Any = None
    ) -> Any:
        """The table, or where no function was given its decorator. `folds`: what is called for `fn`."""
        draft = self._grouping.draft

        def make(fn: Any) -> Any:
            step = draft.owner.step(op, (draft,), folds or fn, call, said)
            return draft.owner.face(step, fn)

        return make if fn is None else make(fn)

    def _subtractor(self, op: ops.Op[FoldedRows], subtract: Any, call: Call) -> UserFunction:
        place = f"{call.name or self._grouping.draft.shown}.{op.name}"
        if subtract is None:
            raise TopologyError(
                f"{place}: rows of a table change and go, so it needs subtract=..., which takes a value "
                "out of the group again"
            )
        made = UserFunction(plain(subtract), call.with_key)
        check_function(f"{place}, subtract=", made.call, handed(op, made), many=False)
        return made


class GroupedTableStep(GroupedTable[K, V], Generic[K, V, P, F]):
    """A decorated key function: at once the grouped table, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, grouping: Grouping, fn: Callable[P, F]) -> None:
        super().__init__(grouping)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


def grouped_table(draft: Draft[Any], fn: Any) -> GroupedTableStep[Any, Any, ..., Any]:
    """The face of a step that groups rows. Its name is that of the grouping, not of the step."""
    name, draft.name = draft.name, None
    claim(draft, name)
    return GroupedTableStep(Grouping(draft, name), fn)
