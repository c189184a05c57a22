"""Lines that join the rows of two tables: of a change and a row, or of two rows that are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.tables.changes import LookUp, Through
from streamz_core.stores.kind import Found
from streamz_core.topology.nodes import Node, TableTableJoin


def joined(lines: Lines, node: TableTableJoin, flow: Flow, left: Side, right: Side) -> Side:
    """The value of the join for these two, null where it has no row. Both are had anew by the function,
    which may be called for the old value as well.
    """
    made = lines.fresh("value")
    tests = [test for test in _there(node, left, right) if test != "not (False)"]
    if tests:
        lines.add(f"{made} = None")
        with lines.block(f"if {' and '.join(tests)}:", flow) as inside:
            _call(lines, node, inside, left, right, made)
    else:
        _call(lines, node, flow, left, right, made)
    return Side(node.value, obj=made)


def _there(node: TableTableJoin, left: Side, right: Side) -> list[str]:
    """What must hold for the join to have a row."""
    if node.left_outer and node.right_outer:
        both = [side.is_null() for side in (left, right)]
        return [] if "False" in both else [f"not ({' and '.join(both)})"]
    needed = [*([] if node.right_outer else [left]), *([] if node.left_outer else [right])]
    return [f"not ({side.is_null()})" for side in needed]


def _call(  # noqa: PLR0913 - what goes in, and where it comes out
    lines: Lines, node: TableTableJoin, flow: Flow, left: Side, right: Side, made: str
) -> None:
    arguments = [side.copy().obj(lines) for side in (left, right)]
    lines.add(f"{made} = {call(lines, node.fn, flow, *arguments)}")


def look_up_join(lines: Lines, node: TableTableJoin, flow: Flow, look_up: LookUp) -> Found:
    """The row of a join that has no store: of the rows of its parents, at the time of the later one."""
    left, right = (look_up(lines, parent, flow) for parent in _parents(node))
    timestamp = lines.fresh("timestamp")
    lines.add(f"{timestamp} = -1 if {left.value.is_null()} else {left.timestamp}")
    with lines.block(f"if not ({right.value.is_null()}) and {right.timestamp} > {timestamp}:"):
        lines.add(f"{timestamp} = {right.timestamp}")
    row = evolve(flow, timestamp=timestamp, headers="()")
    return Found(joined(lines, node, row, left.value, right.value), timestamp)


def _parents(node: TableTableJoin) -> tuple[Any, Any]:
    left, right = node.parents
    return left, right


THROUGH: Mapping[type[Node], Through] = {TableTableJoin: look_up_join}
