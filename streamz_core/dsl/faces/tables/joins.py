"""Joins of a table with another (Kafka: KTable.join, leftJoin, outerJoin)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.functions import UserFunction, plain
from streamz_core.dsl.declared.steps.joined import JoinedRows, Referring, Subscribed, Subscribing
from streamz_core.dsl.declared.steps.said import Call
from streamz_core.dsl.declared.topics import EmitRows, Materialized
from streamz_core.dsl.faces.held import Held, draft_of
from streamz_core.dsl.faces.joins import BOTH, LEFT, outer_sides

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import KeptValued, TableMaps
    from streamz_core.dsl.faces.table import Table, TableStep

K = TypeVar("K")
V = TypeVar("V")
J = TypeVar("J")
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
    @overload
    def join(
        self,
        other: Table[J, T],
        fn: Callable[[V, T], R],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [V, T], R]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        fn: Callable[[V, T | None], R],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["left"],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [V, T | None], R]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        fn: Callable[[K, V, T], R],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [K, V, T], R]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        fn: Callable[[K, V, T | None], R],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[KeptValued],
    ) -> TableStep[K, R, [K, V, T | None], R]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableMaps[K, [V, T]]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["left"],
        **o: Unpack[KeptValued],
    ) -> TableMaps[K, [V, T | None]]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[KeptValued],
    ) -> TableMaps[K, [K, V, T]]: ...
    @overload
    def join(
        self,
        other: Table[J, T],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[KeptValued],
    ) -> TableMaps[K, [K, V, T | None]]: ...
    def join(  # noqa: PLR0913 - what can be said
        self,
        other: Table[Any, Any],
        fn: Callable[..., Any] | None = None,
        *,
        on: Callable[..., Any] | None = None,
        how: str = "inner",
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Any:
        """The rows of both tables by their common key, as a table: `fn(value, other's value)`.

        A change of either side makes the row anew, with the later time of both. `how`: "inner", rows that
        both have; "left", all of this table, with None where the other has none; "outer", all of both. A
        row that is no more is deleted; an inner join passes on the delete of a row that never was, since
        it does not look.

        `on`: by a foreign key. `on(value)` gives the key of the row of `other` that a row refers to, or
        None; many may refer to one, and each is joined anew when that changes. Only "inner" and "left".
        With `with_key=True` it gets the key as `fn` does. Who refers to what is kept by `other`, in
        `<name>-subscriptions`; what both sides tell each other goes through
        `<app>-<name>-registration-repartition` and `<app>-<name>-response-repartition`.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `other` is
        no table, `how` something else, a function cannot be called with what it is handed, or a store or a
        topic would have no name; and at `build()` if the keys are written differently.
        """
        where = f"{self._draft.shown}.join"
        left, right = outer_sides(where, how, BOTH if on is None else LEFT)
        beside = draft_of(other, where, "table")
        call = Call(name, with_key, value=value)
        if on is None:
            said = JoinedRows(materialized, emit, left_outer=left, right_outer=right)
            return self._step(ops.JOIN_TABLES, fn, call, said, beside)

        def make(fn: Any) -> Any:
            return self._refer(beside, on, fn, call, Referring(materialized, emit, left_outer=left))

        return make if fn is None else make(fn)

    def _refer(self, foreign: Draft[Any], on: Any, fn: Any, call: Call, said: Referring) -> Any:
        """The three steps of a join by foreign key; users hold the last one."""
        owner, name = self._draft.owner, call.name or UserFunction(plain(fn)).name
        told = Subscribing(foreign, left_outer=said.left_outer)
        asking = Call(with_key=call.with_key)
        subscribe = owner.step(ops.SUBSCRIBE, (self._draft,), on, asking, told)
        subscribe.name = None  # shown by what it hangs on; the name of `on` is of no step
        noted = Call(None if name is None else f"{name}-registration")
        answers = owner.add(ops.SUBSCRIPTIONS, (subscribe, foreign), Subscribed(name or ""), noted)
        step = owner.step(ops.JOIN_FOREIGN, (answers, self._draft), fn, call, said)
        return owner.face(step, fn)
