"""Emitter of count, reduce and aggregate of a grouped table (Kafka: KTableAggregate, KTableReduce)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.codecs.carried.changes import CAME, LEFT, ChangeCodec, split_change
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.folding import FOLDINGS, wants_old
from streamz_core.operators.tables.waiting import change_time
from streamz_core.stores import by_key
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import row_timestamp, row_value
from streamz_core.topology.nodes import Node, TableAggregate


def aggregate_table(lines: Lines, node: TableAggregate, _port: int, flow: Flow) -> None:
    """What left the group is subtracted before what came is added.

    Nothing is subtracted from a group that is not there. One that comes to null is deleted, which goes
    on also where it was not there before.
    """
    new, old = _values(lines, flow)
    row = by_key.read(lines, node.store, flow.key)
    before = row_value(lines, codecs(node.store)[1], row)
    value, timestamp = lines.fresh("value"), lines.fresh("timestamp")
    with lines.block(f"if {before.is_null()}:"):
        lines.add(f"{value} = None")
        lines.add(f"{timestamp} = {flow.timestamp}")
    with lines.block("else:", flow) as known:
        held = before.not_null().obj(lines)
        lines.add(f"{timestamp} = {row_timestamp(row)}")
        with lines.block(f"if {timestamp} < {flow.timestamp}:"):
            lines.add(f"{timestamp} = {flow.timestamp}")
        _subtract(lines, node, known, old, held, value)
    _add(lines, node, flow, new, value)
    after = Side(node.store.value, obj=value)
    passed = before if wants_old(lines) else None
    time = change_time(lines, node, after, timestamp, flow.timestamp)
    change = evolve(flow, value=after, old=passed, timestamp=timestamp)
    with by_key.put(lines, node.store, change) as taken:
        lines.forward(evolve(taken, timestamp=time))


def _values(lines: Lines, flow: Flow) -> tuple[Side, Side]:
    """The new and the old value that a change carries: bytes, until somebody looks at them."""
    codec = flow.value.codec
    assert isinstance(codec, ChangeCodec), "a grouped table sends changes"
    change = flow.value.raw(lines)
    new, old, flag = lines.fresh("new_raw"), lines.fresh("old_raw"), lines.fresh("flag")
    lines.add(f"{flag} = {change}[-1:]")
    with lines.block(f"if {flag} == {CAME!r}:"):
        lines.add(f"{new}, {old} = {change}[:-1], None")
    with lines.block(f"elif {flag} == {LEFT!r}:"):
        lines.add(f"{new}, {old} = None, {change}[:-1]")
    with lines.block("else:"):
        lines.add(f"{new}, {old} = {lines.constant('split_change', split_change)}({change})")
    return Side(codec.value, raw=new), Side(codec.value, raw=old)


def _subtract(  # noqa: PLR0913 - what there is and what comes of it
    lines: Lines, node: TableAggregate, flow: Flow, old: Side, held: str, value: str
) -> None:
    folding = FOLDINGS[node.kind]
    with lines.block(f"if {old.is_null()}:"):
        lines.add(f"{value} = {held}")
    with lines.block("else:", evolve(flow, old=old.not_null())) as left:
        assert left.old is not None
        gone = left.old.obj(lines) if folding.looks else ""
        lines.add(f"{value} = {folding.leaving(lines, node, left, held, gone)}")


def _add(lines: Lines, node: TableAggregate, flow: Flow, new: Side, value: str) -> None:
    folding = FOLDINGS[node.kind]
    with lines.block(f"if not ({new.is_null()}):", evolve(flow, value=new.not_null())) as came:
        added = came.value.obj(lines) if folding.looks else ""
        with lines.block(f"if {value} is None:", came) as first:
            lines.add(f"{value} = {folding.first(lines, node, first, added)}")
        with lines.block("else:", came) as following:
            lines.add(f"{value} = {folding.following(lines, node, following, value, added)}")


EMITTERS: Mapping[type[Node], Emitter] = {TableAggregate: aggregate_table}
