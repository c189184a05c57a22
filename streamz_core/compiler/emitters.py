"""Which emitter writes the lines of which kind of node."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.lines import Emitter
from streamz_core.operators.aggregates import aggregates
from streamz_core.operators.exits import sinks
from streamz_core.operators.joins import stream_table as joins
from streamz_core.operators.processors import process
from streamz_core.operators.stateless import streams
from streamz_core.operators.tables import tables
from streamz_core.topology import nodes

EMITTERS: Mapping[type[nodes.Node], Emitter] = {
    nodes.Source: streams.pass_on,
    nodes.Merge: streams.pass_on,
    nodes.Repartition: streams.pass_on,
    nodes.Filter: streams.filter_stream,
    nodes.Map: streams.map_pairs,
    nodes.MapValues: streams.map_values,
    nodes.FlatMap: streams.flat_map,
    nodes.FlatMapValues: streams.flat_map_values,
    nodes.SelectKey: streams.select_key,
    nodes.Peek: streams.peek,
    nodes.Split: streams.split,
    nodes.Branch: streams.branch,
    nodes.Process: process.process,
    nodes.ProcessValues: process.process_values,
    nodes.Sink: sinks.sink,
    nodes.StreamTableJoin: joins.stream_table_join,
    nodes.TableSource: tables.table_source,
    nodes.ToTable: tables.table_source,
    nodes.TableFilter: tables.filter_table,
    nodes.TableMapValues: tables.map_table,
    nodes.ToStream: tables.to_stream,
    nodes.Aggregate: aggregates.aggregate,
}
