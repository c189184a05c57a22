"""Lines that look up the current value of a table: stored, or derived from the tables above."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.operators.tables.derived import DERIVED
from streamz_core.stores.kind import Found
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import TableNode
from streamz_core.topology.traits import Rows, traits_of


def look_up(lines: Lines, table: TableNode, flow: Flow) -> Found:
    """The current row of a table under the key of the flow."""
    store = lines.table(table).store
    if store is not None:
        unread = traits_of(table).rows is Rows.ARRIVING
        return kind_of(store).look_up(lines, store, flow.key, unread=unread)
    derive = DERIVED.get(type(table))
    assert derive is not None, f"{table.name} has no store and cannot be looked up"
    parent: Any = table.parents[0]
    above = look_up(lines, parent, flow)
    row = evolve(flow, timestamp=above.timestamp, headers="()")
    return evolve(above, value=derive(lines, table, row, above.value))
