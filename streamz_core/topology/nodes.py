"""What to compute, as values: one class per kind of step.

The DSL makes nodes and resolves their codecs; the plan (plan.py) cuts them into sub-topologies; the
operators turn each into lines of code. A node holds what the user said and nothing of how it runs.
Nodes are compared by identity. After `build()` nobody changes them. A kind without fields of its own
is a plain class: importing an app pays 0.3 ms for each one that attrs makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from attrs import define, field, frozen

from streamz_core.codecs.codec import Codec
from streamz_core.topology.windows import JoinWindows, Window

AnyCodec = Codec[Any]


@define(eq=False, repr=False)
class Func:
    """A function of the user. Arguments: key (if `with_key`), accumulator or left, value or right, stores.
    `reading`: by name, those of the stores that another step keeps, and it only reads.
    """

    call: Callable[..., Any]
    name: str
    with_key: bool = False
    stores: tuple[StoreSpec, ...] = ()
    reading: frozenset[str] = frozenset()


@define(eq=False, repr=False)
class StoreSpec:
    """A store: declared by the user, or implied by a node.

    kinds (`stores/kinds.py`): "plain" (key -> value), "timestamped" (key -> value, timestamp),
    "window", "ordered" and "joined" ((key, window start) -> value, timestamp), "session" ((key, start,
    end) -> value): such a store has a `window`, and a `retention_ms`; "unmatched" ((time, side, key) ->
    values); "subscribed" ((foreign key, primary key) -> digest, timestamp); "suppressed" (key -> change,
    timestamp); "versioned", declared by the user "versions" (key -> value, timestamp, and its
    earlier versions for `history_ms`); "expiring", declared by the user "ttl" (key -> value, timestamp, gone when stream
    time is `ttl_ms` behind that);
    "waiting" ((time, key) -> records). `closing`: windows are taken
    from it when they close. `shared`: several streams write to it, each by its own time. `everywhere`: every
    worker has all of it, and functions only read it. Declared by users too: "stamped", "windows",
    "stamped-windows", "duplicates", "sessions", as those of Kafka. `logged`: its changes are in a changelog,
    which has the config that its kind says, and `changelog` besides.
    """

    name: str
    kind: str
    key: AnyCodec | None = None
    value: AnyCodec | None = None
    memory: bool = False
    retention_ms: int = 0
    window: Window | None = None
    closing: bool = False
    shared: bool = False
    logged: bool = True
    changelog: dict[str, Any] = field(factory=dict)
    everywhere: bool = False
    history_ms: int | None = None
    ttl_ms: int | None = None


@define(eq=False, repr=False)
class TopicRef:
    """A topic as the app names it. `partitions` None: as it is, or 4 when it must be created; `config`: what it is
    created with beside that."""

    name: str
    key: AnyCodec | None = None
    value: AnyCodec | None = None
    partitions: int | None = None
    config: Mapping[str, Any] = field(factory=dict)


@frozen
class OffsetReset:
    """Where a source begins in a partition that the app never committed (Kafka: AutoOffsetReset).

    `policy`: "earliest", "latest", "none" (an error), or "back": at what happened `back_ms` ago.
    """

    policy: str = "earliest"
    back_ms: int = 0


EARLIEST = OffsetReset()


@frozen
class Timing:
    """When a function is called that no record calls: every `every_ms`, by the task's stream time or with
    `by_wall` by the wall clock; from `start_ms` on, else from the first record on, or `every_ms` after the
    task was opened. `waits`: not before a step schedules it. `once`: in the task of the first partition only.
    """

    every_ms: int
    by_wall: bool = False
    start_ms: int | None = None
    waits: bool = False
    once: bool = False


@define(eq=False, repr=False, kw_only=True)
class Node:
    """What all steps have. `order` = order of declaration: children get each record in this order.

    `name` shows in errors and in `topology`; for a stateful node it is its identity. `named` is False
    where it was only made up for display. `key` and `value` are the codecs of what the node puts out.
    """

    name: str
    order: int
    parents: tuple[Node, ...] = ()
    named: bool = False
    key: AnyCodec | None = None
    value: AnyCodec | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class StreamNode(Node):
    """A node whose output is a stream of records."""


@define(eq=False, repr=False, kw_only=True)
class TableNode(Node):
    """A node whose output is a table: changes with new and old value (Kafka: KTable).

    `at_commit`: of the changes of a row only the last one goes on, at the commit. `on_change`: what leaves the
    bytes of a row as they were does not go on.
    """

    materialized: StoreSpec | None = None  # asked for by the user; the plan may need one besides
    at_commit: bool = False
    on_change: bool = False


# ---- streams


@define(eq=False, repr=False, kw_only=True)
class Calling(StreamNode):
    """A step that is what its function does."""

    fn: Func


@define(eq=False, repr=False, kw_only=True)
class Source(StreamNode):
    """`pattern`: it reads every topic whose name it matches as a whole; `topics` are then those that are there
    (patterns.py).
    """

    topics: tuple[TopicRef, ...]
    pattern: re.Pattern[str] | None = None
    extractor: Callable[..., int] | None = None  # (record, partition_time) -> ms; negative drops
    reset: OffsetReset = EARLIEST
    idle_ms: int | None = None  # without records for so long, time goes on by the wall clock


@define(eq=False, repr=False, kw_only=True)
class Filter(StreamNode):
    fn: Func
    negate: bool = False


class Map(Calling):
    """fn gives (key, value)."""


class MapValues(Calling):
    pass


class FlatMap(Calling):
    """fn gives an iterable of (key, value)."""


class FlatMapValues(Calling):
    pass


@define(eq=False, repr=False, kw_only=True)
class MapAsync(Calling):
    """Calls a coroutine function, at most `concurrency` at once in a task, each for `timeout_ms` (None: as long as it
    takes). `by_key`: results are in order by key only.
    """

    concurrency: int
    timeout_ms: int | None
    by_key: bool = False


@define(eq=False, repr=False, kw_only=True)
class MapBatch(Calling):
    """Calls its function with the values of up to `size` records, which gives one result for each."""

    size: int


class SelectKey(Calling):
    """Also what stream.group_by puts before an aggregate."""


class Peek(Calling):
    pass


class Merge(StreamNode):
    pass


class Split(StreamNode):
    """Gives each record to the first child Branch whose function is true."""


@define(eq=False, repr=False, kw_only=True)
class Branch(StreamNode):
    fn: Func | None = None  # None: the default branch


@define(eq=False, repr=False, kw_only=True)
class Repartition(StreamNode):
    """`partitioner`: as of a Sink."""

    partitions: int | None = None
    partitioner: Func | None = None


class Process(Calling):
    """fn(record, context, *stores) yields records."""


class ProcessValues(Calling):
    """As Process, but every record keeps the key that came."""


class Processor(Calling):
    """fn() gives an object for each task, which takes records and forwards others (Kafka: ProcessorSupplier)."""


@define(eq=False, repr=False, kw_only=True)
class Timed(Calling):
    """fn(time, context, *stores) yields records when it is due; no record comes in."""

    timing: Timing


class Punctuate(Timed):
    """parents = (the step whose children get the records,) (Kafka: ProcessorContext.schedule)."""


class Every(Timed):
    """A stream of what the function yields."""


@define(eq=False, repr=False, kw_only=True)
class Sink(Node):
    """`topic` fixed, or `choose(value) -> topic name` (with the key, if with_key).

    key and value: the codecs it writes with. Of a table: its changes as a stream. `partitioner(topic, key,
    value, partitions)` -> one, several or no partition, or None: as the key says.
    """

    topic: TopicRef | None = None
    choose: Func | None = None
    partitioner: Func | None = None


@define(eq=False, repr=False, kw_only=True)
class Foreach(Node):
    """Calls fn with every record, and nothing follows."""

    fn: Func


@define(eq=False, repr=False, kw_only=True)
class Print(Node):
    """Writes a line `[label]: key, value` for every record: to stdout, or into the file of this path."""

    label: str
    file: str | None = None


@define(eq=False, repr=False, kw_only=True)
class StreamTableJoin(StreamNode):
    """parents = (stream, table); fn(left, right), right None where nothing was found (left join). With `grace_ms`
    records wait in `buffer` until stream time is so much later.
    """

    fn: Func
    left_outer: bool = False
    grace_ms: int | None = None
    buffer: StoreSpec | None = None


@define(eq=False, repr=False, kw_only=True)
class StreamStreamJoin(StreamNode):
    """parents = (left, right); fn(left, right), with None for the other where a record of an outer side
    met none. What came is kept in `left_store` and `right_store`, what of an outer side may still meet
    another in `outer_store`, which there is if one side is outer; its headers in `headers`, if they are kept.
    """

    fn: Func
    windows: JoinWindows
    left_store: StoreSpec
    right_store: StoreSpec
    outer_store: StoreSpec | None = None
    headers: StoreSpec | None = None
    left_outer: bool = False
    right_outer: bool = False


@define(eq=False, repr=False, kw_only=True)
class StreamGlobalJoin(StreamNode):
    """parents = (stream, GlobalTable). select(value) gives the key of the row; fn(left, right) as of
    StreamTableJoin, with `both_keys` fn(key, key of the row, left, right).
    """

    select: Func
    fn: Func
    left_outer: bool = False
    both_keys: bool = False


@define(eq=False, repr=False, kw_only=True)
class Deduplicate(StreamNode):
    """Passes a record on unless one of the same key, and of the same thing if `fn` tells of which, went on that is
    no further from it in time than `within_ms`. Which did is in the store `kept`; of what is `grace_ms` older than that
    nobody knows.
    """

    within_ms: int
    kept: StoreSpec
    grace_ms: int = 0
    fn: Func | None = None


class Late(StreamNode):
    """parents = (a windowed aggregate or a join of streams,). The records that came too late for it, as they came."""


# ---- tables


@define(eq=False, repr=False, kw_only=True)
class GlobalTable(Node):
    """A topic of which every worker has all rows, in `kept` (Kafka: GlobalKTable). No task runs it, and it
    hands nothing on: its rows are found by those who look. `fn`: makes the processor that writes them, behind
    `source` (Kafka: addGlobalStore); None: they are the records.
    """

    reset: ClassVar[OffsetReset] = EARLIEST
    idle_ms: ClassVar[None] = None

    topic: TopicRef
    kept: StoreSpec
    extractor: Callable[..., int] | None = None
    fn: Func | None = None
    source: str = ""


@define(eq=False, repr=False, kw_only=True)
class TableSource(TableNode):
    topic: TopicRef
    extractor: Callable[..., int] | None = None
    reset: OffsetReset = EARLIEST
    idle_ms: int | None = None


class ToTable(TableNode):
    pass


@define(eq=False, repr=False, kw_only=True)
class TableFilter(TableNode):
    fn: Func
    negate: bool = False


@define(eq=False, repr=False, kw_only=True)
class TableMapValues(TableNode):
    """`on_null`: called for null values as well (Kafka: transformValues); map_values never is.

    `with_context`: fn gets the context of the record behind the value.
    """

    fn: Func
    on_null: bool = False
    with_context: bool = False


@define(eq=False, repr=False, kw_only=True)
class TableTableJoin(TableNode):
    """parents = (left, right); fn(left, right), with None for the other where a row of an outer side
    stands by itself.
    """

    fn: Func
    left_outer: bool = False
    right_outer: bool = False


@define(eq=False, repr=False, kw_only=True)
class Subscribe(StreamNode):
    """parents = (table,). fn(value) gives the foreign key of a row; what goes on are subscriptions, by it.

    The first part of a foreign-key join.
    """

    fn: Func
    left_outer: bool = False


@define(eq=False, repr=False, kw_only=True)
class Subscriptions(StreamNode):
    """parents = (Subscribe, the table that is referred to). Who refers to what is in `kept`; what goes on
    are responses, by the key of the row that refers.
    """

    kept: StoreSpec


@define(eq=False, repr=False, kw_only=True)
class ForeignKeyJoin(TableNode):
    """parents = (Subscriptions, the table whose rows refer); fn(left, right), right None where what a row
    refers to is not there (left join).
    """

    fn: Func
    left_outer: bool = False


@define(eq=False, repr=False, kw_only=True)
class Aggregate(TableNode):
    """parents = (stream,), keyed as it is to be grouped.

    kind "count" (fn None), "reduce" (fn(old, new)), "aggregate" (fn(accumulator, value), initial()).
    `grouping`: the name of the grouping if it has one: it names the repartition topic, which then all
    aggregates of the grouping share. `store`: always there; its name is the node's. With `window`, keys
    come out as Windowed. `merge`: fn(accumulator, accumulator), where windows merge. `final`: a window
    comes out once, when it closes; with the headers of the record that changed it last, if they are kept in `headers`.
    """

    kind: str
    store: StoreSpec
    fn: Func | None = None
    initial: Callable[[], Any] | None = None
    merge: Func | None = None
    window: Window | None = None
    final: bool = False
    headers: StoreSpec | None = None
    grouping: str | None = None


@define(eq=False, repr=False, kw_only=True)
class Cogroup(TableNode):
    """parents = streams, each keyed as it is to be grouped, and aggregated by its function of `fns` from
    `initial()` on, all into the rows of `store`.

    `groupings`: the names of the groupings, as of an Aggregate; None where one has none. `inputs`: what a
    stream is known by: its time stands under it in the position.
    """

    final: ClassVar[bool] = False
    """Its streams have no one time at which a window would close."""

    store: StoreSpec
    fns: tuple[Func, ...]
    initial: Callable[[], Any]
    groupings: tuple[str | None, ...]
    inputs: tuple[str, ...]
    merge: Func | None = None
    window: Window | None = None


@define(eq=False, repr=False, kw_only=True)
class TableGroupBy(StreamNode):
    """What rows are to groups: changes of them, by the key that fn gives; with `pairs` fn gives
    (key, value). Its value codec is one of changes. Aggregates of the grouping hang on it.
    """

    fn: Func
    pairs: bool = False


@define(eq=False, repr=False, kw_only=True)
class TableAggregate(Aggregate):
    """parents = (TableGroupBy,). `subtract` takes a value that left the group out: as fn, but for a count,
    which has none.
    """

    subtract: Func | None = None


@define(eq=False, repr=False, kw_only=True)
class Suppress(TableNode):
    """parents = (table,). Holds changes back in `buffer`, the last one of each key, until they are due.

    `wait_ms`: how much later, in stream time, than the time of its first change a row is due; with
    `until_closed` than the end of its window, and then deletes are not passed on. With more rows than
    `max_records`, or more bytes than `max_bytes`, the first rows leave early, or with `stops` the app stops.
    """

    buffer: StoreSpec
    wait_ms: int
    until_closed: bool = False
    max_records: int | None = None
    max_bytes: int | None = None
    stops: bool = False


class ToStream(StreamNode):
    """The changes of a table as records; with a new key it is followed by a SelectKey."""


@define(eq=False, repr=False)
class Graph:
    """A whole app: every node in order of declaration, and what it declared beside them.

    `notes`: sentences on what was chosen where the user said nothing, for him to see.
    """

    app: str
    nodes: list[Node]
    stores: list[StoreSpec] = field(factory=list)
    topics: list[TopicRef] = field(factory=list)
    notes: list[str] = field(factory=list)
