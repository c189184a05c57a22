"""Which tables have a store, and which changes carry their old value.

The rules are Kafka's (KTableImpl.enableSendingOldValues, KTableSource.materialize, the constructors of
KTableFilter and KTableKTableAbstractJoin), taken step by step in order of declaration: what a step asks of the tables above it
depends on what was asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from attrs import define, frozen

from streamz_core.topology.nodes import Node, StoreSpec, TableNode
from streamz_core.topology.traits import Old, Rows, identity_of, ports_of, rows_given, traits_of


@frozen
class Table:
    """What was decided for a table: its store, if it has one, whether it sends old values, and whether only
    the last change of each row goes on, at the commit; or only what changes the bytes of a row. `asked`: whether it
    sends them because others want them.
    `versioned`: whether its rows have versions: those that its store keeps, or those of the table that they
    follow from.
    """

    store: StoreSpec | None
    sends_old: bool
    at_commit: bool = False
    on_change: bool = False
    asked: bool = False
    versioned: bool = False


@define
class _Draft:
    store: StoreSpec | None
    sends_old: bool = False


def decide_tables(nodes: Iterable[Node], *, at_commit: bool = False) -> Mapping[Node, Table]:
    """The decision for every table among `nodes`, which stand in order of declaration. `at_commit`: of
    those, too, that say nothing themselves.
    """
    drafts: dict[Node, _Draft] = {}
    for node in nodes:
        if traits_of(node).rows is not None:
            drafts[node] = _Draft(rows_given(node))
        for _, port, parent in ports_of(node):
            if port.old is not Old.UNASKED and port.asks_old(node):
                granted = _send_old(drafts, _table(parent), force=port.old is Old.NEEDED)
                if port.old is Old.IF_FREE:
                    drafts[node].sends_old = granted
            if port.looks_up:
                _make_readable(drafts, _table(parent))
    return {node: _decided(drafts, node, everywhere=at_commit) for node in drafts}


def _decided(drafts: Mapping[Node, _Draft], node: Any, *, everywhere: bool) -> Table:
    """Who waits for the commit compares the first old value with the last new one, whoever asks, and who tells
    changes only compares them too. Versions do not wait: each of them is a result (Kafka: versioned stores are not cached).
    """
    draft, versioned = drafts[node], _has_versions(drafts, node)
    waits = draft.store is not None and not versioned and traits_of(node).waits(node)
    on_change = waits and node.on_change
    at_commit = waits and (node.at_commit or (everywhere and not on_change))
    asked = draft.sends_old
    sends_old = asked or at_commit or on_change
    return Table(draft.store, sends_old, at_commit, on_change, asked, versioned)


def table_of(node: Node) -> TableNode:
    """The table that a step of two parents looks into."""
    return next(_table(parent) for _, port, parent in ports_of(node) if port.looks_up)


def is_derived(node: Node) -> bool:
    """Whether the rows of a table follow from those of its parents, row by row."""
    return traits_of(node).rows is Rows.DERIVED


def _table(node: Node) -> TableNode:
    assert traits_of(node).rows is not None, f"{node.name} is no table"
    return cast("TableNode", node)


def _send_old(drafts: dict[Node, _Draft], table: TableNode, *, force: bool) -> bool:
    """Ask a table for old values; `force` makes one that has only arriving rows store them for it."""
    draft, derived = drafts[table], is_derived(table)
    if traits_of(table).old_of_parents:
        for parent in table.parents:
            _send_old(drafts, _table(parent), force=True)
        draft.sends_old = True
        return True
    if draft.store is None and force and not derived:
        draft.store = _hidden(table)
    granted = draft.store is not None
    if derived and not granted:
        asked = [_send_old(drafts, _table(parent), force=force) for parent in table.parents]
        granted = all(asked)
    draft.sends_old = draft.sends_old or granted
    return granted


def _make_readable(drafts: dict[Node, _Draft], table: TableNode) -> None:
    """See to it that rows of the table can be looked up: in its own store or through its parents."""
    draft = drafts[table]
    if draft.store is None and is_derived(table):
        for parent in table.parents:
            _make_readable(drafts, _table(parent))
    elif draft.store is None:
        draft.store = _hidden(table)


def _has_versions(drafts: Mapping[Node, _Draft], table: Node) -> bool:
    store = drafts[table].store
    if store is not None:
        return store.history_ms is not None
    return traits_of(table).versions and _has_versions(drafts, table.parents[0])


def _hidden(table: TableNode) -> StoreSpec:
    """A store that nobody asked for."""
    return StoreSpec(identity_of(table), "timestamped", key=table.key, value=table.value)
