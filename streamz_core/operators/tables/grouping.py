"""Emitter of a table's grouping by another key (Kafka: KTableRepartitionMap).

A change becomes what it is to groups: an old value leaves one, a new value comes to one. Where both are
of one group they go together, so that the group changes once.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from streamz_core.codecs.carried.changes import CAME, LEFT, ChangeCodec, join_change
from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.tables.changes import latest_change
from streamz_core.topology.nodes import Node, TableGroupBy


@frozen
class _Member:
    """Variables with what a value is in its group: the key, its bytes, the value's bytes.

    None where it is in no group: null, or with a null key or value there.
    """

    key: str
    key_raw: str
    raw: str


def group_table(lines: Lines, node: TableGroupBy, _port: int, flow: Flow) -> None:
    """Keys are equal if their bytes are. A change with neither value in a group ends here."""
    with latest_change(lines, flow) as latest:
        _regroup(lines, node, latest)


def _regroup(lines: Lines, node: TableGroupBy, flow: Flow) -> None:
    assert flow.old is not None, f"the table above {node.name} sends old values"
    if node.fn.with_key:
        flow.key.obj(lines)  # once for both values
    new, old = _member(lines, node, flow, flow.value), _member(lines, node, flow, flow.old)
    stayed = f"{new.key_raw} is not None and {new.key_raw} == {old.key_raw}"
    with lines.block(f"if {stayed}:", flow) as both:
        joined = lines.constant("join_change", join_change)
        _forward(lines, node, both, new, f"{joined}({new.raw}, {old.raw})")
    with lines.block("else:"):
        for member, flag in ((old, LEFT), (new, CAME)):
            with lines.block(f"if {member.key_raw} is not None:", flow) as one:
                _forward(lines, node, one, member, f"{member.raw} + {flag!r}")


def _member(lines: Lines, node: TableGroupBy, flow: Flow, value: Side) -> _Member:
    made = _Member(lines.fresh("group"), lines.fresh("group_raw"), lines.fresh("raw"))
    lines.add(f"{made.key} = {made.key_raw} = {made.raw} = None")
    with lines.block(f"if not ({value.is_null()}):", evolve(flow, value=value)) as present:
        held = present.value.not_null()
        obj = held.obj(lines)
        if node.pairs:
            _put_pair(lines, node, made, call(lines, node.fn, present, obj))
        else:
            raw = held.raw(lines, _changes(node).value)  # before a function could change the object
            lines.add(f"{made.key} = {call(lines, node.fn, present, obj)}")
            with lines.block(f"if {made.key} is not None:"):
                _put(lines, node, made, raw)
    return made


def _put_pair(lines: Lines, node: TableGroupBy, made: _Member, pair: str) -> None:
    value = lines.fresh("value")
    lines.add(f"{made.key}, {value} = {pair}")
    with lines.block(f"if {made.key} is not None and {value} is not None:"):
        side = Side(_changes(node).value, obj=value, nullable=False)
        _put(lines, node, made, side.raw(lines))


def _put(lines: Lines, node: TableGroupBy, made: _Member, raw: str) -> None:
    key = Side(node.key, obj=made.key, nullable=False)
    lines.add(f"{made.raw} = {raw}")
    lines.add(f"{made.key_raw} = {key.raw(lines)}")


def _forward(lines: Lines, node: TableGroupBy, flow: Flow, member: _Member, change: str) -> None:
    raw = lines.fresh("change")
    lines.add(f"{raw} = {change}")
    key = Side(node.key, raw=member.key_raw, obj=member.key, nullable=False)
    value = Side(node.value, raw=raw, nullable=False)
    lines.forward(evolve(flow, key=key, value=value, old=None))


def _changes(node: TableGroupBy) -> ChangeCodec:
    assert isinstance(node.value, ChangeCodec), f"{node.name} puts out changes"
    return node.value


EMITTERS: Mapping[type[Node], Emitter] = {TableGroupBy: group_table}
