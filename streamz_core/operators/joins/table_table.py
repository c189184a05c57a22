"""Emitter of joins of two tables by key (Kafka: KTableKTableInnerJoin, LeftJoin, RightJoin, OuterJoin)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.joins.joined_rows import joined
from streamz_core.operators.joins.lookup import look_up
from streamz_core.operators.tables.changes import latest_change, pass_change, stored_before
from streamz_core.stores.kind import Found
from streamz_core.topology.nodes import Node, TableTableJoin


@frozen
class _Way:
    """The join as a change of one side sees it. `outer`: whether rows of this side stand by themselves."""

    other: Any
    outer: bool
    is_left: bool

    def sides(self, own: Side, other: Side) -> tuple[Side, Side]:
        """Left and right."""
        return (own, other) if self.is_left else (other, own)


def _way(node: TableTableJoin, port: int) -> _Way:
    left, right = node.parents
    if port == 0:
        return _Way(right, node.left_outer, is_left=True)
    return _Way(left, node.right_outer, is_left=False)


def table_table_join(lines: Lines, node: TableTableJoin, port: int, flow: Flow) -> None:
    """A change of either side meets the other's row as it is now.

    Nothing follows where there was no row of the join and is none: an inner side cannot tell, so it goes
    by the other's row alone, and a delete may be of what never was.
    """
    with latest_change(lines, flow) as latest:
        _join(lines, node, _way(node, port), latest)


def _join(lines: Lines, node: TableTableJoin, way: _Way, flow: Flow) -> None:
    found = look_up(lines, way.other, flow)
    other = found.value
    if way.outer:
        assert flow.old is not None, f"the table above {node.name} sends old values"
        nulls = [side.is_null() for side in (other, flow.value, flow.old)]
        with lines.block(f"if not ({' and '.join(nulls)}):", flow) as changed:
            _change(lines, node, way, changed, found)
        return
    with lines.block(f"if not ({other.is_null()}):", flow) as changed:
        _change(lines, node, way, changed, evolve(found, value=other.not_null()))


def _change(lines: Lines, node: TableTableJoin, way: _Way, flow: Flow, found: Found) -> None:
    """The change of the join's row, at the later time of the two."""
    timestamp, other = lines.fresh("timestamp"), found.value
    lines.add(f"{timestamp} = {flow.timestamp}")
    there = "" if not other.nullable else f"not ({other.is_null()}) and "
    with lines.block(f"if {there}{found.timestamp} > {timestamp}:"):
        lines.add(f"{timestamp} = {found.timestamp}")
    at = evolve(flow, timestamp=timestamp)
    new = joined(lines, node, at, *way.sides(flow.value, other))
    pass_change(lines, node, at, new, _old(lines, node, way, at, other))


def _old(lines: Lines, node: TableTableJoin, way: _Way, flow: Flow, other: Side) -> Side | None:
    table = lines.table(node)
    if not table.sends_old:
        return None
    if table.store is not None:
        return stored_before(lines, table.store, flow)
    assert flow.old is not None, f"the tables above {node.name} send old values"
    return joined(lines, node, flow, *way.sides(flow.old, other))


EMITTERS: Mapping[type[Node], Emitter] = {TableTableJoin: table_table_join}
