"""Joins of a stream (Kafka: KStream.join, leftJoin)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.said import Call, LookedUp
from streamz_core.dsl.faces.held import Held, draft_of
from streamz_core.errors import TopologyError

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import MapsValues, Valued
    from streamz_core.dsl.faces.stream import Step
    from streamz_core.dsl.faces.table import Table

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
T = TypeVar("T")

Yes = Literal[True]


class Joinable(Held[K, V]):
    """What a stream can be joined with."""

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
    def join(  # noqa: PLR0913 - what can be said
        self,
        table: Table[Any, Any],
        fn: Callable[..., Any] | None = None,
        *,
        how: str = "inner",
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
    ) -> Any:
        """Each record with the table's value of its key at that time: `fn(value, table's value)`.

        `how`: "inner", only where there is one; "left", with None where there is none. `value`: type
        or codec of what `fn` gives, instead of its annotation. Updates of the table trigger nothing.
        A re-keyed stream goes through `<app>-<name>-left-repartition` first. TopologyError if it has
        no name, `table` is no table, `how` something else, or `fn` cannot be called with what it is
        handed.
        """
        where = f"{self._draft.shown}.join"
        beside = draft_of(table, "table", where)
        if how not in {"inner", "left"}:
            raise TopologyError(f"{where}: how={how!r}; it can be 'inner' or 'left'")
        call = Call(name, with_key, value=value)
        return self._step(ops.JOIN, fn, call, LookedUp(left_outer=how == "left"), beside)
