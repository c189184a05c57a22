"""Joins of a stream (Kafka: KStream.join, leftJoin, outerJoin)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.functions import UserFunction, plain
from streamz_core.dsl.declared.steps.joined import Met
from streamz_core.dsl.declared.steps.said import Call, Found, LookedUp
from streamz_core.dsl.declared.windows import joined_within
from streamz_core.dsl.faces.held import Held, draft_of
from streamz_core.errors import TopologyError
from streamz_core.topology.spans import Duration, milliseconds

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft
    from streamz_core.dsl.faces.calls import LookingUp, MapsValues, Meeting, Valued
    from streamz_core.dsl.faces.global_table import GlobalTable
    from streamz_core.dsl.faces.stream import Step, Stream
    from streamz_core.dsl.faces.table import Table

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
T = TypeVar("T")
J = TypeVar("J")

Yes = Literal[True]

LEFT = {"inner": (False, False), "left": (True, False)}
BOTH = {**LEFT, "outer": (True, True)}
"""What `how` may be, and whether records of the left, of the right come out that meet none."""


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
        **o: Unpack[LookingUp],
    ) -> Step[K, R, [V, T], R]: ...
    @overload
    def join(
        self,
        table: Table[K, T],
        fn: Callable[[V, T | None], R],
        /,
        *,
        how: Literal["left"],
        **o: Unpack[LookingUp],
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
        **o: Unpack[LookingUp],
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
        **o: Unpack[LookingUp],
    ) -> Step[K, R, [K, V, T | None], R]: ...
    @overload
    def join(
        self, table: Table[K, T], /, *, how: Literal["inner"] = ..., **o: Unpack[LookingUp]
    ) -> MapsValues[K, [V, T]]: ...
    @overload
    def join(
        self, table: Table[K, T], /, *, how: Literal["left"], **o: Unpack[LookingUp]
    ) -> MapsValues[K, [V, T | None]]: ...
    @overload
    def join(
        self,
        table: Table[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[LookingUp],
    ) -> MapsValues[K, [K, V, T]]: ...
    @overload
    def join(
        self, table: Table[K, T], /, *, with_key: Yes, how: Literal["left"], **o: Unpack[LookingUp]
    ) -> MapsValues[K, [K, V, T | None]]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        fn: Callable[[V, T], R],
        /,
        *,
        how: Literal["inner"] = ...,
        **o: Unpack[Meeting],
    ) -> Step[K, R, [V, T], R]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        fn: Callable[[V, T | None], R],
        /,
        *,
        how: Literal["left"],
        **o: Unpack[Meeting],
    ) -> Step[K, R, [V, T | None], R]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        fn: Callable[[V | None, T | None], R],
        /,
        *,
        how: Literal["outer"],
        **o: Unpack[Meeting],
    ) -> Step[K, R, [V | None, T | None], R]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        fn: Callable[[K, V, T], R],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Meeting],
    ) -> Step[K, R, [K, V, T], R]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        fn: Callable[[K, V, T | None], R],
        /,
        *,
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[Meeting],
    ) -> Step[K, R, [K, V, T | None], R]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        fn: Callable[[K, V | None, T | None], R],
        /,
        *,
        with_key: Yes,
        how: Literal["outer"],
        **o: Unpack[Meeting],
    ) -> Step[K, R, [K, V | None, T | None], R]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        /,
        *,
        how: Literal["inner"] = ...,
        **o: Unpack[Meeting],
    ) -> MapsValues[K, [V, T]]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        /,
        *,
        how: Literal["left"],
        **o: Unpack[Meeting],
    ) -> MapsValues[K, [V, T | None]]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        /,
        *,
        how: Literal["outer"],
        **o: Unpack[Meeting],
    ) -> MapsValues[K, [V | None, T | None]]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Meeting],
    ) -> MapsValues[K, [K, V, T]]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[Meeting],
    ) -> MapsValues[K, [K, V, T | None]]: ...
    @overload
    def join(
        self,
        other: Stream[K, T],
        /,
        *,
        with_key: Yes,
        how: Literal["outer"],
        **o: Unpack[Meeting],
    ) -> MapsValues[K, [K, V | None, T | None]]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        fn: Callable[[V, T], R],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> Step[K, R, [V, T], R]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        fn: Callable[[V, T | None], R],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> Step[K, R, [V, T | None], R]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        fn: Callable[[K, V, T], R],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> Step[K, R, [K, V, T], R]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        fn: Callable[[K, V, T | None], R],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> Step[K, R, [K, V, T | None], R]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        fn: Callable[[K, J, V, T], R],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_keys: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> Step[K, R, [K, J, V, T], R]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        fn: Callable[[K, J | None, V, T | None], R],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_keys: Yes,
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> Step[K, R, [K, J | None, V, T | None], R]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> MapsValues[K, [V, T]]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        /,
        *,
        on: Callable[[V], J | None],
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> MapsValues[K, [V, T | None]]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> MapsValues[K, [K, V, T]]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_key: Yes,
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> MapsValues[K, [K, V, T | None]]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_keys: Yes,
        how: Literal["inner"] = ...,
        **o: Unpack[Valued],
    ) -> MapsValues[K, [K, J, V, T]]: ...
    @overload
    def join(
        self,
        table: GlobalTable[J, T],
        /,
        *,
        on: Callable[[K, V], J | None],
        with_keys: Yes,
        how: Literal["left"],
        **o: Unpack[Valued],
    ) -> MapsValues[K, [K, J | None, V, T | None]]: ...
    def join(  # noqa: PLR0913 - what can be said
        self,
        other: Table[Any, Any] | GlobalTable[Any, Any] | Stream[Any, Any],
        fn: Callable[..., Any] | None = None,
        *,
        on: Callable[..., Any] | None = None,
        how: str = "inner",
        within: Duration | None = None,
        before: Duration | None = None,
        after: Duration | None = None,
        grace: Duration | None = None,
        name: str | None = None,
        with_key: bool = False,
        with_keys: bool = False,
        headers: Literal["kept"] | None = None,
        value: Any = None,
    ) -> Any:
        """Each record joined with what `other` has under its key: `fn(value, other's value)`.

        With a table: its value as it is then, of a versioned table the one that was valid at the time of the
        record; updates of the table trigger nothing. `how`: "inner", only where there is one; "left", with None
        where there is none. With `grace` records wait in a store `<name>-buffer` until stream time is so much
        later, and come out in the order of their times; the table must be versioned, with a history as long.

        With a global table: the same by any key. `on(value)` gives the key of the row, or None; with
        `with_key=True` it gets the record's key as `fn` does. `with_keys=True` gives `fn` both: `fn(key, row's
        key, value, row's value)`. The result keeps the record's key and goes through no other topic.

        With a stream: every record of it whose time is at most `within` away. `before` and `after` say
        it for each direction: how much earlier, and later, than the left record a right one may be; one
        of them may be negative. The result has the later of the two times. "left" and "outer" also give
        the records of the left, or of both sides, that met none, with None: when stream time is more
        than `grace` behind the last they could meet. Records are kept for before + after + grace, in
        `<name>-left` and `<name>-right`, so one that is late still meets what is there. One that met none has the
        headers of the record that moved time, as in Kafka; with `headers="kept"` its own, which wait in
        `<name>-headers`.

        `value`: type or codec of what `fn` gives, instead of its annotation. A re-keyed side goes through
        `<app>-<name>-left-repartition`, or `-right-`, first. TopologyError if it has no name, `other` is
        neither, `how` something else, the times cannot be, or `fn` cannot be called with what it is
        handed.
        """
        where = f"{self._draft.shown}.join"
        call = Call(name, with_key or with_keys, value=value)
        beside = draft_of(other, where, "table", "global table", "stream")
        spans = (within, before, after, grace)
        kind: Any = beside.op.gives
        if kind != "global table" and (on is not None or with_keys):
            raise _only_everywhere(where, beside)
        if kind == "stream":
            outer = outer_sides(where, how, BOTH)
            windows = joined_within(where, *spans)
            _check_headers(where, headers, any(outer))
            met = Met(windows, left_outer=outer[0], right_outer=outer[1], headers=headers)
            return self._step(ops.JOIN_STREAM, fn, call, met, beside)
        _check_headers(where, headers, False)
        _check_spans(where, beside, spans)
        left = outer_sides(where, how, LEFT)[0]
        if kind == "table":
            grace_ms = None if grace is None else milliseconds(grace, f"{where}: grace")
            looked_up = LookedUp(left_outer=left, grace_ms=grace_ms)
            return self._step(ops.JOIN, fn, call, looked_up, beside)
        found = Found(_selector(where, on, call), left_outer=left)
        op = ops.JOIN_GLOBAL_BY_KEYS if with_keys else ops.JOIN_GLOBAL
        return self._step(op, fn, call, found, beside)


def _check_headers(where: str, headers: object, waits: bool) -> None:  # noqa: FBT001 - whether records wait
    """TopologyError unless `headers=` is said right, where records wait that may meet none."""
    if headers not in (None, "kept"):
        raise TopologyError(f'{where}: headers={headers!r}; it takes "kept", or nothing')
    if headers is not None and not waits:
        raise TopologyError(
            f'{where}: headers="kept" is for records that met none and come out later, of a join of two streams with '
            'how="left" or "outer"; every other result has the headers of the record that brought it about: leave it out'
        )


def _only_everywhere(where: str, beside: Draft[Any]) -> TopologyError:
    return TopologyError(
        f"{where}: on= and with_keys= are of joins with a global table; {beside.shown} is a {beside.op.gives}, of "
        "which a worker has only the rows with the record's own key: select_key(...) before the join, "
        "or app.global_table(...)"
    )


def _check_spans(where: str, beside: Draft[Any], spans: tuple[object, ...]) -> None:
    """TopologyError for times that a join with a table has not: `spans` are within, before, after, grace."""
    if any(span is not None for span in spans[:3]):
        raise TopologyError(
            f"{where}: within=, before= and after= are of joins of two streams; "
            f"{beside.shown} is a table, in which there is one row for a key"
        )
    if beside.op.gives == "global table" and spans[3] is not None:
        raise TopologyError(
            f"{where}: grace= is of joins of two streams and of joins with a versioned table; "
            f"{beside.shown} is a global table, which has no versions"
        )


def _selector(where: str, on: Callable[..., Any] | None, call: Call) -> UserFunction:
    if on is None:
        raise TopologyError(
            f"{where}: say on=fn(value), which gives the key of the row of the global table"
        )
    return UserFunction(plain(on), call.with_key)


def outer_sides(
    where: str, how: object, allowed: Mapping[str, tuple[bool, bool]]
) -> tuple[bool, bool]:
    """Whether what is left, and what is right, comes out if it meets none; TopologyError if `how` is
    none of those that are allowed.
    """
    if isinstance(how, str) and how in allowed:
        return allowed[how]
    words = " or ".join(repr(word) for word in allowed)
    raise TopologyError(f"{where}: how={how!r}; it can be {words}")
