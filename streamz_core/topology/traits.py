"""What is asked about kinds of nodes, as a table: one row for each class.

A new kind of step is a class in nodes.py, a row here and an emitter; whoever has a new question adds a
column with a default. Nothing else asks for the class of a node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from operator import attrgetter
from typing import Any

from attrs import field, frozen

from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.nodes import AnyCodec, Func, Node, StoreSpec, TopicRef
from streamz_core.topology.windows import FOREVER_MS

Codecs = Callable[[Any, Node], tuple[AnyCodec | None, AnyCodec | None]]
"""From a node and the parent in front of one of its ports to (key, value)."""


class Keys(Enum):
    """How the keys of what a node puts out stand to the partition it lies in."""

    KEPT = auto()  # as they came in
    CHANGED = auto()  # records may lie in another partition than their keys say
    PLACED = auto()  # records lie where their keys say, whatever came in


class When(Enum):
    """When records are repartitioned in front of a port."""

    NEVER = auto()
    REKEYED = auto()  # if they may lie in another partition than their keys say
    ALWAYS = auto()


class Rows(Enum):
    """Where the rows of a table come from."""

    ARRIVING = auto()  # what comes in is a row; stored where somebody needs it
    DERIVED = auto()  # they follow from those of the parents, row by row
    STORED = auto()  # always in a store of its own, the node's `store`


class Old(Enum):
    """How a port asks the table above it for the old values of changes."""

    UNASKED = auto()
    IF_FREE = auto()  # takes them where they cost nothing
    NEEDED = auto()  # the table above keeps a store for it


class Role(Enum):
    """What a node is to its sub-topology; the word that shows it."""

    SOURCE = "Source"
    PROCESSOR = "Processor"
    SINK = "Sink"


def own(node: Any, _parent: Node) -> tuple[AnyCodec | None, AnyCodec | None]:
    """The codecs of what the node puts out."""
    return node.key, node.value


def stored_key(node: Any, parent: Node) -> tuple[AnyCodec | None, AnyCodec | None]:
    """Keys as the node's store knows them, values as they come."""
    return node.store.key or parent.key, parent.value


def key_of_table(node: Any, parent: Node) -> tuple[AnyCodec | None, AnyCodec | None]:
    """Keys as the second parent writes them, or the two would never meet; values as they come."""
    return node.parents[1].key, parent.value


def joined_key(node: Node, parent: Node) -> tuple[AnyCodec | None, AnyCodec | None]:
    """Keys as the join writes them, for both sides alike; values as they come."""
    return node.key, parent.value


def _name(node: Any, _number: int) -> str:
    name: str = node.name
    return name


def _grouping(node: Any, _number: int) -> str:
    """The name of the grouping, if it has one: its aggregates then share the hop."""
    name: str = node.grouping or node.name
    return name


def _cogrouping(node: Any, number: int) -> str:
    """The name of the grouping of one stream, if it has one."""
    name: str = node.groupings[number] or node.name
    return name


def _never(_: Any) -> bool:
    return False


def _always(_: Any) -> bool:
    return True


def _outer(join: Any) -> bool:
    return join.outer_store is not None


def _many_windows(aggregate: Any) -> bool:
    windows = aggregate.window
    return windows is not None and windows.updates_many and not aggregate.final


def _not_final(aggregate: Any) -> bool:
    return not aggregate.final


def _nothing(_: Any) -> None:
    return None


def _never_ms(_: Any) -> int:
    return 0


def _until_closed(aggregate: Any) -> int:
    window = aggregate.window
    return window.least_retention_ms if window is not None and window.closes else 0


def _until_unmatched(join: Any) -> int:
    windows = join.windows
    return (
        abs(windows.before_ms) + abs(windows.after_ms) + int(windows.grace_ms)
        if _outer(join)
        else 0
    )


def _until_joined(join: Any) -> int:
    return int(join.grace_ms or 0)


def _for_ever(timer: Any) -> int:
    return 0 if timer.timing.by_wall else FOREVER_MS


def _whenever(_: Any) -> int:
    """Only its init says which timers it has."""
    return FOREVER_MS


@frozen
class Port:
    """One way into a node. Its number is that of the parent, but 0 where all parents are alike.

    `fed`: records come in. `lends`: what stands in front of it lends it its children. `looks_up`: rows of
    the table in front of it are looked up. `old`: how old values are asked for, by nodes of which
    `asks_old` holds; by others not at all. `hop`: when a repartition topic is put in front. It is called
    `step`, the step that wants it, with the `name` of the port behind; written with `codecs`; has as many
    `partitions` as the user said, of which `partitioner` chooses. `shared`: nodes that call it the same
    have one together. `null_keys`: records without a key pass it. `follows`: it has as many partitions as
    what it meets, whatever writes it. `aside`: what comes in is not what the step above puts out, but what
    it leaves out.
    """

    name: str = ""
    fed: bool = True
    lends: bool = False
    looks_up: bool = False
    old: Old = Old.UNASKED
    asks_old: Callable[[Any], bool] = field(default=_always)
    hop: When = When.NEVER
    step: Callable[[Any, int], str] = field(default=_name)
    codecs: Codecs = field(default=own)
    partitions: Callable[[Any], int | None] = field(default=_nothing)
    partitioner: Callable[[Any], Func | None] = field(default=_nothing)
    shared: bool = False
    null_keys: bool = False
    follows: bool = False
    aside: bool = False


@frozen
class Traits:
    """A row. The defaults are those of a step on streams that keeps nothing and calls nothing.

    `ports`: one for each parent, the last one also for those behind it; `alike`: one for all.
    `functions`, `reads`, `writes`: names of fields, each with one, several, or None; a kind that reads
    topics has the fields `extractor` and `reset` too. `stores`: names of fields too; what it keeps besides the rows
    of a table. `old_of_parents`: asked for old values it makes them of those of its parents, which store
    for it, also where it has a store itself. `waits`: of the changes of its rows, where it stores them, only the
    last one may go on, at the commit. `copartitioned`: its parents must be partitioned alike. `keeps_null_keys`: records
    without a key must reach it. `rows`: for tables only. `versions`: of a table whose rows follow
    from those of its parent, that each version of a row does. `watches_time`: its functions are told the
    task's stream time. `timed`: it is called when its `timing` says so. `forwards_twice`: its lines hand records
    on at more than one place. `keeps_time`: it has a time of its own, by which it closes or drops. `lingers_ms`: how much
    later than a record, in stream time, something may come out because of it; 0: nothing does. `everywhere`: every worker
    has all of its rows, and no task runs it. `pattern`: it has a field of that name, which may say what topics are called
    that it reads. `by_hand`: its function makes an object for each task, which may ask to be called when time has come.
    `later`: what it gives comes later, by another port of its emitter.
    """

    ports: tuple[Port, ...] = (Port(),)
    alike: bool = False
    keys: Keys = Keys.KEPT
    functions: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    role: Role = Role.PROCESSOR
    rows: Rows | None = None
    old_of_parents: bool = False
    waits: Callable[[Any], bool] = field(default=_never)
    versions: bool = False
    copartitioned: bool = False
    keeps_null_keys: Callable[[Any], bool] = field(default=_never)
    watches_time: Callable[[Any], bool] = field(default=_never)
    timed: bool = False
    forwards_twice: Callable[[Any], bool] = field(default=_never)
    keeps_time: Callable[[Any], bool] = field(default=_never)
    lingers_ms: Callable[[Any], int] = field(default=_never_ms)
    everywhere: bool = False
    pattern: bool = False
    by_hand: bool = False
    later: bool = False


FN = ("fn",)
CALLS = Traits(functions=FN)

TRAITS: dict[type[Node], Traits] = {
    # ---- streams
    n.Source: Traits(role=Role.SOURCE, reads=("topics",), pattern=True),
    n.Filter: CALLS,
    n.Map: Traits(functions=FN, keys=Keys.CHANGED),
    n.MapValues: CALLS,
    n.FlatMap: Traits(functions=FN, keys=Keys.CHANGED),
    n.FlatMapValues: CALLS,
    n.MapAsync: Traits(functions=FN, later=True),
    n.MapBatch: Traits(functions=FN, later=True),
    n.SelectKey: Traits(functions=FN, keys=Keys.CHANGED),
    n.Peek: CALLS,
    n.Merge: Traits(alike=True),
    n.Split: Traits(),
    n.Branch: CALLS,
    n.Repartition: Traits(
        ports=(
            Port(
                hop=When.ALWAYS,
                partitions=attrgetter("partitions"),
                partitioner=attrgetter("partitioner"),
            ),
        ),
        keys=Keys.PLACED,
        functions=("partitioner",),
    ),
    n.Process: Traits(functions=FN, keys=Keys.CHANGED, watches_time=_always),
    n.Processor: Traits(
        alike=True,
        functions=FN,
        keys=Keys.CHANGED,
        watches_time=_always,
        by_hand=True,
        lingers_ms=_whenever,
    ),
    n.ProcessValues: Traits(functions=FN, watches_time=_always),
    n.Punctuate: Traits(
        ports=(Port(fed=False, lends=True),),
        functions=FN,
        watches_time=_always,
        timed=True,
        lingers_ms=_for_ever,
    ),
    n.Every: Traits(
        functions=FN, keys=Keys.CHANGED, watches_time=_always, timed=True, lingers_ms=_for_ever
    ),
    n.ToStream: Traits(),
    n.Foreach: CALLS,
    n.Print: Traits(),
    n.Deduplicate: Traits(
        ports=(Port(hop=When.REKEYED),),
        keys=Keys.PLACED,
        functions=FN,
        stores=("kept",),
        forwards_twice=attrgetter("fn"),
        keeps_time=_always,
    ),
    n.Late: Traits(ports=(Port("late", aside=True),)),
    n.Sink: Traits(
        alike=True, role=Role.SINK, functions=("choose", "partitioner"), writes=("topic",)
    ),
    # ---- joins
    n.StreamTableJoin: Traits(
        ports=(
            Port("left", hop=When.REKEYED, codecs=key_of_table),
            Port("right", fed=False, looks_up=True),
        ),
        keys=Keys.PLACED,
        functions=FN,
        stores=("buffer",),
        copartitioned=True,
        keeps_null_keys=attrgetter("left_outer"),
        keeps_time=attrgetter("buffer"),
        lingers_ms=_until_joined,
    ),
    n.StreamStreamJoin: Traits(
        ports=(
            Port("left", hop=When.REKEYED, codecs=joined_key),
            Port("right", hop=When.REKEYED, codecs=joined_key),
        ),
        keys=Keys.PLACED,
        functions=FN,
        stores=("left_store", "right_store", "outer_store", "headers"),
        copartitioned=True,
        keeps_null_keys=_outer,
        forwards_twice=_outer,
        keeps_time=_always,
        lingers_ms=_until_unmatched,
    ),
    n.StreamGlobalJoin: Traits(
        ports=(Port("left"), Port("right", fed=False)),
        functions=("select", "fn"),
        keeps_null_keys=attrgetter("left_outer"),
    ),
    # ---- tables
    n.GlobalTable: Traits(
        role=Role.SOURCE, functions=FN, reads=("topic",), stores=("kept",), everywhere=True
    ),
    n.TableSource: Traits(role=Role.SOURCE, reads=("topic",), rows=Rows.ARRIVING, waits=_always),
    n.ToTable: Traits(
        ports=(Port(hop=When.REKEYED),), keys=Keys.PLACED, rows=Rows.ARRIVING, waits=_always
    ),
    n.TableFilter: Traits(
        ports=(Port(old=Old.IF_FREE),),
        functions=FN,
        rows=Rows.DERIVED,
        waits=_always,
        versions=True,
    ),
    n.TableMapValues: Traits(
        functions=FN,
        rows=Rows.DERIVED,
        waits=_always,
        versions=True,
        watches_time=attrgetter("with_context"),
    ),
    n.Aggregate: Traits(
        ports=(Port(hop=When.REKEYED, step=_grouping, codecs=stored_key, shared=True),),
        keys=Keys.PLACED,
        functions=("fn", "merge"),
        stores=("headers",),
        rows=Rows.STORED,
        waits=_not_final,
        forwards_twice=_many_windows,
        keeps_time=attrgetter("window"),
        lingers_ms=_until_closed,
    ),
    n.Suppress: Traits(
        ports=(Port(old=Old.NEEDED),),
        stores=("buffer",),
        rows=Rows.DERIVED,
        keeps_time=_always,
        lingers_ms=attrgetter("wait_ms"),
    ),
    n.TableTableJoin: Traits(
        ports=(
            Port("left", looks_up=True, old=Old.NEEDED, asks_old=attrgetter("left_outer")),
            Port("right", looks_up=True, old=Old.NEEDED, asks_old=attrgetter("right_outer")),
        ),
        functions=FN,
        rows=Rows.DERIVED,
        old_of_parents=True,
        waits=_always,
        copartitioned=True,
    ),
    n.Subscribe: Traits(ports=(Port(old=Old.NEEDED),), keys=Keys.CHANGED, functions=FN),
    n.Subscriptions: Traits(
        ports=(
            Port(hop=When.ALWAYS, codecs=key_of_table, null_keys=True, follows=True),
            Port(looks_up=True, old=Old.NEEDED),
        ),
        keys=Keys.CHANGED,
        stores=("kept",),
        copartitioned=True,
    ),
    n.ForeignKeyJoin: Traits(
        ports=(
            Port("response", hop=When.ALWAYS, codecs=joined_key, follows=True),
            Port(fed=False, looks_up=True),
        ),
        keys=Keys.PLACED,
        functions=FN,
        rows=Rows.ARRIVING,
        waits=_always,
        copartitioned=True,
    ),
    n.Cogroup: Traits(
        ports=(Port(hop=When.REKEYED, step=_cogrouping, codecs=stored_key, shared=True),),
        keys=Keys.PLACED,
        functions=("fns", "merge"),
        rows=Rows.STORED,
        waits=_always,
        copartitioned=True,
        forwards_twice=_many_windows,
        keeps_time=attrgetter("window"),
        lingers_ms=_until_closed,
    ),
    n.TableGroupBy: Traits(ports=(Port(old=Old.NEEDED),), keys=Keys.CHANGED, functions=FN),
    n.TableAggregate: Traits(
        ports=(Port(hop=When.ALWAYS, step=_grouping, codecs=stored_key, shared=True),),
        keys=Keys.PLACED,
        functions=("fn", "merge", "subtract"),
        stores=("headers",),
        rows=Rows.STORED,
        waits=_always,
    ),
}


def traits_of(node: Node | type[Node]) -> Traits:
    """The row of a node or of a kind; TopologyError if the kind has none."""
    kind = node if isinstance(node, type) else type(node)
    found = TRAITS.get(kind)
    if found is None:
        raise TopologyError(
            f"nothing is known about steps of the kind {kind.__name__}: give it a row in"
            " TRAITS of streamz_core/topology/traits.py"
        )
    return found


def rekeyed(kind: type[Node], above: bool) -> bool:  # noqa: FBT001 - what holds above is the question
    """Whether records behind such a step may lie in another partition than their keys say.

    `above`: whether those of any parent may.
    """
    keys = traits_of(kind).keys
    return above if keys is Keys.KEPT else keys is Keys.CHANGED


def ports_of(node: Node) -> Iterator[tuple[int, Port, Node]]:
    """For each parent in order: the number of its port, the port, the parent."""
    traits = traits_of(node)
    for at, parent in enumerate(node.parents):
        number = 0 if traits.alike else at
        yield number, traits.ports[min(number, len(traits.ports) - 1)], parent


def is_everywhere(node: Node) -> bool:
    """Whether every worker has all rows of a node, which no task runs."""
    return traits_of(node).everywhere


def readable_in(node: Node) -> list[StoreSpec]:
    """The stores of a node that functions of others may read: of which every worker has all, or with the rows of
    a table.
    """
    rows = rows_given(node)
    return stores_kept(node) if is_everywhere(node) else [] if rows is None else [rows]


def functions_of(node: Node) -> list[Func]:
    """The functions of the user that a node calls."""
    return list(_fields(node, traits_of(node).functions))


def stores_kept(node: Node) -> list[StoreSpec]:
    """What a node keeps besides the rows of a table: its own stores, then those of its functions, but for
    what these only read."""
    own = list(_fields(node, traits_of(node).stores))
    return own + [spec for spec, reads in _given(node) if not (reads or spec.everywhere)]


def stores_read(node: Node) -> list[StoreSpec]:
    """The stores of other steps of its sub-topology that the functions of a node only read."""
    return [spec for spec, reads in _given(node) if reads and not spec.everywhere]


def _given(node: Node) -> Iterator[tuple[StoreSpec, bool]]:
    """The stores that its functions are handed, and whether they only read them."""
    for fn in functions_of(node):
        yield from ((spec, spec.name in fn.reading) for spec in fn.stores)


def rows_given(node: Any) -> StoreSpec | None:
    """The store in which a table was asked to keep its rows, if it was."""
    rows = traits_of(node).rows
    if rows is None:
        return None
    found: StoreSpec | None = node.store if rows is Rows.STORED else node.materialized
    return found


def topics_read(node: Node) -> list[TopicRef]:
    """The topics of the user that a node reads."""
    return list(_fields(node, traits_of(node).reads))


def pattern_of(node: Any) -> re.Pattern[str] | None:
    """What topics are called that a node reads, as many as there are; None if it names them."""
    found: re.Pattern[str] | None = node.pattern if traits_of(node).pattern else None
    return found


def topics_written(node: Node) -> list[TopicRef]:
    """The topics of the user that a node writes, as far as they are fixed."""
    return list(_fields(node, traits_of(node).writes))


def chooses_topics(node: Node) -> bool:
    """Whether each record decides which topic the node writes it to."""
    return bool(traits_of(node).writes) and not topics_written(node)


def extractor_of(node: Any) -> Callable[..., int] | None:
    """The user's `fn(record, partition_time) -> ms` for the topics a node reads, or None."""
    found: Callable[..., int] | None = node.extractor if traits_of(node).reads else None
    return found


def reset_of(node: Any) -> n.OffsetReset:
    """Where a node begins in the topics it reads."""
    found: n.OffsetReset = node.reset if traits_of(node).reads else n.EARLIEST
    return found


def idle_of(node: Any) -> int | None:
    """After how many ms without records time goes on in the topics a node reads; None: not before there are some."""
    found: int | None = node.idle_ms if traits_of(node).reads else None
    return found


def timing_of(node: Any) -> n.Timing | None:
    """When the function of a node is called by time; None if records call it."""
    found: n.Timing | None = node.timing if traits_of(node).timed else None
    return found


def may_tick(node: Node) -> bool:
    """Whether something of a node may be called when the stream time of its task comes to a moment."""
    timing = timing_of(node)
    return traits_of(node).by_hand or (timing is not None and not timing.by_wall)


def is_by_hand(node: Node) -> bool:
    """Whether a node is an object of the user's in each task."""
    return traits_of(node).by_hand


def identity_of(node: Node) -> str:
    """What the state of a node is known by: of a table that is read, its topic, which the user chose."""
    topics = topics_read(node) if traits_of(node).rows is not None else []
    return topics[0].name if topics else node.name


def _fields(node: Node, names: tuple[str, ...]) -> Iterator[Any]:
    for name in names:
        found = getattr(node, name)
        yield from found if isinstance(found, tuple | list) else () if found is None else (found,)
