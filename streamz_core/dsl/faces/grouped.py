"""Grouped streams and their aggregates (Kafka: KGroupedStream, TimeWindowedKStream)."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Never,
    ParamSpec,
    TypeVar,
    Unpack,
    overload,
)

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.algebras import check_algebra, fold_of
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.functions import UserFunction, plain
from streamz_core.dsl.declared.steps.said import Call, Folded
from streamz_core.dsl.declared.topics import Materialized, check_legal
from streamz_core.dsl.faces.cogroups import Cogroupable
from streamz_core.dsl.faces.held import Held, late_of
from streamz_core.errors import TopologyError
from streamz_core.record import Windowed
from streamz_core.topology.spans import Duration
from streamz_core.topology.windows import Window

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Adds, Aggregated, Folds, Groups, Keyed
    from streamz_core.dsl.faces.stream import Stream
    from streamz_core.dsl.faces.table import Table, TableStep

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
J = TypeVar("J")
A = TypeVar("A")
Out = TypeVar("Out")
Keep = TypeVar("Keep")

Yes = Literal[True]
Emit = Literal["updates", "commit", "changes", "final"]


class Groupable(Held[K, V]):
    """How a stream is grouped."""

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
    def group_by(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        key: Any = None,
    ) -> Any:
        """The stream grouped by the key that `fn` gives, to be aggregated.

        A name, or that of `fn`, names the repartition topic, which all aggregates of the grouping
        then share. `key`: type or codec of what `fn` gives, instead of its annotation. TopologyError
        if `fn` cannot be called with what it is handed.
        """
        return self._step(ops.GROUP_BY, fn, Call(name, with_key, key))

    def group_by_key(self, *, name: str | None = None) -> Grouped[K, V]:
        """The stream grouped by its keys as they are, to be aggregated.

        A name names the repartition topic, where there is one; TopologyError if no topic can have it.
        """
        claim(self._draft, name)
        return Grouped(Grouping(self._draft, name))


class Grouping(NamedTuple):
    """What an aggregate hangs on. `name`: of the grouping, if it has one."""

    draft: Draft[Any]
    name: str | None
    window: Window | None = None


class Aggregates(Generic[K, V, Out, Keep]):
    """Values V grouped by key K, to be aggregated into a table with keys `Out`.

    An aggregate needs a name, its function's or `name=`: its rows are stored under it.
    `materialized=memory()` keeps them in memory, `versioned(history)` also what they were, `expiring(ttl)` only while
    somebody writes them, where there are no windows. `retention=`, of windows only (`Keep` is its type),
    is how long they are kept: at least, and by default, until they cannot change. Records with a
    null key are dropped, and so are null values, except where there are tumbling, hopping, unlimited
    windows or sessions, as in Kafka.

    `emit="commit"` passes on, at each commit, only the last change of each key, in the order in which they
    changed last, instead of every change; `emit="changes"` only what changes the value: an update that leaves its bytes as
    they were does not go on. `emit="final"`, of windows only, gives the result of a window once, when it closes, instead of every
    change: in order of start (of sessions end, then start) and key, whatever the stream time jumps over. Such a result
    has the headers of the record that closed the window, as in Kafka; with `headers="kept"` those of the record that
    changed it last, which are kept with it (not of sliding windows).
    """

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self._made: list[Draft[Any]] = []  # the aggregates, in order of declaration

    def count(
        self,
        *,
        name: str | None = None,
        materialized: Materialized = None,
        retention: Keep | None = None,
        emit: Emit = "updates",
        headers: Literal["kept"] | None = None,
    ) -> Table[Out, int]:
        """How many records each key had, as a table. TopologyError if it has no name."""
        grouping, owner = self._grouping, self._grouping.draft.owner
        said = self._said(materialized, retention, emit, headers=headers)
        self._made.append(owner.add(ops.COUNT, (grouping.draft,), said, Call(name)))
        counts: Table[Out, int] = owner.face(self._made[-1])
        return counts

    @overload
    def reduce(
        self, fn: Callable[[V, V], V], /, **o: Unpack[Aggregated[Keep]]
    ) -> TableStep[Out, V, [V, V], V]: ...
    @overload
    def reduce(self, **o: Unpack[Aggregated[Keep]]) -> Folds[Out, V, [V, V]]: ...
    def reduce(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        value: Any = None,
        materialized: Materialized = None,
        retention: Any = None,
        emit: Emit = "updates",
        headers: Literal["kept"] | None = None,
    ) -> Any:
        """The values of each key brought together: `fn(old, new)`, as a table. The first stands by
        itself.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if it has
        no name, or `fn` cannot be called with what it is handed.
        """
        said = self._said(materialized, retention, emit, headers=headers)
        return self._fold(ops.REDUCE, fn, Call(name, value=value), said)

    @overload
    def aggregate(
        self,
        fn: Callable[[A, V], A],
        /,
        *,
        initial: Callable[[], A],
        merge: Callable[[A, A], A] | None = None,
        **o: Unpack[Aggregated[Keep]],
    ) -> TableStep[Out, A, [A, V], A]: ...
    @overload
    def aggregate(
        self,
        fn: Callable[[K, A, V], A],
        /,
        *,
        initial: Callable[[], A],
        merge: Callable[[K, A, A], A] | None = None,
        with_key: Yes,
        **o: Unpack[Aggregated[Keep]],
    ) -> TableStep[Out, A, [K, A, V], A]: ...
    @overload
    def aggregate(
        self,
        *,
        initial: Callable[[], A],
        merge: Callable[[A, A], A] | None = None,
        **o: Unpack[Aggregated[Keep]],
    ) -> Folds[Out, A, [A, V]]: ...
    @overload
    def aggregate(
        self,
        *,
        initial: Callable[[], A],
        merge: Callable[[K, A, A], A] | None = None,
        with_key: Yes,
        **o: Unpack[Aggregated[Keep]],
    ) -> Folds[Out, A, [K, A, V]]: ...
    @overload
    def aggregate(
        self, cls: Callable[P, Adds[V, A]], /, **o: Unpack[Aggregated[Keep]]
    ) -> TableStep[Out, A, P, A]: ...
    def aggregate(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        initial: Callable[[], Any] | None = None,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        materialized: Materialized = None,
        retention: Any = None,
        emit: Emit = "updates",
        headers: Literal["kept"] | None = None,
        merge: Callable[..., Any] | None = None,
    ) -> Any:
        """The values of each key folded, as a table: `fn(accumulator, value)`, from `initial()` on.
        With `with_key=True` the key comes first; of windows it is the key without the window.

        Of sessions `merge(older, newer)` makes one accumulator of two; it is called with `initial()` and
        the first of them too, and gets the key as `fn` does.
        Instead of functions a class with `add(value)`, which returns the next accumulator, and for
        sessions `merge(newer)`; one that changes the object in place and returns None pays a decode for
        each record. `value`: type or codec of the accumulator, instead of the annotation. TopologyError
        if it has no name, a function cannot be called with what it is handed, or `initial` or the
        `merge` of sessions is missing.
        """
        if initial is not None:
            merging = None if merge is None else UserFunction(plain(merge), with_key)
            said = self._said(
                materialized, retention, emit, initial, merge=merging, headers=headers
            )
            return self._fold(ops.AGGREGATE, fn, Call(name, with_key, value=value), said)

        def make(cls: Any) -> Any:
            add = self._method(plain(cls), "add")
            merges = self._merger(plain(cls))
            said = self._said(materialized, retention, emit, cls, cls, merges, headers)
            call = Call(name or cls.__name__, with_key, value=value)
            return self._fold(ops.AGGREGATE, cls, call, said, add)

        return make if fn is None else make(fn)

    def _method(self, cls: Any, name: str) -> Callable[[Any, Any], Any]:
        place = f"{self._grouping.draft.shown}.aggregate"
        check_algebra(cls, place, name)
        return fold_of(cls, name, place)

    def _merger(self, cls: Any) -> UserFunction | None:
        """`merge` of a class, where windows merge: others have no use for it."""
        window = self._grouping.window
        if window is None or not window.merges or not hasattr(cls, "merge"):
            return None
        return UserFunction(self._method(cls, "merge"))

    def _said(  # noqa: PLR0913 - what can be said
        self,
        materialized: Materialized,
        retention: Any,
        emit: Emit,
        initial: Callable[[], Any] | None = None,
        result: Any = None,
        merge: UserFunction | None = None,
        headers: str | None = None,
    ) -> Folded:
        window, name, kept = self._grouping.window, self._grouping.name, materialized
        return Folded(window, name, kept, retention, initial, result, merge, emit, headers)

    def _fold(
        self, op: ops.Op[Folded], fn: Any, call: Call, said: Folded, folds: Any = None
    ) -> Any:
        """The table, or where no function was given its decorator. `folds`: what is called for `fn`."""
        draft = self._grouping.draft

        def make(fn: Any) -> Any:
            step = draft.owner.step(op, (draft,), folds or fn, call, said)
            self._made.append(step)
            return draft.owner.face(step, fn)

        return make if fn is None else make(fn)


class Grouped(Aggregates[K, V, K, Never], Cogroupable[K, V], Generic[K, V]):
    """A stream grouped by key K, to be aggregated into a table of K."""

    def window(self, window: Window) -> WindowedGrouped[K, V]:
        """The groups cut into windows: see tumbling, hopping, sliding, session and unlimited.

        TopologyError if it is none.
        """
        if not isinstance(window, Window):
            raise TopologyError(
                f"{self._grouping.draft.shown}: window({window!r}); make one with tumbling(...), "
                "hopping(...), sliding(...), session(...) or unlimited(...)"
            )
        return WindowedGrouped(Grouping(self._grouping.draft, self._grouping.name, window))


class WindowedGrouped(Aggregates[K, V, Windowed[K], Duration], Generic[K, V]):
    """A grouped stream cut into windows, to be aggregated into a table of windowed keys."""

    @property
    def late(self) -> Stream[K, V]:
        """The records that came too late for one of their windows: as they came, with their key, value, timestamp and
        headers, each once. They are counted as `late` too.

        Which these are an aggregate knows, the first one of these windows. TopologyError if there is none yet, or the
        windows never close.
        """
        if not self._made:
            raise TopologyError(
                f"{self._grouping.draft.shown}.window(...).late: it is an aggregate that knows what came too late, and "
                "there is none of these windows yet: say count(), reduce() or aggregate() first, and late on what was "
                "given to it: windows = stream.group_by_key().window(...)"
            )
        found: Stream[K, V] = late_of(self._made[0])
        return found


class GroupedStep(Grouped[K, V], Generic[K, V, P, F]):
    """A decorated key function: at once the grouped stream, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, grouping: Grouping, fn: Callable[P, F]) -> None:
        super().__init__(grouping)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


def grouped(draft: Draft[Any], fn: Any) -> GroupedStep[Any, Any, ..., Any]:
    """The face of a step that makes keys. Its name is that of the grouping, not of the step."""
    name, draft.name = draft.name, None
    claim(draft, name)
    return GroupedStep(Grouping(draft, name), fn)


def claim(draft: Draft[Any], name: str | None) -> None:
    """Note the name of a grouping, if it has one; TopologyError if no topic can be named so."""
    if name is not None:
        check_legal("a grouping", name)
        draft.owner.groupings.append((name, draft.shown))
