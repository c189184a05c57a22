"""Emitter of tables whose rows come from a topic or a stream."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.stores import by_key
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import row_value, row_with_raw
from streamz_core.topology.nodes import Node, StoreSpec, TableNode, TableSource, ToTable


def table_source(lines: Lines, node: TableSource | ToTable, _port: int, flow: Flow) -> None:
    """Kafka: KTableSource. In order of arrival: an older timestamp overwrites a newer one, if there are no
    versions.
    """
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
    if table.sends_old:
        _with_old(lines, table.store, flow)
        return
    # A value that nobody looks at here stays bytes until a join does.
    codec, value = codecs(table.store)[1], flow.value
    if value.has_raw(codec):
        value = Side(codec, raw=value.raw_name, nullable=value.nullable)
    with by_key.put(lines, table.store, flow, value) as taken:
        lines.forward(taken)


def _with_old(lines: Lines, store: StoreSpec, flow: Flow) -> None:
    """Who asks for the old value looks at both: the object is kept for the next change, with its bytes if
    all rows have them.
    """
    codec, value = codecs(store)[1], flow.value
    row = by_key.read(lines, store, flow.key)
    old = row_value(lines, codec, row)
    if codec.immutable:
        value.obj(lines)
        if value.has_raw(codec):
            old = row_with_raw(lines, row, old)
    with by_key.put(lines, store, evolve(flow, old=old)) as taken:
        lines.forward(taken)


EMITTERS: Mapping[type[Node], Emitter] = {TableSource: table_source, ToTable: table_source}
