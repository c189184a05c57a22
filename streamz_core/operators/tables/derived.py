"""Emitters of tables whose rows follow from those of their parent, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from streamz_core.lines.calls import call, context_at
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.tables.changes import LookUp, Through, pass_change, stored_before
from streamz_core.stores.kind import Found
from streamz_core.topology.nodes import Node, TableFilter, TableMapValues, TableNode


def filter_table(lines: Lines, node: TableFilter, _port: int, flow: Flow) -> None:
    """Kafka: KTableFilter. What does not pass becomes a delete."""
    new, old = _change(lines, node, flow)
    if old is None or flow.latest or not lines.table(node).asked:
        # A version that is no more may have been seen: its delete is told, as in Kafka.
        pass_change(lines, node, flow, new, old)
        return
    # Nothing there before and nothing now: no delete of what was never there.
    with lines.block(f"if not ({new.is_null()} and {old.is_null()}):", flow) as changed:
        pass_change(lines, node, changed, new.copy(), old.copy())


def filtered(lines: Lines, node: TableFilter, flow: Flow, value: Side) -> Side:
    """The side that holds `value` if it passes the filter, null if not."""
    obj = value.lent(lines)
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
    new, old = _change(lines, node, flow)
    pass_change(lines, node, flow, new, old)


def mapped(lines: Lines, node: TableMapValues, flow: Flow, value: Side) -> Side:
    """The side that holds the mapped value; null stays null unless the function wants it.

    In a lookup the context has the time of the row above, and the place of the record that looks.
    """
    obj = value.obj(lines)
    context = [context_at(lines, flow)] if node.with_context else []
    made = call(lines, node.fn, flow, obj, *context)
    new = lines.fresh("value")
    lines.add(f"{new} = {made}" if node.on_null else f"{new} = None if {obj} is None else {made}")
    return Side(node.value, obj=new)


def _change(lines: Lines, node: TableNode, flow: Flow) -> tuple[Side, Side | None]:
    """The new value, and the old one where somebody wants it: stored, or derived as the new one."""
    derive = DERIVED[type(node)]
    new = derive(lines, node, flow, flow.value)
    table = lines.table(node)
    if not table.sends_old:
        return new, None
    if table.store is not None:
        return new, stored_before(lines, table.store, flow)
    assert flow.old is not None, f"the table above {node.name} sends old values"
    return new, derive(lines, node, flow, flow.old)


def look_up_filtered(lines: Lines, node: TableNode, flow: Flow, look_up: LookUp) -> Found:
    """The row of a table that has no store, from that of its parent."""
    parent: Any = node.parents[0]
    return _derived(lines, node, flow, look_up(lines, parent, flow))


def look_up_mapped(lines: Lines, node: TableMapValues, flow: Flow, look_up: LookUp) -> Found:
    """The same; a function that wants nulls makes a row of none, which has no time.

    One that was deleted may still be at hand with the time of its delete, or not any more.
    """
    parent: Any = node.parents[0]
    above = look_up(lines, parent, flow)
    if node.on_null:
        timestamp = lines.fresh("timestamp")
        lines.add(f"{timestamp} = -1 if {above.value.is_null()} else {above.timestamp}")
        above = evolve(above, timestamp=timestamp)
    return _derived(lines, node, flow, above)


def _derived(lines: Lines, node: TableNode, flow: Flow, above: Found) -> Found:
    row = evolve(flow, timestamp=above.timestamp, headers="()")
    return evolve(above, value=DERIVED[type(node)](lines, node, row, above.value))


EMITTERS: Mapping[type[Node], Emitter] = {TableFilter: filter_table, TableMapValues: map_table}

DERIVED: Mapping[type[Node], Callable[[Lines, Any, Flow, Side], Side]] = {
    TableFilter: filtered,
    TableMapValues: mapped,
}
"""How a row follows from the parent's: also asked where a table without a store is looked up."""

THROUGH: Mapping[type[Node], Through] = {
    TableFilter: look_up_filtered,
    TableMapValues: look_up_mapped,
}
