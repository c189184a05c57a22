"""What a step says besides its function and its types, as values: each knows its part of the node.

A value says the same things of itself: what is wrong with it (`check`), which fields of the
node it becomes (`fields`; as they stand, unless it says otherwise), and what the rest of the app has
to know of it (topics, a store, a grouping).

These are plain classes and tuples: importing an app pays for each class, and one of attrs costs 0.3
to 0.6 ms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from streamz_core.dsl.declared.functions import UserFunction, check_function, plain
from streamz_core.dsl.declared.sides import Sides, needed
from streamz_core.dsl.declared.steps.keeping import (
    EMITS,
    KEPT_EMITS,
    check_emit,
    check_emit_kept,
    check_headers,
    check_kept,
    check_materialized,
    check_versions,
    emitted,
    headers_of,
    in_memory,
    kept,
    store_kind,
)
from streamz_core.dsl.declared.topics import Materialized, Memory, Store, check_partitions
from streamz_core.dsl.declared.versions import check_grace
from streamz_core.dsl.declared.windows import retention_ms
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes
from streamz_core.topology.spans import Duration
from streamz_core.topology.windows import Window

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft


class Call(NamedTuple):
    """How an operator was called: what every operator, or every one with a function, may be told.

    `key`, `value`: types or codecs, or nothing (None).
    """

    name: str | None = None
    with_key: bool = False
    key: Any = None
    value: Any = None
    store: Store[Any] | None = None
    several: Sequence[Store[Any]] = ()

    @property
    def stores(self) -> tuple[Store[Any], ...]:
        """What `store=` and `stores=` said, in this order."""
        return (*(() if self.store is None else (self.store,)), *self.several)


class Settled(NamedTuple):
    """A step whose name and codecs are known, and what its node may be made of.

    `shown`: the step in a sentence. `above`: the name of the step it hangs on. `parents`: the codecs of
    the steps in front of it.
    """

    shown: str
    name: str
    above: str
    sides: Sides
    parents: Sequence[Sides]
    topics: Mapping[str, nodes.TopicRef]
    stores: Mapping[str, nodes.StoreSpec]

    def func(self, fn: UserFunction) -> nodes.Func:
        """A function of the user, with the stores that it is handed."""
        stores = tuple(self._spec(store) for store in fn.stores)
        reading = frozenset(store.name for store in fn.stores if store.view)
        return nodes.Func(fn.call, self.name, fn.with_key, stores, reading)

    def _spec(self, store: Store[Any]) -> nodes.StoreSpec:
        found = self.stores.get(store.name)
        if found is None:  # only what was connected later can be declared behind it
            raise TopologyError(
                f"{self.shown} is connected with the store {store.name!r}, which a step behind it makes; declare that one "
                "before"
            )
        return found


class Said:
    """Nothing: what most steps say. `window`: into what the step cuts its rows, if it does. `materialized`: how
    a table was asked to keep its rows, if it was.
    """

    window: Window | None = None
    materialized: Materialized = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The topics that enter the app here."""
        return ()

    def matching(self, names: Iterable[str]) -> list[str]:  # noqa: ARG002 - most say no pattern
        """Those of these topics that enter the app here because their names match a pattern."""
        return []

    @property
    def writes(self) -> str | None:
        """The topic that is written here, where it is always the same."""
        return None

    @property
    def group(self) -> str | None:
        """The name of the grouping that the step is an aggregate of."""
        return None

    @property
    def keeps(self) -> bool:
        """Whether rows are kept under the step's name because the user asked for it."""
        return False

    @property
    def misses(self) -> bool:
        """Whether records may come too late for the step."""
        return False

    def check(self, draft: Draft[Any]) -> None:
        """TopologyError if this cannot be said of the step."""

    def fields(self, _: Settled) -> dict[str, Any]:
        """The fields of the node that this becomes."""
        return dict(vars(self))


class Spread(Said):
    """`repartition`."""

    def __init__(
        self, partitions: int | None = None, partitioner: Callable[..., Any] | None = None
    ) -> None:
        self.partitions = partitions
        self.partitioner = partitioner

    def check(self, draft: Draft[Any]) -> None:
        check_partitions(draft.shown, self.partitions)
        _check_partitioner(self.partitioner, draft)

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {"partitions": self.partitions, **_partitioner(self.partitioner, settled)}


class LookedUp(Said):
    """The join of a stream with a table. `grace_ms`: how long a record waits before it looks, if it does."""

    def __init__(self, *, left_outer: bool = False, grace_ms: int | None = None) -> None:
        self.left_outer = left_outer
        self.grace_ms = grace_ms

    def check(self, draft: Draft[Any]) -> None:
        if self.grace_ms is not None:
            check_grace(draft.shown, draft.parents[1], self.grace_ms)

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {**vars(self), "buffer": None if self.grace_ms is None else self._buffer(settled)}

    def _buffer(self, settled: Settled) -> nodes.StoreSpec:
        from streamz_core.stores.waiting.rows import waiting_codecs  # loaded by what needs it

        value = needed(settled.parents[0].value, settled.shown, "keeps records until it joins them")
        key, rows = waiting_codecs(kept_key(settled), value)
        return nodes.StoreSpec(f"{settled.name}-buffer", "waiting", key=key, value=rows)


class Found(LookedUp):
    """The join of a stream with a global table. `on`: what gives the key of the row."""

    def __init__(self, on: UserFunction | None = None, *, left_outer: bool = False) -> None:
        super().__init__(left_outer=left_outer)
        self._on = on

    @property
    def on(self) -> UserFunction:
        assert self._on is not None, "a row of a global table is found by some key"
        return self._on

    def check(self, draft: Draft[Any]) -> None:
        takes = (*(("key",) if self.on.with_key else ()), "value")
        check_function(f"{draft.shown}, on=", self.on.call, takes, many=False)

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {"left_outer": self.left_outer, "select": settled.func(self.on)}


class Written(Said):
    """`to`: a topic by name, or None where a function names it."""

    def __init__(
        self, topic: str | None = None, partitioner: Callable[..., Any] | None = None
    ) -> None:
        self.topic = topic
        self.partitioner = partitioner

    @property
    def writes(self) -> str | None:
        return self.topic

    def check(self, draft: Draft[Any]) -> None:
        _check_partitioner(self.partitioner, draft)

    def fields(self, settled: Settled) -> dict[str, Any]:
        topic = {} if self.topic is None else {"topic": settled.topics[self.topic]}
        return {**topic, **_partitioner(self.partitioner, settled)}


class Printed(Said):
    """`print`: what stands before each line, by default the name of the step above; and where to."""

    def __init__(self, label: str | None = None, file: str | None = None) -> None:
        self.label = label
        self.file = file

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {"label": self.label or settled.above, "file": self.file}


class KeptRows(Said):
    """A table whose rows may be kept in a store of the step's name."""

    def __init__(self, materialized: Materialized = None, emit: str = "updates") -> None:
        self.materialized = materialized
        self.emit = emit

    @property
    def keeps(self) -> bool:
        return bool(self.materialized)

    def check(self, draft: Draft[Any]) -> None:
        check_kept(self.materialized, draft)
        check_emit_kept(self.emit, self.materialized, draft)

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {
            "materialized": kept(self.materialized, settled),
            **emitted(self.emit),
        }


class Streamed(Said):
    """A source: its topics, or the pattern of their names, and how each declaration of it was called."""

    def __init__(
        self,
        topics: tuple[str, ...] = (),
        extractor: Callable[..., int] | None = None,
        reset: nodes.OffsetReset = nodes.EARLIEST,
        pattern: re.Pattern[str] | None = None,
        idle_ms: int | None = None,
    ) -> None:
        self.topics = topics
        self.extractor = extractor
        self.reset = reset
        self.pattern = pattern
        self.idle_ms = idle_ms
        self.calls: list[Call] = []

    def matching(self, names: Iterable[str]) -> list[str]:
        pattern = self.pattern
        return [] if pattern is None else [name for name in names if pattern.fullmatch(name)]

    @property
    def reads(self) -> tuple[str, ...]:
        return self.topics

    def check(self, draft: Draft[Any]) -> None:
        if self.extractor is not None:
            takes = ("record", "partition time")
            check_function(f"{draft.shown}, timestamp=", self.extractor, takes, many=False)

    def fields(self, settled: Settled) -> dict[str, Any]:
        topics = tuple(settled.topics[topic] for topic in self.topics)
        return {"topics": topics, "pattern": self.pattern, **self.source}

    @property
    def source(self) -> dict[str, Any]:
        """What is said of any source, as fields of its node."""
        return {"extractor": self.extractor, "reset": self.reset, "idle_ms": self.idle_ms}


class Tabled(Streamed):
    """A topic as a table."""

    def __init__(  # noqa: PLR0913 - what a source can be told
        self,
        topics: tuple[str, ...] = (),
        extractor: Callable[..., int] | None = None,
        materialized: Materialized = None,
        reset: nodes.OffsetReset = nodes.EARLIEST,
        emit: str = "updates",
        idle_ms: int | None = None,
    ) -> None:
        super().__init__(topics, extractor, reset, idle_ms=idle_ms)
        self.materialized = materialized
        self.emit = emit

    @property
    def keeps(self) -> bool:
        return bool(self.materialized)

    def check(self, draft: Draft[Any]) -> None:
        super().check(draft)
        check_kept(self.materialized, draft)
        check_emit_kept(self.emit, self.materialized, draft)

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {
            "topic": settled.topics[self.topics[0]],
            **self.source,
            "materialized": kept(self.materialized, settled),
            **emitted(self.emit),
        }


class Everywhere(Streamed):
    """A topic as a table of which every worker has all rows."""

    def __init__(self, topics: tuple[str, ...] = (), materialized: Materialized = None) -> None:
        super().__init__(topics)
        self.materialized = materialized

    def check(self, draft: Draft[Any]) -> None:
        if self.materialized is not None and not isinstance(self.materialized, Memory):
            raise TopologyError(
                f"{draft.shown}: materialized={self.materialized!r}; a global table is always kept, without "
                "versions: leave it out, or say memory()"
            )
        check_kept(self.materialized or True, draft)

    def fields(self, settled: Settled) -> dict[str, Any]:
        rows = kept(self.materialized or True, settled)
        assert rows is not None, "its rows are always kept"
        rows.everywhere = True
        return {"topic": settled.topics[self.topics[0]], "kept": rows}


class Folded(Said):
    """An aggregate. `result`: what its value is where the function does not tell: a class that folds.
    `merge`: makes one accumulator of those of two windows.
    """

    shared: ClassVar[bool] = False
    """Whether several streams write into its store."""
    emits: ClassVar[tuple[str, ...]] = EMITS

    def __init__(  # noqa: PLR0913 - what an aggregate can be told
        self,
        window: Window | None = None,
        grouping: str | None = None,
        materialized: Materialized = None,
        retention: Duration | None = None,
        initial: Callable[[], Any] | None = None,
        result: Any = None,
        merge: UserFunction | None = None,
        emit: str = "updates",
        headers: str | None = None,
    ) -> None:
        self.window = window
        self.headers = headers
        self.grouping = grouping
        self.materialized = materialized
        self.retention = retention
        self.initial = initial
        self.result = result
        self.merge = merge
        self.emit = emit

    @property
    def group(self) -> str | None:
        return self.grouping

    @property
    def misses(self) -> bool:
        return self.window is not None and self.window.closes

    def check(self, draft: Draft[Any]) -> None:
        check_materialized(self.materialized, draft)
        check_versions(self.materialized, self.window, self.emit, draft)
        if self.window is not None:
            retention_ms(self.window, self.retention, draft.shown)
        elif self.retention is not None:
            raise TopologyError(
                f"{draft.shown}: retention= is how long windows are kept, but this {draft.op.name} "
                "has none; leave it out, or put .window(...) before it"
            )
        if self.initial is not None:
            check_function(f"{draft.shown}, initial=", self.initial, (), many=False)
        self._check_emit(draft)
        check_headers(self.headers, self.emit, draft)
        self._check_merge(draft)

    def _check_emit(self, draft: Draft[Any]) -> None:
        """A final result is that of a window that is closed, and nothing else has one."""
        check_emit(self.emit, self.emits, draft)
        if self.emit == "final" and (self.window is None or not self.window.closes):
            why = "there are no windows" if self.window is None else "an unlimited one never does"
            raise TopologyError(
                f'{draft.shown}: emit="final" gives the result of a window when it closes, but {why}; '
                "leave it out, or use windows of another kind"
            )

    def _check_merge(self, draft: Draft[Any]) -> None:
        """What was made of windows that merge is merged too, as only the user knows."""
        merges = self.window is not None and self.window.merges
        if merges and self.initial is not None and self.merge is None:
            raise TopologyError(
                f"{draft.shown}: two sessions become one when a record lies between them; say "
                "merge=fn(one, other), which makes one accumulator of two, the older first, or give the "
                "class a method merge(other)"
            )
        if self.merge is None:
            return
        if not merges:
            raise TopologyError(
                f"{draft.shown}: merge= says how sessions are brought together, but this "
                f"{draft.op.name} has none; leave it out, or put .window(session(...)) before it"
            )
        takes = (*(("key",) if self.merge.with_key else ()), "older", "newer")
        check_function(f"{draft.shown}, merge=", self.merge.call, takes, many=False)

    def fields(self, settled: Settled) -> dict[str, Any]:
        kept = {} if self.headers is None else {"headers": headers_of(self._store(settled))}
        return {
            **kept,
            "window": self.window,
            "final": self.emit == "final",
            **emitted(self.emit),
            "grouping": self.grouping,
            "initial": self.initial,
            "merge": None if self.merge is None else settled.func(self.merge),
            "store": self._store(settled),
        }

    def _store(self, settled: Settled) -> nodes.StoreSpec:
        key, window = settled.sides.inner, self.window
        kind: dict[str, Any] = store_kind(self.materialized)
        if window is not None:
            kept_ms = retention_ms(window, self.retention, settled.name)
            kind = {"kind": window.store_kind, "retention_ms": kept_ms}
        return nodes.StoreSpec(
            settled.name,
            **kind,
            key=needed(key or settled.sides.key, settled.shown, "stores its keys"),
            value=needed(settled.sides.value, settled.shown, "stores its values"),
            memory=in_memory(self.materialized),
            window=window,
            closing=self.emit == "final",
            shared=self.shared,
        )


class FoldedRows(Folded):
    """An aggregate of a grouped table. `subtract`: as its function, for a value that left the group."""

    emits: ClassVar[tuple[str, ...]] = KEPT_EMITS

    def __init__(  # noqa: PLR0913 - what an aggregate can be told
        self,
        grouping: str | None = None,
        materialized: Materialized = None,
        initial: Callable[[], Any] | None = None,
        result: Any = None,
        subtract: UserFunction | None = None,
        emit: str = "updates",
    ) -> None:
        super().__init__(
            grouping=grouping,
            materialized=materialized,
            initial=initial,
            result=result,
            emit=emit,
        )
        self.subtract = subtract

    def fields(self, settled: Settled) -> dict[str, Any]:
        subtract = None if self.subtract is None else settled.func(self.subtract)
        return {**super().fields(settled), "subtract": subtract}


class CogroupInput(NamedTuple):
    """One stream of a cogroup. `grouping`: the name of its grouping, if it has one."""

    draft: Draft[Any]
    fn: UserFunction
    grouping: str | None = None

    @property
    def name(self) -> str:
        """What the stream is known by."""
        return self.grouping or self.draft.shown


class Cogrouped(Folded):
    """Several grouped streams that are aggregated into one table."""

    shared: ClassVar[bool] = True
    emits: ClassVar[tuple[str, ...]] = KEPT_EMITS

    def __init__(  # noqa: PLR0913 - what an aggregate can be told
        self,
        inputs: Sequence[CogroupInput] = (),
        window: Window | None = None,
        materialized: Materialized = None,
        retention: Duration | None = None,
        initial: Callable[[], Any] | None = None,
        merge: UserFunction | None = None,
        emit: str = "updates",
    ) -> None:
        super().__init__(window, None, materialized, retention, initial, merge=merge, emit=emit)
        self.inputs = inputs

    def check(self, draft: Draft[Any]) -> None:
        super().check(draft)
        names = [one.name for one in self.inputs]
        for name in names:
            if names.count(name) > 1:
                raise TopologyError(
                    f"{draft.shown}: two of its streams are both known as {name!r}, and the time of each is "
                    "kept by that; give their groupings names: group_by_key(name=...), group_by(fn, name=...)"
                )

    def fields(self, settled: Settled) -> dict[str, Any]:
        same = super().fields(settled)
        return {
            **{name: same[name] for name in ("window", "initial", "merge", "store")},
            **emitted(self.emit),
            "fns": tuple(settled.func(one.fn) for one in self.inputs),
            "groupings": tuple(one.grouping for one in self.inputs),
            "inputs": tuple(one.name for one in self.inputs),
        }


def kept_key(settled: Settled) -> nodes.AnyCodec:
    return needed(settled.sides.key, settled.shown, "keeps its keys")


def _check_partitioner(fn: Callable[..., Any] | None, draft: Draft[Any]) -> None:
    if fn is not None:
        takes = ("topic", "key", "value", "partitions")
        check_function(f"{draft.shown}, partitioner=", fn, takes, many=True)


def _partitioner(fn: Callable[..., Any] | None, settled: Settled) -> dict[str, Any]:
    """The field of a node for it."""
    return {} if fn is None else {"partitioner": nodes.Func(plain(fn), settled.name)}
