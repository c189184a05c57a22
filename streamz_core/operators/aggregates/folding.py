"""Lines that fold a value into what is stored, by the kind of aggregate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.initials import of_its_own
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import RowPlace, read_row, row_timestamp, row_value, write_row
from streamz_core.topology.nodes import Aggregate, TableAggregate


@frozen
class Folding:
    """One kind of aggregate: expressions for the first value of a key, for the next, and for one that
    leaves a grouped table.

    They get the variable with the value ("" if it `looks` at none), but for the first what is held too.
    `before`: what the values of merged windows are brought together with, by `merged`, which gets what
    they are so far, and the next; "None" if they begin with the first of them.
    """

    looks: bool
    first: Callable[[Lines, Aggregate, Flow, str], str]
    following: Callable[[Lines, Aggregate, Flow, str, str], str]
    leaving: Callable[[Lines, TableAggregate, Flow, str, str], str]
    before: Callable[[Lines, Aggregate], str]
    merged: Callable[[Lines, Aggregate, Flow, str, str], str]


@frozen
class Folded:
    """What an update made: new and old value, and the timestamp of the new one."""

    new: Side
    old: Side
    timestamp: str


def fold(lines: Lines, node: Aggregate, flow: Flow, place: RowPlace) -> Folded:
    """Read the row, fold, write it; its timestamp is the largest that went into it."""
    folded = fold_onto(lines, node, flow, read_row(lines, place))
    write_row(lines, place, folded.new, folded.timestamp)
    return folded


def fold_onto(lines: Lines, node: Aggregate, flow: Flow, row: str) -> Folded:
    """Fold into the variable `row`, which may hold a row without a value."""
    folding = FOLDINGS[node.kind]
    old = row_value(lines, codecs(node.store)[1], row)
    new, timestamp = lines.fresh("value"), lines.fresh("timestamp")
    value = flow.value.obj(lines) if folding.looks else ""
    with lines.block(f"if {old.is_null()}:", flow) as first:
        lines.add(f"{new} = {folding.first(lines, node, first, value)}")
        lines.add(f"{timestamp} = {flow.timestamp}")
    with lines.block("else:", flow) as following:
        # The function may change what it gets; the old value that goes on is decoded by itself.
        held = old.not_null().obj(lines)
        lines.add(f"{new} = {folding.following(lines, node, following, held, value)}")
        lines.add(f"{timestamp} = {row_timestamp(row)}")
        with lines.block(f"if {timestamp} < {flow.timestamp}:"):
            lines.add(f"{timestamp} = {flow.timestamp}")
    return Folded(Side(node.store.value, obj=new), old, timestamp)


def fold_merged(lines: Lines, node: Aggregate, flow: Flow, rows: str) -> Side:
    """Bring the rows together that `rows` gives, in order, and fold into that.

    Kafka calls the merger with the initial value first, also for a single row.
    """
    folding = FOLDINGS[node.kind]
    merged, new, row = lines.fresh("merged"), lines.fresh("value"), lines.fresh("row")
    value = flow.value.obj(lines) if folding.looks else ""
    before = folding.before(lines, node)
    lines.add(f"{merged} = {before}")
    with lines.block(f"for _, _, {row} in {rows}:", flow) as each:
        held = row_value(lines, codecs(node.store)[1], row).not_null().obj(lines)
        lines.add(f"{merged} = {folding.merged(lines, node, each, merged, held)}")
    if before != "None":
        lines.add(f"{new} = {folding.following(lines, node, flow, merged, value)}")
        return Side(node.store.value, obj=new)
    with lines.block(f"if {merged} is None:", flow) as alone:
        lines.add(f"{new} = {folding.first(lines, node, alone, value)}")
    with lines.block("else:", flow) as more:
        lines.add(f"{new} = {folding.following(lines, node, more, merged, value)}")
    return Side(node.store.value, obj=new)


def wants_old(lines: Lines) -> bool:
    """Whether somebody asked the table, whose lines are written, for old values."""
    return lines.table(lines.node).sends_old


def _one(_: Lines, _node: Aggregate, _flow: Flow, _value: str) -> str:
    return "1"


def _one_more(_: Lines, _node: Aggregate, _flow: Flow, held: str, _value: str) -> str:
    return f"{held} + 1"


def _one_less(_: Lines, _node: TableAggregate, _flow: Flow, held: str, _value: str) -> str:
    return f"{held} - 1"


def _itself(_: Lines, _node: Aggregate, _flow: Flow, value: str) -> str:
    return value


def _none(_: Lines, _node: Aggregate) -> str:
    return "None"


def _sum(_: Lines, _node: Aggregate, _flow: Flow, merged: str, held: str) -> str:
    return f"{held} if {merged} is None else {merged} + {held}"


def _reduced(lines: Lines, node: Aggregate, flow: Flow, merged: str, held: str) -> str:
    return f"{held} if {merged} is None else {_called(lines, node, flow, merged, held)}"


def _initial(lines: Lines, node: Aggregate) -> str:
    assert node.initial is not None, f"{node.name} has no initial value"
    initial = of_its_own(node.initial, codecs(node.store)[1])
    return f"{lines.constant('initial', initial)}()"


def _of_initial(lines: Lines, node: Aggregate, flow: Flow, value: str) -> str:
    return _called(lines, node, flow, _initial(lines, node), value)


def _called(lines: Lines, node: Aggregate, flow: Flow, held: str, value: str) -> str:
    assert node.fn is not None, f"{node.name} has no function"
    return call(lines, node.fn, flow, held, value)


def _subtracted(lines: Lines, node: TableAggregate, flow: Flow, held: str, value: str) -> str:
    assert node.subtract is not None, f"{node.name} has no function that subtracts"
    return call(lines, node.subtract, flow, held, value)


def _merged(lines: Lines, node: Aggregate, flow: Flow, merged: str, held: str) -> str:
    assert node.merge is not None, f"{node.name} has nothing that merges"
    return call(lines, node.merge, flow, merged, held)


FOLDINGS: Mapping[str, Folding] = {
    "count": Folding(
        looks=False,
        first=_one,
        following=_one_more,
        leaving=_one_less,
        before=_none,
        merged=_sum,
    ),
    "reduce": Folding(
        looks=True,
        first=_itself,
        following=_called,
        leaving=_subtracted,
        before=_none,
        merged=_reduced,
    ),
    "aggregate": Folding(
        looks=True,
        first=_of_initial,
        following=_called,
        leaving=_subtracted,
        before=_initial,
        merged=_merged,
    ),
}
