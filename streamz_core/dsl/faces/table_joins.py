"""Joins of a table with another (Kafka: KTable.join, leftJoin, outerJoin)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.said import Call, JoinedRows
from streamz_core.dsl.declared.topics import Materialized
from streamz_core.dsl.faces.held import Held, draft_of
from streamz_core.dsl.faces.joins import BOTH, outer_sides

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import KeptValued, TableMaps
    from streamz_core.dsl.faces.table import Table, TableStep

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
T = TypeVar("T")

Yes = Literal[True]


class JoinableRows(Held[K, V]):
    """What a table can be joined with."""

    @overload
    def join(
        self,
        other: Table[K, T],
        fn: Callable[[V, T], R],
        /,
        *,
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [V, T], R]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        fn: Callable[[V, T | None], R],
        /,
        *,
        how: Literal["left"],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [V, T | None], R]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        fn: Callable[[V | None, T | None], R],
        /,
        *,
        how: Literal["outer"],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [V | None, T | None], R]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        fn: Callable[[K, V, T], R],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [K, V, T], R]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        fn: Callable[[K, V, T | None], R],
        /,
        *,
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [K, V, T | None], R]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        fn: Callable[[K, V | None, T | None], R],
        /,
        *,
        with_key: Yes,
        how: Literal["outer"],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [K, V | None, T | None], R]: ...
    @overload
    def join(
        self, other: Table[K, T], /, *, how: Literal["inner"] = ..., **o: Unpack[KeptValued]
    ) -> TableMaps[K, [V, T]]: ...
    @overload
    def join(
        self, other: Table[K, T], /, *, how: Literal["left"], **o: Unpack[KeptValued]
    ) -> TableMaps[K, [V, T | None]]: ...
    @overload
    def join(
        self, other: Table[K, T], /, *, how: Literal["outer"], **o: Unpack[KeptValued]
    ) -> TableMaps[K, [V | None, T | None]]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableMaps[K, [K, V, T]]: ...
    @overload
    def join(
        self, other: Table[K, T], /, *, with_key: Yes, how: Literal["left"], **o: Unpack[KeptValued]
    ) -> TableMaps[K, [K, V, T | None]]: ...
    @overload
    def join(
        self,
        other: Table[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["outer"],
        **o: Unpack[KeptValued],
    ) -> TableMaps[K, [K, V | None, T | None]]: ...
    def join(  # noqa: PLR0913 - what can be said
        self,
        other: Table[Any, Any],
        fn: Callable[..., Any] | None = None,
        *,
        how: str = "inner",
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        materialized: Materialized = None,
    ) -> Any:
        """The rows of both tables by their common key, as a table: `fn(value, other's value)`.

        A change of either side makes the row anew, with the later time of both. `how`: "inner", rows that
        both have; "left", all of this table, with None where the other has none; "outer", all of both. A
        row that is no more is deleted; an inner join passes on the delete of a row that never was, since
        it does not look.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `other` is
        no table, `how` something else, `fn` cannot be called with what it is handed, or a store would have
        no name; and at `build()` if the keys are written differently.
        """
        where = f"{self._draft.shown}.join"
        left, right = outer_sides(where, how, BOTH)
        beside = draft_of(other, where, "table")
        said = JoinedRows(materialized, left_outer=left, right_outer=right)
        return self._step(ops.JOIN_TABLES, fn, Call(name, with_key, value=value), said, beside)
