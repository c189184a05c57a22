"""The operators as a table: what each takes and gives, which node it makes, how its codecs are settled.

A new operator is a row here, and a method on a face (faces/) that names the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

from streamz_core.dsl.declared import sides
from streamz_core.dsl.declared.functions import Path
from streamz_core.dsl.declared.steps import by_hand, called, joined, said, suppressions, timed
from streamz_core.topology import nodes

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft
    from streamz_core.dsl.resolve import Resolver

S = TypeVar("S", bound=said.Said)

Gives = Literal[
    "stream", "table", "global table", "grouped", "grouped table", "split", "timer", "end"
]
"""What the user holds of a step; faces/making.py has the class for each."""

NO_FIELDS: Mapping[str, Any] = {}

Needs = tuple[tuple[str, str], ...]
WRITES: Needs = (("key", "writes its keys"), ("value", "writes its values"))
LOOKS_UP: Needs = (("key", "looks keys up"),)
KEEPS: Needs = (("key", "keeps records by key"),)


class Op(NamedTuple, Generic[S]):
    """One operator.

    `said`: what it can be told besides name, function and types, and so which fields of the node it
    fills. `takes`: the function's arguments besides key and stores, in words; None if it has no
    function; the field `function` of the node gets it. `key` and `value`: where in its return
    annotation the type of that side stands; None: the function does not make that side. `sides`: the
    rule that settles the codecs. `needs`: sides whose codec must be known, and why. `stateful`: its
    name is the identity of something stored, so it must have one. `many`: the function gives several
    results. `awaited`: it is a coroutine function. `fields`: of the node, the same for all steps of the operator.
    """

    name: str
    node: type[nodes.Node]
    said: type[S]
    gives: Gives = "stream"
    takes: tuple[str, ...] | None = ("value",)
    function: str = "fn"
    key: Path | None = None
    value: Path | None = None
    sides: Callable[[Resolver, Draft[S]], sides.Sides] = sides.as_function_says
    needs: Needs = ()
    stateful: bool = False
    many: bool = False
    awaited: bool = False
    fields: Mapping[str, Any] = NO_FIELDS


# ---- sources

STREAM = Op("stream", nodes.Source, said.Streamed, takes=None, sides=sides.as_topics_say)
SOURCE_TABLE: Op[said.Tabled] = Op(
    "table", nodes.TableSource, said.Tabled, "table", takes=None, sides=sides.as_topics_say
)
SOURCE_GLOBAL: Op[said.Everywhere] = Op(
    "global_table",
    nodes.GlobalTable,
    said.Everywhere,
    "global table",
    takes=None,
    sides=sides.as_topics_say,
    stateful=True,
)

# ---- streams, a record at a time

FILTER = Op("filter", nodes.Filter, said.Said)
FILTER_NOT = Op("filter_not", nodes.Filter, said.Said, fields={"negate": True})
PEEK = Op("peek", nodes.Peek, said.Said)
MAP = Op("map", nodes.Map, said.Said, key=(0,), value=(1,))
MAP_VALUES = Op("map_values", nodes.MapValues, said.Said, value=())
FLAT_MAP = Op("flat_map", nodes.FlatMap, said.Said, key=("each", 0), value=("each", 1), many=True)
FLAT_MAP_VALUES = Op("flat_map_values", nodes.FlatMapValues, said.Said, value=("each",), many=True)
MAP_ASYNC = Op("map_async", nodes.MapAsync, called.Awaited, value=(), awaited=True)
MAP_BATCH = Op(
    "map_batch", nodes.MapBatch, called.Batched, takes=("values",), value=("each",), many=True
)
SELECT_KEY = Op("select_key", nodes.SelectKey, said.Said, key=())
MERGE = Op("merge", nodes.Merge, said.Said, takes=None, sides=sides.as_merged)
SPLIT = Op("split", nodes.Split, said.Said, "split", takes=None)
BRANCH = Op("branch", nodes.Branch, said.Said)
DEFAULT = Op("default", nodes.Branch, said.Said, takes=None)
REPARTITION = Op(
    "repartition",
    nodes.Repartition,
    said.Spread,
    takes=None,
    sides=sides.as_partitioned,
    needs=WRITES,
    stateful=True,
)
PROCESS = Op(
    "process",
    nodes.Process,
    said.Said,
    takes=("record", "context"),
    key=("each", 0),
    value=("each", 1),
    many=True,
)
PROCESS_VALUES = Op(
    "process_values",
    nodes.ProcessValues,
    said.Said,
    takes=("record", "context"),
    value=("each", 1),
    many=True,
)
PUNCTUATE = Op(
    "punctuate",
    nodes.Punctuate,
    timed.Timed,
    "timer",
    takes=("time", "context"),
    stateful=True,
    many=True,
)
EVERY = Op(
    "every",
    nodes.Every,
    timed.Timed,
    takes=("time", "context"),
    key=("each", 0),
    value=("each", 1),
    sides=sides.as_made,
    stateful=True,
    many=True,
)
JOIN = Op(
    "join",
    nodes.StreamTableJoin,
    said.LookedUp,
    takes=("left", "right"),
    value=(),
    sides=sides.as_looked_up,
    needs=LOOKS_UP,
    stateful=True,
)

JOIN_GLOBAL = Op(
    "join",
    nodes.StreamGlobalJoin,
    said.Found,
    takes=("left", "right"),
    value=(),
    sides=sides.as_found,
)
JOIN_GLOBAL_BY_KEYS = Op(
    "join",
    nodes.StreamGlobalJoin,
    said.Found,
    takes=("key of the row", "left", "right"),
    value=(),
    sides=sides.as_found,
    fields={"both_keys": True},
)

JOIN_STREAM = Op(
    "join",
    nodes.StreamStreamJoin,
    joined.Met,
    takes=("left", "right"),
    value=(),
    sides=sides.as_met,
    needs=KEEPS,
    stateful=True,
)

# ---- out

TO = Op("to", nodes.Sink, said.Written, "end", None, sides=sides.as_written, needs=WRITES)
TO_CHOSEN = Op(
    "to",
    nodes.Sink,
    said.Written,
    "end",
    function="choose",
    sides=sides.as_written,
    needs=WRITES,
)

DEDUPLICATE = Op(
    "deduplicate",
    nodes.Deduplicate,
    timed.Deduplicated,
    key=(),
    sides=sides.as_deduplicated,
    needs=WRITES,
    stateful=True,
)
LATE = Op("late", nodes.Late, said.Said, takes=None, sides=sides.as_it_came)

FOREACH = Op("foreach", nodes.Foreach, said.Said, "end")
PRINT = Op("print", nodes.Print, said.Printed, "end", takes=None)

# ---- by hand

ADD_SOURCE = Op(
    "topology.add_source", nodes.Source, said.Streamed, takes=None, sides=sides.as_topics_say
)
ADD_PROCESSOR = Op(
    "topology.add_processor",
    nodes.Processor,
    by_hand.Supplied,
    takes=None,
    sides=sides.as_supplied,
    stateful=True,
)
ADD_GLOBAL: Op[by_hand.Filled] = Op(
    "topology.add_global_store",
    nodes.GlobalTable,
    by_hand.Filled,
    "global table",
    takes=None,
    sides=sides.as_topics_say,
    stateful=True,
)
ADD_SINK = Op(
    "topology.add_sink", nodes.Sink, said.Written, "end", None, sides=sides.as_sunk, needs=WRITES
)
ADD_SINK_CHOSEN = Op(
    "topology.add_sink",
    nodes.Sink,
    said.Written,
    "end",
    function="choose",
    sides=sides.as_sunk,
    needs=WRITES,
)

# ---- aggregates

GROUP_BY = Op("group_by", nodes.SelectKey, said.Said, "grouped", key=())
COUNT = Op(
    "count",
    nodes.Aggregate,
    said.Folded,
    "table",
    takes=None,
    sides=sides.as_counted,
    needs=WRITES,
    stateful=True,
    fields={"kind": "count"},
)
REDUCE = Op(
    "reduce",
    nodes.Aggregate,
    said.Folded,
    "table",
    takes=("old", "new"),
    value=(),
    sides=sides.as_reduced,
    needs=WRITES,
    stateful=True,
    fields={"kind": "reduce"},
)
AGGREGATE = Op(
    "aggregate",
    nodes.Aggregate,
    said.Folded,
    "table",
    takes=("accumulator", "value"),
    value=(),
    sides=sides.as_folded,
    needs=WRITES,
    stateful=True,
    fields={"kind": "aggregate"},
)

COGROUP = Op(
    "aggregate",
    nodes.Cogroup,
    said.Cogrouped,
    "table",
    takes=None,
    sides=sides.as_cogrouped,
    needs=WRITES,
    stateful=True,
)

# ---- tables by key: joined, grouped anew

JOIN_TABLES = Op(
    "join",
    nodes.TableTableJoin,
    joined.JoinedRows,
    "table",
    takes=("left", "right"),
    value=(),
    sides=sides.as_met,
    needs=LOOKS_UP,
)

SUBSCRIBE = Op(
    "join",
    nodes.Subscribe,
    joined.Subscribing,
    key=(),
    sides=sides.as_subscribed,
    needs=WRITES,
)
SUBSCRIPTIONS = Op(
    "join",
    nodes.Subscriptions,
    joined.Subscribed,
    takes=None,
    sides=sides.as_answered,
    needs=WRITES,
    stateful=True,
)
JOIN_FOREIGN = Op(
    "join",
    nodes.ForeignKeyJoin,
    joined.Referring,
    "table",
    takes=("left", "right"),
    value=(),
    sides=sides.as_referring,
    needs=LOOKS_UP,
    stateful=True,
)
GROUP_TABLE = Op(
    "group_by",
    nodes.TableGroupBy,
    said.Said,
    "grouped table",
    key=(),
    sides=sides.as_regrouped,
    needs=WRITES,
)
GROUP_TABLE_PAIRS = Op(
    "group_by",
    nodes.TableGroupBy,
    said.Said,
    "grouped table",
    key=(0,),
    value=(1,),
    sides=sides.as_regrouped,
    needs=WRITES,
    fields={"pairs": True},
)
COUNT_TABLE = Op(
    "count",
    nodes.TableAggregate,
    said.FoldedRows,
    "table",
    takes=None,
    sides=sides.as_counted,
    needs=WRITES,
    stateful=True,
    fields={"kind": "count"},
)
REDUCE_TABLE = Op(
    "reduce",
    nodes.TableAggregate,
    said.FoldedRows,
    "table",
    takes=("held", "value"),
    value=(),
    sides=sides.as_reduced_rows,
    needs=WRITES,
    stateful=True,
    fields={"kind": "reduce"},
)
AGGREGATE_TABLE = Op(
    "aggregate",
    nodes.TableAggregate,
    said.FoldedRows,
    "table",
    takes=("accumulator", "value"),
    value=(),
    sides=sides.as_folded,
    needs=WRITES,
    stateful=True,
    fields={"kind": "aggregate"},
)

# ---- tables

TO_TABLE = Op(
    "to_table",
    nodes.ToTable,
    said.KeptRows,
    "table",
    takes=None,
    sides=sides.as_partitioned,
    needs=WRITES,
)
TABLE_FILTER = Op("filter", nodes.TableFilter, said.KeptRows, "table")
TABLE_FILTER_NOT = Op(
    "filter_not", nodes.TableFilter, said.KeptRows, "table", fields={"negate": True}
)
TABLE_MAP_VALUES = Op("map_values", nodes.TableMapValues, said.KeptRows, "table", value=())
TRANSFORM_VALUES = Op(
    "transform_values",
    nodes.TableMapValues,
    said.KeptRows,
    "table",
    value=(),
    fields={"on_null": True},
)
TRANSFORM_IN_CONTEXT = Op(
    "transform_values",
    nodes.TableMapValues,
    said.KeptRows,
    "table",
    takes=("value", "context"),
    value=(),
    fields={"on_null": True, "with_context": True},
)
SUPPRESS = Op(
    "suppress",
    nodes.Suppress,
    suppressions.Suppressed,
    "table",
    takes=None,
    needs=(("key", "holds rows back by key"), ("value", "holds values back")),
    stateful=True,
)
TO_STREAM = Op("to_stream", nodes.ToStream, said.Said, takes=None)
TO_STREAM_REKEYED = Op("to_stream", nodes.SelectKey, said.Said, key=())
