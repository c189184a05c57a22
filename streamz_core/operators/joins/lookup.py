"""Lines that look up the current value of a table: stored, or derived from the tables above."""

from __future__ import annotations

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.operators.joins import joined_rows
from streamz_core.operators.tables import derived, suppress
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
    find = THROUGH.get(type(table))
    assert find is not None, f"{table.name} has no store and cannot be looked up"
    return find(lines, table, flow, look_up)


def look_up_at(lines: Lines, table: TableNode, flow: Flow) -> Found:
    """The row of a versioned table, under the key of the flow, that was valid at its time."""
    store = lines.table(table).store
    if store is not None:
        find_at = kind_of(store).look_up_at
        assert find_at is not None, f"store {store.name} keeps no versions"
        return find_at(lines, store, flow.key, flow.timestamp)
    return THROUGH[type(table)](lines, table, flow, look_up_at)


THROUGH = {**derived.THROUGH, **joined_rows.THROUGH, **suppress.THROUGH}
