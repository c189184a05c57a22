"""Emitters of table steps, and the lines that read and write rows of a store."""

from __future__ import annotations

from attrs import evolve

from streamz_core.operators.lines import Flow, Lines, Side, StoreNames, call
from streamz_core.operators.rows import EPOCH, RAW, TIMESTAMP, UNREAD, VALUE
from streamz_core.topology.nodes import (
    Func,
    StoreSpec,
    TableFilter,
    TableMapValues,
    TableSource,
    ToStream,
    ToTable,
)

# ---- rows


def key_bytes(lines: Lines, spec: StoreSpec, key: Side) -> str:
    """The variable with the key as the store knows it."""
    return key.raw(lines, spec.key)


def read_row(lines: Lines, names: StoreNames, key: str) -> str:
    """A variable with the row of `key`, loaded if need be."""
    row = lines.fresh("row")
    lines.add(f"{row} = {names.live}[{key}]")
    return row


def blind_row(lines: Lines, names: StoreNames, key: str) -> str:
    """The same for a row that is overwritten without a look: nothing is loaded."""
    row = lines.fresh("row")
    lines.add(f"{row} = {names.live}.get({key})")
    with lines.block(f"if {row} is None:"):
        lines.add(f"{row} = {names.live}.blank({key})")
    return row


def row_value(lines: Lines, spec: StoreSpec, row: str, *, unread: bool = False) -> Side:
    """The value of a row. `unread`: the store also takes values of which only the bytes are known."""
    assert spec.value is not None, f"store {spec.name} has no value codec"
    if not spec.value.immutable:
        raw = lines.fresh("raw")
        lines.add(f"{raw} = {row}[{VALUE}]")
        return Side(spec.value, raw=raw)
    value = lines.fresh("value")
    lines.add(f"{value} = {row}[{VALUE}]")
    if unread:
        decode = lines.constant(f"decode_{spec.value.name}", spec.value.decode)
        with lines.block(f"if {value} is {lines.constant('UNREAD', UNREAD)}:"):
            lines.add(f"{value} = {row}[{VALUE}] = {decode}({row}[{RAW}])")
    return Side(spec.value, obj=value)


def write_row(  # noqa: PLR0913 - the parts of a row
    lines: Lines, names: StoreNames, row: str, value: Side, timestamp: str, *, touched: str = ""
) -> None:
    """Lines that put a value into a row; `touched` takes a row that was clean."""
    codec = names.spec.value
    assert codec is not None, f"store {names.spec.name} has no value codec"
    made = _cells(lines, value) if codec.immutable else {VALUE: value.raw(lines, codec)}
    with lines.block(f"if {row}[{EPOCH}] is not {names.epoch}:"):
        lines.add(f"{row}[{EPOCH}] = {names.epoch}")
        lines.add(f"{touched or names.touched}({row})")
    lines.add(f"{row}[{TIMESTAMP}] = {timestamp}")
    for place, cell in made.items():
        lines.add(f"{row}[{place}] = {cell}")


def _cells(lines: Lines, value: Side) -> dict[int, str]:
    if value.raw_name is None:
        return {VALUE: value.obj(lines), RAW: "None"}
    if value.has_object():
        return {VALUE: value.obj(lines), RAW: value.raw_name}
    unread = lines.constant("UNREAD", UNREAD)
    cell = f"None if {value.raw_name} is None else {unread}" if value.nullable else unread
    return {VALUE: cell, RAW: value.raw_name}


# ---- steps


def table_source(lines: Lines, node: TableSource | ToTable, flow: Flow) -> None:
    """Kafka: KTableSource. In order of arrival: an older timestamp overwrites a newer one."""
    if not flow.key.nullable:
        _store_change(lines, node, flow)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        lines.drop("'null-key'")
    with lines.block("else:"):
        _store_change(lines, node, flow.with_key())


def _store_change(lines: Lines, node: TableSource | ToTable, flow: Flow) -> None:
    table = lines.table(node)
    if table.store is None:
        lines.forward(flow)
        return
    names = lines.store(table.store)
    key = key_bytes(lines, table.store, flow.key)
    if table.sends_old:
        row = read_row(lines, names, key)
        old: Side | None = row_value(lines, table.store, row, unread=True)
    else:
        row, old = blind_row(lines, names, key), None
    # A value that nobody looks at here stays bytes until a join does.
    codec, value = table.store.value, flow.value
    if codec is not None and value.has_raw(codec):
        value = Side(codec, raw=value.raw_name, nullable=value.nullable)
    write_row(lines, names, row, value, flow.timestamp)
    lines.forward(evolve(flow, old=old))


def filter_table(lines: Lines, node: TableFilter, flow: Flow) -> None:
    """Kafka: KTableFilter. What does not pass becomes a delete."""
    new = filtered(lines, node, flow, flow.value)
    table = lines.table(node)
    row, old = _row_and_old(lines, table.store, flow, sends_old=table.sends_old)
    if table.sends_old and old is None:
        assert flow.old is not None, f"the table above {node.name} sends old values"
        old = filtered(lines, node, flow, flow.old)
    if old is None:
        _pass_change(lines, table.store, row, flow, new, old)
        return
    # Nothing there before and nothing now: no delete of what was never there.
    with lines.block(f"if not ({new.is_null()} and {old.is_null()}):"):
        _pass_change(lines, table.store, row, flow.copy(), new.copy(), old.copy())


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


def map_table(lines: Lines, node: TableMapValues, flow: Flow) -> None:
    """Kafka: KTableMapValues; with `on_null` KTableTransformValues."""
    new = mapped(lines, node, flow, flow.value)
    table = lines.table(node)
    row, old = _row_and_old(lines, table.store, flow, sends_old=table.sends_old)
    if table.sends_old and old is None:
        assert flow.old is not None, f"the table above {node.name} sends old values"
        old = mapped(lines, node, flow, flow.old)
    _pass_change(lines, table.store, row, flow, new, old)


def mapped(lines: Lines, node: TableMapValues, flow: Flow, value: Side) -> Side:
    """The side that holds the mapped value; null stays null unless the function wants it."""
    obj = value.obj(lines)
    made = call(lines, node.fn, flow, obj)
    new = lines.fresh("value")
    lines.add(f"{new} = {made}" if node.on_null else f"{new} = None if {obj} is None else {made}")
    return Side(node.value, obj=new)


def _row_and_old(
    lines: Lines, store: StoreSpec | None, flow: Flow, *, sends_old: bool
) -> tuple[str, Side | None]:
    """The row of the change in the table's own store, if there is one, and the value in it."""
    if store is None:
        return "", None
    names, key = lines.store(store), key_bytes(lines, store, flow.key)
    if not sends_old:
        return blind_row(lines, names, key), None
    row = read_row(lines, names, key)
    return row, row_value(lines, store, row)


def _pass_change(  # noqa: PLR0913 - a change and where it goes
    lines: Lines, store: StoreSpec | None, row: str, flow: Flow, new: Side, old: Side | None
) -> None:
    if store is not None:
        new.obj(lines)
        write_row(lines, lines.store(store), row, new, flow.timestamp)
    lines.forward(evolve(flow, value=new, old=old))


def to_stream(lines: Lines, node: ToStream, flow: Flow) -> None:
    """Kafka: KTableImpl.toStream; a delete becomes a null value."""
    flow = evolve(flow, old=None)
    if node.fn is None:
        lines.forward(flow)
        return
    key = lines.fresh("key")
    lines.add(f"{key} = {_call_with_key(lines, node.fn, flow)}")
    lines.forward(evolve(flow, key=Side(node.key, obj=key)))


def _call_with_key(lines: Lines, fn: Func, flow: Flow) -> str:
    return call(lines, evolve(fn, with_key=True), flow, flow.value.obj(lines))
