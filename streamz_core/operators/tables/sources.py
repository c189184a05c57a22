"""Emitter of tables whose rows come from a topic or a stream."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.keyed.lines import row_place
from streamz_core.stores.row_lines import RowPlace, read_row, row_value, row_with_raw, write_row
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
    if table.sends_old:
        _with_old(lines, place, flow)
        return
    # A value that nobody looks at here stays bytes until a join does.
    codec, value = place.codec, flow.value
    if value.has_raw(codec):
        value = Side(codec, raw=value.raw_name, nullable=value.nullable)
    write_row(lines, place, value, flow.timestamp)
    lines.forward(flow)


def _with_old(lines: Lines, place: RowPlace, flow: Flow) -> None:
    """Who asks for the old value looks at both: the object is kept for the next change, with its bytes if
    all rows have them.
    """
    codec, value = place.codec, flow.value
    row = read_row(lines, place)
    old = row_value(lines, codec, row)
    if codec.immutable:
        value.obj(lines)
        if value.has_raw(codec):
            old = row_with_raw(lines, row, old)
    write_row(lines, place, value, flow.timestamp)
    lines.forward(evolve(flow, old=old))


EMITTERS: Mapping[type[Node], Emitter] = {TableSource: table_source, ToTable: table_source}
