"""Lines of tables that may keep their rows in a store of their own: the row before a change, the change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.keyed.lines import row_place
from streamz_core.stores.kind import Found
from streamz_core.stores.row_lines import read_row, row_value, write_row
from streamz_core.topology.nodes import StoreSpec, TableNode

LookUp = Callable[[Lines, TableNode, Flow], Found]
"""Lines that find the current row of a table under the key of the flow."""

Through = Callable[[Lines, Any, Flow, LookUp], Found]
"""How a table of one kind that has no store is looked up: through the tables above it."""


def stored_before(lines: Lines, store: StoreSpec, flow: Flow) -> Side:
    """The value of the row as it is stored; to be asked before the change is passed on."""
    place = row_place(lines, store, flow.key)
    return row_value(lines, place.codec, read_row(lines, place))


def pass_change(lines: Lines, node: TableNode, flow: Flow, new: Side, old: Side | None) -> None:
    """Store the new value, if the table has a store, and hand the change on at the time of `flow`."""
    store = lines.table(node).store
    if store is not None:
        new.obj(lines)
        write_row(lines, row_place(lines, store, flow.key), new, flow.timestamp)
    lines.forward(evolve(flow, value=new, old=old))
