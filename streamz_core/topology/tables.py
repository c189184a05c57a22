"""Which tables have a store, and which changes carry their old value.

The rules are Kafka's (KTableImpl.enableSendingOldValues, KTableSource.materialize, the constructor of
KTableFilter), taken step by step in order of declaration: what a step asks of the tables above it
depends on what was asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import define, frozen

from streamz_core.topology.nodes import (
    Aggregate,
    Node,
    StoreSpec,
    StreamTableJoin,
    TableFilter,
    TableMapValues,
    TableNode,
    TableSource,
    ToTable,
)


@frozen
class Table:
    """What was decided for a table: its store, if it has one, and whether it sends old values."""

    store: StoreSpec | None
    sends_old: bool


@define
class _Draft:
    store: StoreSpec | None
    sends_old: bool = False


def decide_tables(nodes: Iterable[Node]) -> Mapping[Node, Table]:
    """The decision for every table among `nodes`, which stand in order of declaration."""
    drafts: dict[Node, _Draft] = {}
    for node in nodes:
        if isinstance(node, TableNode):
            drafts[node] = _Draft(_store_given(node))
        if isinstance(node, TableFilter):
            # A filter takes old values where they cost nothing; it never causes a store.
            drafts[node].sends_old = _send_old(drafts, _above(node), force=False)
        if isinstance(node, StreamTableJoin):
            _make_readable(drafts, table_of(node))
    return {node: Table(draft.store, draft.sends_old) for node, draft in drafts.items()}


def table_of(join: StreamTableJoin) -> TableNode:
    """The right side of a stream-table join."""
    table = join.parents[1]
    assert isinstance(table, TableNode), f"{join.name} joins {table.name}, which is no table"
    return table


def is_derived(table: TableNode) -> bool:
    """Whether the rows of the table follow from those of its parent, row by row."""
    return isinstance(table, TableFilter | TableMapValues)


def hidden_store_name(table: Node) -> str:
    """The name of a store that nobody asked for: a source's is that of its topic."""
    return table.topic.name if isinstance(table, TableSource) else table.name


def _store_given(table: TableNode) -> StoreSpec | None:
    return table.store if isinstance(table, Aggregate) else table.materialized


def _above(table: Node) -> TableNode:
    parent = table.parents[0]
    assert isinstance(parent, TableNode), f"{table.name} hangs on {parent.name}, which is no table"
    return parent


def _send_old(drafts: dict[Node, _Draft], table: TableNode, *, force: bool) -> bool:
    """Ask a table for old values; `force` makes a source store its rows for it."""
    draft = drafts[table]
    if is_derived(table):
        granted = draft.store is not None or _send_old(drafts, _above(table), force=force)
    else:
        if draft.store is None and force:
            draft.store = _hidden(table)
        granted = draft.store is not None
    draft.sends_old = draft.sends_old or granted
    return granted


def _make_readable(drafts: dict[Node, _Draft], table: TableNode) -> None:
    """See to it that rows of the table can be looked up: in its own store or through its parents."""
    while drafts[table].store is None and is_derived(table):
        table = _above(table)
    if drafts[table].store is None:
        drafts[table].store = _hidden(table)


def _hidden(table: TableNode) -> StoreSpec:
    assert isinstance(table, TableSource | ToTable), f"{table.name} always has a store"
    return StoreSpec(hidden_store_name(table), "timestamped", key=table.key, value=table.value)
