"""Emitter of tables whose rows come from a topic or a stream."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.keyed.lines import row_place
from streamz_core.stores.row_lines import read_row, row_value_read, write_row
from streamz_core.topology.nodes import Node, TableNode, TableSource, ToTable


def table_source(lines: Lines, node: TableSource | ToTable, _port: int, flow: Flow) -> None:
    """Kafka: KTableSource. In order of arrival: an older timestamp overwrites a newer one."""
    if not flow.key.nullable:
        store_change(lines, node, flow)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key'")
    with lines.block("else:", flow.with_key()) as keyed:
        store_change(lines, node, keyed)


def store_change(lines: Lines, node: TableNode, flow: Flow) -> None:
    """A row of the flow's value arrives: stored where somebody needs it, and passed on."""
    table = lines.table(node)
    if table.store is None:
        lines.forward(flow)
        return
    place = row_place(lines, table.store, flow.key)
    old: Side | None = None
    if table.sends_old:
        old = row_value_read(lines, place, read_row(lines, place))
    # A value that nobody looks at here stays bytes until a join does.
    codec, value = place.codec, flow.value
    if value.has_raw(codec):
        value = Side(codec, raw=value.raw_name, nullable=value.nullable)
    write_row(lines, place, value, flow.timestamp)
    lines.forward(evolve(flow, old=old))


EMITTERS: Mapping[type[Node], Emitter] = {TableSource: table_source, ToTable: table_source}
