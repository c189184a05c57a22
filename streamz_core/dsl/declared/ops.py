"""The operators as a table: which node each makes, what its function gets and gives, what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from streamz_core.dsl.declared.functions import Path
from streamz_core.topology import nodes

NAMED = frozenset({"name"})
CALLED = NAMED | {"with_key", "store", "stores"}
TABLE = NAMED | {"with_key", "materialized"}


@frozen(eq=False)
class Op:
    """One operator.

    `takes`: the function's arguments besides key and stores; None if it has no function. `key` and
    `value`: where in its return annotation the type of that side stands; None: as the parent has it.
    `stateful`: its name is the identity of something stored, so it must have one. `rekeys`: the
    stream behind it must be partitioned anew before anything is looked up by key.
    """

    name: str
    node: type[nodes.Node]
    takes: tuple[str, ...] | None = ("value",)
    key: Path | None = None
    value: Path | None = None
    options: frozenset[str] = CALLED
    stateful: bool = False
    rekeys: bool = False
    many: bool = False
    fields: Mapping[str, Any] = field(factory=dict)

    @property
    def all_options(self) -> frozenset[str]:
        """`options`, and key= and value= where the function decides that side."""
        sides = {side for side in ("key", "value") if getattr(self, side) is not None}
        return self.options | sides


FILTER = Op("filter", nodes.Filter)
FILTER_NOT = Op("filter_not", nodes.Filter, fields={"negate": True})
MAP = Op("map", nodes.Map, key=(0,), value=(1,), rekeys=True)
MAP_VALUES = Op("map_values", nodes.MapValues, value=())
FLAT_MAP = Op("flat_map", nodes.FlatMap, key=("each", 0), value=("each", 1), rekeys=True, many=True)
FLAT_MAP_VALUES = Op("flat_map_values", nodes.FlatMapValues, value=("each",), many=True)
SELECT_KEY = Op("select_key", nodes.SelectKey, key=(), rekeys=True)
GROUP_BY = Op("group_by", nodes.SelectKey, key=(), rekeys=True)
PEEK = Op("peek", nodes.Peek)
MERGE = Op("merge", nodes.Merge, takes=None, options=NAMED | {"value"})
SPLIT = Op("split", nodes.Split, takes=None, options=NAMED)
BRANCH = Op("branch", nodes.Branch)
DEFAULT = Op("default", nodes.Branch, takes=None, options=NAMED)
REPARTITION = Op(
    "repartition", nodes.Repartition, takes=None, options=NAMED | {"partitions"}, stateful=True
)
PROCESS = Op(
    "process",
    nodes.Process,
    takes=("record", "context"),
    key=("each", 0),
    value=("each", 1),
    options=CALLED - {"with_key"},
    rekeys=True,
    many=True,
)
PROCESS_VALUES = Op(
    "process_values",
    nodes.ProcessValues,
    takes=("record", "context"),
    value=("each", 1),
    options=CALLED - {"with_key"},
    many=True,
)
JOIN = Op(
    "join",
    nodes.StreamTableJoin,
    takes=("left", "right"),
    value=(),
    options=NAMED | {"with_key"},
    stateful=True,
)
TO = Op("to", nodes.Sink, takes=None, options=NAMED | {"key", "value"})
TO_CHOSEN = Op("to", nodes.Sink, options=NAMED | {"with_key", "key", "value"})
TO_TABLE = Op("to_table", nodes.ToTable, takes=None, options=NAMED | {"materialized"})

COUNT = Op("count", nodes.Aggregate, takes=None, options=NAMED, stateful=True)
REDUCE = Op("reduce", nodes.Aggregate, takes=("old", "new"), value=(), options=NAMED, stateful=True)
AGGREGATE = Op(
    "aggregate",
    nodes.Aggregate,
    takes=("accumulator", "value"),
    value=(),
    options=NAMED | {"with_key"},
    stateful=True,
)

TABLE_FILTER = Op("filter", nodes.TableFilter, options=TABLE)
TABLE_FILTER_NOT = Op("filter_not", nodes.TableFilter, options=TABLE, fields={"negate": True})
TABLE_MAP_VALUES = Op("map_values", nodes.TableMapValues, value=(), options=TABLE)
TRANSFORM_VALUES = Op(
    "transform_values", nodes.TableMapValues, value=(), options=TABLE, fields={"on_null": True}
)
TO_STREAM = Op("to_stream", nodes.ToStream, takes=None, options=NAMED)
TO_STREAM_REKEYED = Op(
    "to_stream", nodes.SelectKey, key=(), options=NAMED | {"with_key"}, rekeys=True
)

STREAM = Op("stream", nodes.Source, takes=None)
SOURCE_TABLE = Op("table", nodes.TableSource, takes=None)
