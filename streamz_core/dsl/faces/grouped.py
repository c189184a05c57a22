"""Grouped streams and their aggregates (Kafka: KGroupedStream, TimeWindowedKStream)."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar, Generic, Literal, ParamSpec, Protocol, TypeVar, Unpack, overload

from attrs import frozen

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft, applied, check_materialized
from streamz_core.dsl.declared.functions import UNKNOWN, plain, result_type
from streamz_core.dsl.declared.topics import check_legal
from streamz_core.dsl.declared.windows import retention_ms
from streamz_core.dsl.faces.calls import Aggregated, Folds, WindowAggregated
from streamz_core.dsl.faces.table import Table, TableStep
from streamz_core.errors import TopologyError
from streamz_core.record import Windowed
from streamz_core.topology.windows import Window

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
A = TypeVar("A")
C = TypeVar("C")
V_contra = TypeVar("V_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)

Yes = Literal[True]
MEMORY = frozenset({"materialized"})
WINDOWED = frozenset({"materialized", "retention"})


class Adds(Protocol[V_contra, A_co]):
    """A class with the algebra inside: `add(value)` gives the next accumulator."""

    def add(self, value: V_contra, /) -> A_co: ...


@frozen(eq=False)
class Grouping:
    """What an aggregate hangs on. `name`: of the grouping, if it has one."""

    draft: Draft
    name: str | None
    window: Window | None = None


class Grouped(Generic[K, V]):
    """A stream grouped by key K, to be aggregated into a table of K.

    Records with a null key or value are dropped.
    """

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping

    def window(self, window: Window) -> WindowedGrouped[K, V]:
        """Cut into windows first: see tumbling and hopping."""
        if not isinstance(window, Window):
            raise TopologyError(
                f"{self._grouping.draft.shown}: window({window!r}); make one with tumbling(...) or "
                "hopping(...)"
            )
        grouping = Grouping(self._grouping.draft, self._grouping.name, window)
        return WindowedGrouped(grouping)

    def count(self, **options: Unpack[Aggregated]) -> Table[K, int]:
        """How many records each key had. Needs a name: `count(name=...)`."""
        return Table(_count(self._grouping, {**options}, MEMORY))

    @overload
    def reduce(
        self, fn: Callable[[V, V], V], /, **o: Unpack[Aggregated]
    ) -> TableStep[K, V, [V, V], V]: ...
    @overload
    def reduce(self, **o: Unpack[Aggregated]) -> Folds[K, V, [V, V]]: ...
    def reduce(self, fn: Any = None, **options: Any) -> Any:
        """The values of each key brought together: `fn(old, new)`. The first stands by itself."""
        return _reduce(self._grouping, fn, options, MEMORY)

    @overload
    def aggregate(
        self, fn: Callable[[A, V], A], /, *, initial: Callable[[], A], **o: Unpack[Aggregated]
    ) -> TableStep[K, A, [A, V], A]: ...
    @overload
    def aggregate(
        self,
        fn: Callable[[K, A, V], A],
        /,
        *,
        initial: Callable[[], A],
        with_key: Yes,
        **o: Unpack[Aggregated],
    ) -> TableStep[K, A, [K, A, V], A]: ...
    @overload
    def aggregate(
        self, *, initial: Callable[[], A], **o: Unpack[Aggregated]
    ) -> Folds[K, A, [A, V]]: ...
    @overload
    def aggregate(
        self, *, initial: Callable[[], A], with_key: Yes, **o: Unpack[Aggregated]
    ) -> Folds[K, A, [K, A, V]]: ...
    @overload
    def aggregate(
        self, cls: Callable[P, Adds[V, A]], /, **o: Unpack[Aggregated]
    ) -> TableStep[K, A, P, A]: ...
    def aggregate(self, fn: Any = None, **options: Any) -> Any:
        """The values of each key folded: `fn(accumulator, value)`, from `initial()` on.

        Instead of a function a class with `add(value)`, which returns the next accumulator;
        one that changes the object in place and returns None pays a decode for each record.
        """
        return _aggregate(self._grouping, fn, options, MEMORY)


class WindowedGrouped(Generic[K, V]):
    """A grouped stream cut into windows, to be aggregated into a table of windowed keys.

    Records with a null key are dropped; null values reach the functions, as in Kafka.
    """

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping

    def count(self, **options: Unpack[WindowAggregated]) -> Table[Windowed[K], int]:
        """How many records each key had in each window. Needs a name: `count(name=...)`."""
        return Table(_count(self._grouping, {**options}, WINDOWED))

    @overload
    def reduce(
        self, fn: Callable[[V, V], V], /, **o: Unpack[WindowAggregated]
    ) -> TableStep[Windowed[K], V, [V, V], V]: ...
    @overload
    def reduce(self, **o: Unpack[WindowAggregated]) -> Folds[Windowed[K], V, [V, V]]: ...
    def reduce(self, fn: Any = None, **options: Any) -> Any:
        """The values of each key and window brought together: `fn(old, new)`."""
        return _reduce(self._grouping, fn, options, WINDOWED)

    @overload
    def aggregate(
        self, fn: Callable[[A, V], A], /, *, initial: Callable[[], A], **o: Unpack[WindowAggregated]
    ) -> TableStep[Windowed[K], A, [A, V], A]: ...
    @overload
    def aggregate(
        self,
        fn: Callable[[K, A, V], A],
        /,
        *,
        initial: Callable[[], A],
        with_key: Yes,
        **o: Unpack[WindowAggregated],
    ) -> TableStep[Windowed[K], A, [K, A, V], A]: ...
    @overload
    def aggregate(
        self, *, initial: Callable[[], A], **o: Unpack[WindowAggregated]
    ) -> Folds[Windowed[K], A, [A, V]]: ...
    @overload
    def aggregate(
        self, *, initial: Callable[[], A], with_key: Yes, **o: Unpack[WindowAggregated]
    ) -> Folds[Windowed[K], A, [K, A, V]]: ...
    @overload
    def aggregate(
        self, cls: Callable[P, Adds[V, A]], /, **o: Unpack[WindowAggregated]
    ) -> TableStep[Windowed[K], A, P, A]: ...
    def aggregate(self, fn: Any = None, **options: Any) -> Any:
        """As Grouped.aggregate, for each key and window. With `with_key`: the key without it."""
        return _aggregate(self._grouping, fn, options, WINDOWED)


class GroupedStep(Grouped[K, V], Generic[K, V, P, F]):
    """A decorated key function: at once the grouped stream, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, grouping: Grouping, fn: Callable[P, F]) -> None:
        super().__init__(grouping)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


def group_by(parent: Draft, fn: Any, options: dict[str, Any]) -> GroupedStep[Any, Any, ..., Any]:
    """Group by a new key. The name is that of the grouping, not of the node that makes the key."""
    draft = parent.owner.step(ops.GROUP_BY, parent, fn, options)
    name, draft.name = draft.name, None
    _claim(draft, name)
    return GroupedStep(Grouping(draft, name), fn)


def group_by_key(parent: Draft, name: str | None) -> Grouped[Any, Any]:
    """Group by the key as it is: no step of its own."""
    _claim(parent, name)
    return Grouped(Grouping(parent, name))


def _claim(draft: Draft, name: str | None) -> None:
    if name is not None:
        check_legal("a grouping", name)
        draft.owner.groupings.append((name, draft.shown))


def _count(grouping: Grouping, options: dict[str, Any], kinds: frozenset[str]) -> Draft:
    op = ops.COUNT
    applied(op, op, _plain_options(options, kinds), lambda _: None)
    return grouping.draft.owner.add(
        op,
        (grouping.draft,),
        name=options.get("name"),
        fields=_fields(grouping, "count", options),
    )


def _reduce(grouping: Grouping, fn: Any, options: dict[str, Any], kinds: frozenset[str]) -> Any:
    def make(fn: Any) -> Any:
        fields = _fields(grouping, "reduce", options)
        draft = grouping.draft.owner.step(ops.REDUCE, grouping.draft, fn, options, fields=fields)
        return TableStep(draft, fn)

    return applied(ops.REDUCE, fn, _plain_options(options, kinds), make)


def _aggregate(grouping: Grouping, fn: Any, options: dict[str, Any], kinds: frozenset[str]) -> Any:
    initial = options.pop("initial", None)

    def make(fn: Any) -> Any:
        fields = _fields(grouping, "aggregate", options)
        call = plain(fn)
        if initial is None:
            call = _adder(call, grouping)
            fields |= {"initial": fn, "folded": fn}
            options.setdefault("name", fn.__name__)
        else:
            fields["initial"] = initial
        draft = grouping.draft.owner.step(
            ops.AGGREGATE, grouping.draft, call, options, fields=fields
        )
        return TableStep(draft, fn)

    return applied(ops.AGGREGATE, fn, _plain_options(options, kinds), make)


def _adder(cls: Any, grouping: Grouping) -> Callable[[Any, Any], Any]:
    """`add` of a class as a fold. One that may change the object in place is asked for the object."""
    add = getattr(cls, "add", None)
    place = f"{grouping.draft.shown}.aggregate"
    if not isinstance(cls, type) or not callable(add):
        raise TopologyError(
            f"{place}: say initial=..., the first accumulator, as in initial=int; without it "
            f"aggregate takes a class with add(value), not {cls!r}"
        )
    if result_type(add, (), place, of=cls) not in {UNKNOWN, type(None)}:
        return add  # type: ignore[no-any-return]  # looked up by name

    def fold(accumulator: Any, value: Any) -> Any:
        changed = accumulator.add(value)
        return accumulator if changed is None else changed

    return fold


def _plain_options(options: dict[str, Any], kinds: frozenset[str]) -> dict[str, Any]:
    """Without the options that only aggregates have."""
    return {name: said for name, said in options.items() if name not in kinds}


def _fields(grouping: Grouping, kind: str, options: dict[str, Any]) -> dict[str, Any]:
    window = grouping.window
    step = options.get("name") or f"{grouping.draft.shown}.{kind}"
    check_materialized(step, options.get("materialized"))
    kept_ms = 0 if window is None else retention_ms(window, options.get("retention"), step)
    return {
        "kind": kind,
        "window": window,
        "grouping": grouping.name,
        "materialized": options.get("materialized"),
        "retention_ms": kept_ms,
    }
