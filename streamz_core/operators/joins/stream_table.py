"""Emitters of joins of a stream with a table, and lines that look a table up."""

from __future__ import annotations

from attrs import evolve

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.lines import Flow, Lines, Side, call, drop
from streamz_core.operators.tables.tables import (
    filtered,
    key_bytes,
    mapped,
    read_row,
    row_value,
    row_value_read,
)
from streamz_core.topology.nodes import (
    StoreSpec,
    StreamTableJoin,
    TableFilter,
    TableMapValues,
    TableNode,
    TableSource,
    ToTable,
)
from streamz_core.topology.tables import table_of


def stream_table_join(lines: Lines, node: StreamTableJoin, _port: int, flow: Flow) -> None:
    """Kafka: KStreamKTableJoinProcessor. Only the stream triggers; its time and headers stay.

    A left join keeps a record with a null key and joins it with null (KIP-962).
    """
    value_null = flow.value.is_null(looked_at=True)
    tests = [value_null] if node.left_outer else [flow.key.is_null(), value_null]
    nulls = [test for test in tests if test != "False"]
    if not nulls:
        _join(lines, node, flow)
        return
    with lines.block(f"if {' or '.join(nulls)}:"):
        key_null = flow.key.is_null()
        drop(
            lines,
            "'null-value'" if node.left_outer else f"'null-key' if {key_null} else 'null-value'",
        )
    with lines.block("else:"):
        flow = evolve(flow.copy(), value=flow.value.not_null())
        _join(lines, node, flow if node.left_outer else flow.with_key())


def _join(lines: Lines, node: StreamTableJoin, flow: Flow) -> None:
    table = table_of(node)
    if not node.left_outer:
        found = look_up(lines, table, flow)
        with lines.block(f"if not ({found.is_null()}):"):
            _forward(lines, node, flow.copy(), found.not_null().obj(lines))
        return
    if not flow.key.nullable:
        _forward(lines, node, flow, look_up(lines, table, flow).obj(lines))
        return
    right = lines.fresh("right")
    with lines.block(f"if {flow.key.is_null()}:"):
        lines.add(f"{right} = None")
    with lines.block("else:"):
        lines.add(f"{right} = {look_up(lines, table, flow.with_key()).obj(lines)}")
    _forward(lines, node, flow, right)


def _forward(lines: Lines, node: StreamTableJoin, flow: Flow, right: str) -> None:
    joined = lines.fresh("value")
    lines.add(f"{joined} = {call(lines, node.fn, flow, flow.value.obj(lines), right)}")
    lines.forward(evolve(flow, value=Side(node.value, obj=joined)))


def look_up(lines: Lines, table: TableNode, flow: Flow) -> Side:
    """The current value of a table under the key of the flow: stored, or derived from above."""
    store = lines.table(table).store
    if store is not None:
        return _stored(lines, table, store, flow)
    parent = table.parents[0]
    assert isinstance(parent, TableNode), f"{table.name} has no store and no table above it"
    value = look_up(lines, parent, flow)
    if isinstance(table, TableFilter):
        return filtered(lines, table, flow, value)
    assert isinstance(table, TableMapValues), f"{table.name} cannot be looked up"
    return mapped(lines, table, flow, value)


def _stored(lines: Lines, table: TableNode, store: StoreSpec, flow: Flow) -> Side:
    names = lines.store(store)
    if store.kind != "window":
        key = key_bytes(lines, store, flow.key)
        row = read_row(lines, names.live, key)
        if isinstance(table, TableSource | ToTable):
            return row_value_read(lines, names, row, key)
        return row_value(lines, store, row)
    assert isinstance(table.key, WindowedCodec), f"{table.name} has windowed keys"
    raw, row = flow.key.raw(lines, table.key), lines.fresh("row")
    start = f"int.from_bytes({raw}[-8:], 'big')"
    lines.add(f"{row} = {names.store}.visible({raw}[:-8], {start})")
    return row_value(lines, store, row)
