"""Grouped streams that are aggregated together (Kafka: CogroupedKStream)."""

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
    overload,
)

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.functions import UserFunction, check_function, plain
from streamz_core.dsl.declared.steps.said import Call, Cogrouped, CogroupInput
from streamz_core.dsl.declared.topics import EmitRows, Materialized
from streamz_core.errors import TopologyError
from streamz_core.record import Windowed
from streamz_core.topology.spans import Duration
from streamz_core.topology.windows import Window

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Cogroups, CogroupsFirst
    from streamz_core.dsl.faces.grouped import Grouped, Grouping
    from streamz_core.dsl.faces.table import Table

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
A = TypeVar("A")

Yes = Literal[True]


class Cogroupable(Generic[K, V]):
    """How a grouped stream is aggregated together with others."""

    _grouping: Grouping

    @overload
    def cogroup(self, fn: Callable[[A, V], A], /) -> CogroupedStep[K, A, [A, V], A]: ...
    @overload
    def cogroup(
        self, fn: Callable[[K, A, V], A], /, *, with_key: Yes
    ) -> CogroupedStep[K, A, [K, A, V], A]: ...
    @overload
    def cogroup(self, *, with_key: Yes) -> CogroupsFirst[K, V]: ...
    def cogroup(self, fn: Callable[..., Any] | None = None, *, with_key: bool = False) -> Any:
        """The first of several streams that are aggregated into one table: `fn(accumulator, value)`; with
        `with_key=True` the key comes first. The others follow by `.cogroup(other, fn)`, then
        `.window(...)`, if there are windows, and `.aggregate(initial=..., name=...)`.

        TopologyError if `fn` cannot be called with what it is handed.
        """
        return _one_more(self._grouping, fn, with_key=with_key)


class CogroupedStreams(Generic[K, A]):
    """Streams grouped by key K, each with its function, to be aggregated into accumulators A of one table.

    Every stream has its own stream time; records come into the table as they arrive.
    """

    def __init__(self, inputs: tuple[CogroupInput, ...]) -> None:
        self._inputs = inputs

    @overload
    def cogroup(
        self, other: Grouped[K, V], fn: Callable[[A, V], A], /
    ) -> CogroupedStep[K, A, [A, V], A]: ...
    @overload
    def cogroup(
        self, other: Grouped[K, V], fn: Callable[[K, A, V], A], /, *, with_key: Yes
    ) -> CogroupedStep[K, A, [K, A, V], A]: ...
    @overload
    def cogroup(self, other: Grouped[K, V], /) -> Cogroups[K, A, [A, V]]: ...
    @overload
    def cogroup(self, other: Grouped[K, V], /, *, with_key: Yes) -> Cogroups[K, A, [K, A, V]]: ...
    def cogroup(
        self,
        other: Grouped[Any, Any],
        fn: Callable[..., Any] | None = None,
        *,
        with_key: bool = False,
    ) -> Any:
        """These streams and another one, whose values `fn(accumulator, value)` takes in; with
        `with_key=True` the key comes first.

        TopologyError if `other` is no grouped stream, or `fn` cannot be called with what it is handed.
        """
        if not isinstance(other, Cogroupable):
            raise TopologyError(
                f"{self._inputs[0].name}.cogroup: {other!r} is no grouped stream: give what group_by(...) or "
                "group_by_key() returns"
            )
        return _one_more(other._grouping, fn, with_key=with_key, before=self._inputs)

    def window(self, window: Window) -> WindowedCogrouped[K, A]:
        """The groups cut into windows, of any kind. TopologyError if it is none."""
        if not isinstance(window, Window):
            raise TopologyError(
                f"{self._inputs[0].name}.cogroup: window({window!r}); make one with tumbling(...), "
                "hopping(...), sliding(...), session(...) or unlimited(...)"
            )
        return WindowedCogrouped(self._inputs, window)

    def aggregate(
        self,
        *,
        initial: Callable[[], A],
        name: str | None = None,
        value: Any = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
    ) -> Table[K, A]:
        """The table of what all the functions make, from `initial()` on; its rows are stored under its
        name, by `materialized=memory()` in memory. `emit="commit"` passes on, at each commit, only the last
        change of each key, `emit="changes"` only what changes its value.

        `value`: type or codec of the accumulator, instead of the functions' annotations. TopologyError if
        it has no name, or two of its streams have one name; at `build()` if keys are written differently.
        """
        said = Cogrouped(self._inputs, None, materialized, initial=initial, emit=emit)
        made: Table[K, A] = _made(said, Call(name, value=value))
        return made


class WindowedCogrouped(Generic[K, A]):
    """Streams grouped by key K and cut into windows, to be aggregated into one table of windowed keys."""

    def __init__(self, inputs: tuple[CogroupInput, ...], window: Window) -> None:
        self._inputs = inputs
        self._window = window

    def aggregate(  # noqa: PLR0913 - what can be said
        self,
        *,
        initial: Callable[[], A],
        name: str | None = None,
        value: Any = None,
        materialized: Materialized = None,
        retention: Duration | None = None,
        merge: Callable[[A, A], A] | None = None,
        emit: EmitRows = "updates",
    ) -> Table[Windowed[K], A]:
        """As that of groups without windows. `retention`: how long windows are kept; at least, and by
        default, until they cannot change. Sessions need `merge(older, newer)`, which makes one accumulator
        of two.

        `value`: type or codec of the accumulator, instead of the functions' annotations. TopologyError as
        there, and if sessions have no `merge`.
        """
        merging = None if merge is None else UserFunction(plain(merge))
        said = Cogrouped(
            self._inputs, self._window, materialized, retention, initial, merging, emit
        )
        made: Table[Windowed[K], A] = _made(said, Call(name, value=value))
        return made


class CogroupedStep(CogroupedStreams[K, A], Generic[K, A, P, F]):
    """A decorated function: at once the streams together, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, inputs: tuple[CogroupInput, ...], fn: Callable[P, F]) -> None:
        super().__init__(inputs)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


def _one_more(
    grouping: Grouping, fn: Any, *, with_key: bool, before: tuple[CogroupInput, ...] = ()
) -> Any:
    """The streams with one more, or where no function was given the decorator for it."""

    def make(fn: Any) -> CogroupedStep[Any, Any, ..., Any]:
        made = UserFunction(plain(fn), with_key)
        takes = (*(("key",) if with_key else ()), "accumulator", "value")
        check_function(f"{grouping.draft.shown}.cogroup", made.call, takes, many=False)
        one = CogroupInput(grouping.draft, made, grouping.name)
        return CogroupedStep((*before, one), fn)

    return make if fn is None else make(fn)


def _made(said: Cogrouped, call: Call) -> Any:
    owner = said.inputs[0].draft.owner
    return owner.face(owner.add(ops.COGROUP, tuple(one.draft for one in said.inputs), said, call))
