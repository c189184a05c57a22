"""Emitters of table steps, and the lines that read and write rows of a store."""

from __future__ import annotations

from attrs import evolve

from streamz_core.lines.lines import Flow, Lines, Side, StoreNames, call, columnar, drop
from streamz_core.stores.rows import ABSENT, RAW, TIMESTAMP, UNREAD, VALUE
from streamz_core.topology.nodes import (
    AnyCodec,
    StoreSpec,
    TableFilter,
    TableMapValues,
    TableSource,
    ToStream,
    ToTable,
)
from streamz_core.topology.tables import Table

# ---- rows


def key_bytes(lines: Lines, spec: StoreSpec, key: Side) -> str:
    """The variable with the key as the store knows it."""
    return key.raw(lines, spec.key)


def read_row(lines: Lines, rows: str, key: str) -> str:
    """A variable with the row of `key` in `rows`, loaded if need be."""
    row, absent = lines.fresh("row"), lines.constant("ABSENT", ABSENT)
    lines.add(f"{row} = {rows}.get({key})")
    with lines.block(f"if {row} is None:"):
        lines.add(f"{row} = {absent} if {rows}.whole else {rows}.load({key})")
    return row


def row_value(lines: Lines, spec: StoreSpec, row: str) -> Side:
    """The value of a row whose value is never UNREAD."""
    value = lines.fresh("value")
    lines.add(f"{value} = {row}[{VALUE}]")
    codec = value_codec(spec)
    return Side(codec, obj=value) if codec.immutable else Side(codec, raw=value)


def row_value_read(lines: Lines, names: StoreNames, row: str, key: str) -> Side:
    """The value of a row of a table that also keeps values of which only the bytes are known.

    The object is kept, so that it is made once for many lookups.
    """
    side, codec = row_value(lines, names.spec, row), value_codec(names.spec)
    if codec.immutable:
        value = side.obj(lines)
        decode = lines.constant(f"decode_{codec.name}", codec.decode)
        with lines.block(f"if {value} is {lines.constant('UNREAD', UNREAD)}:"):
            lines.add(f"{value} = {decode}({row}[{RAW}])")
            cells = f"{value}, {row}[{TIMESTAMP}], {row}[{RAW}]"
            lines.add(f"{names.live}[{key}] = ({cells})")
    return side


def write_row(
    lines: Lines, spec: StoreSpec, places: tuple[str, str], value: Side, timestamp: str
) -> None:
    """The line that puts a row into both `places`: live rows and dirty rows, each with its key."""
    codec = value_codec(spec)
    # Bytes are made once for the store and for what comes behind it, unless columns are faster.
    if codec.immutable and value.raw_name is None and not columnar(codec):
        value.stored_in = spec.name
        if lines.wants_bytes(spec.name):
            value.raw(lines, codec)
    made = _cells(lines, value) if codec.immutable else (value.raw(lines, codec), "None")
    lines.add(f"{' = '.join(places)} = ({made[0]}, {timestamp}, {made[1]})")


def row_places(names: StoreNames, key: str) -> tuple[str, str]:
    """Where a row of a key-value store is written."""
    return f"{names.live}[{key}]", f"{names.dirty}[{key}]"


def value_codec(spec: StoreSpec) -> AnyCodec:
    """The codec of a store's values, which the plan has made sure of."""
    assert spec.value is not None, f"store {spec.name} has no value codec"
    return spec.value


def _cells(lines: Lines, value: Side) -> tuple[str, str]:
    if value.raw_name is None:
        return value.obj(lines), "None"
    if value.has_object():
        return value.obj(lines), value.raw_name
    unread = lines.constant("UNREAD", UNREAD)
    cell = f"None if {value.raw_name} is None else {unread}" if value.nullable else unread
    return cell, value.raw_name


# ---- steps


def table_source(lines: Lines, node: TableSource | ToTable, _port: int, flow: Flow) -> None:
    """Kafka: KTableSource. In order of arrival: an older timestamp overwrites a newer one."""
    if not flow.key.nullable:
        _store_change(lines, node, flow)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key'")
    with lines.block("else:"):
        _store_change(lines, node, flow.with_key())


def _store_change(lines: Lines, node: TableSource | ToTable, flow: Flow) -> None:
    table = lines.table(node)
    if table.store is None:
        lines.forward(flow)
        return
    names = lines.store(table.store)
    key = key_bytes(lines, table.store, flow.key)
    old: Side | None = None
    if table.sends_old:
        old = row_value_read(lines, names, read_row(lines, names.live, key), key)
    # A value that nobody looks at here stays bytes until a join does.
    codec, value = value_codec(table.store), flow.value
    if value.has_raw(codec):
        value = Side(codec, raw=value.raw_name, nullable=value.nullable)
    write_row(lines, table.store, row_places(names, key), value, flow.timestamp)
    lines.forward(evolve(flow, old=old))


def filter_table(lines: Lines, node: TableFilter, _port: int, flow: Flow) -> None:
    """Kafka: KTableFilter. What does not pass becomes a delete."""
    new = filtered(lines, node, flow, flow.value)
    table = lines.table(node)
    old = _old(lines, table, flow)
    if table.sends_old and old is None:
        assert flow.old is not None, f"the table above {node.name} sends old values"
        old = filtered(lines, node, flow, flow.old)
    if old is None:
        _pass_change(lines, table.store, flow, new, old)
        return
    # Nothing there before and nothing now: no delete of what was never there.
    with lines.block(f"if not ({new.is_null()} and {old.is_null()}):"):
        _pass_change(lines, table.store, flow.copy(), new.copy(), old.copy())


def filtered(lines: Lines, node: TableFilter, flow: Flow, value: Side) -> Side:
    """The side that holds `value` if it passes the filter, null if not."""
    obj = value.obj(lines)
    test = call(lines, node.fn, flow, obj)
    keep = lines.fresh("keep")
    lines.add(f"{keep} = {obj} is not None and {'not ' if node.negate else ''}{test}")
    new_obj = lines.fresh("value")
    lines.add(f"{new_obj} = {obj} if {keep} else None")
    if value.raw_name is None:
        return Side(value.codec, obj=new_obj)
    raw = lines.fresh("raw")
    lines.add(f"{raw} = {value.raw_name} if {keep} else None")
    return Side(value.codec, raw=raw, obj=new_obj)


def map_table(lines: Lines, node: TableMapValues, _port: int, flow: Flow) -> None:
    """Kafka: KTableMapValues; with `on_null` KTableTransformValues."""
    new = mapped(lines, node, flow, flow.value)
    table = lines.table(node)
    old = _old(lines, table, flow)
    if table.sends_old and old is None:
        assert flow.old is not None, f"the table above {node.name} sends old values"
        old = mapped(lines, node, flow, flow.old)
    _pass_change(lines, table.store, flow, new, old)


def mapped(lines: Lines, node: TableMapValues, flow: Flow, value: Side) -> Side:
    """The side that holds the mapped value; null stays null unless the function wants it."""
    obj = value.obj(lines)
    made = call(lines, node.fn, flow, obj)
    new = lines.fresh("value")
    lines.add(f"{new} = {made}" if node.on_null else f"{new} = None if {obj} is None else {made}")
    return Side(node.value, obj=new)


def _old(lines: Lines, table: Table, flow: Flow) -> Side | None:
    """The old value in the table's own store, if it has one and somebody wants it."""
    if table.store is None or not table.sends_old:
        return None
    names, key = lines.store(table.store), key_bytes(lines, table.store, flow.key)
    return row_value(lines, table.store, read_row(lines, names.live, key))


def _pass_change(
    lines: Lines, store: StoreSpec | None, flow: Flow, new: Side, old: Side | None
) -> None:
    if store is not None:
        new.obj(lines)
        places = row_places(lines.store(store), key_bytes(lines, store, flow.key))
        write_row(lines, store, places, new, flow.timestamp)
    lines.forward(evolve(flow, value=new, old=old))


def to_stream(lines: Lines, _node: ToStream, _port: int, flow: Flow) -> None:
    """Kafka: KTableImpl.toStream; a delete becomes a null value."""
    lines.forward(evolve(flow, old=None))
