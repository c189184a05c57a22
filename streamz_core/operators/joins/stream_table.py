"""Emitter of joins of a stream with a table."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.joins.lookup import look_up
from streamz_core.operators.joins.present import present
from streamz_core.topology.nodes import Node, StreamTableJoin
from streamz_core.topology.tables import table_of


def stream_table_join(lines: Lines, node: StreamTableJoin, _port: int, flow: Flow) -> None:
    """Kafka: KStreamKTableJoinProcessor. Only the stream triggers; its time and headers stay.

    A left join keeps a record with a null key and joins it with null (KIP-962).
    """
    with present(lines, flow, keyless=node.left_outer) as record:
        _join(lines, node, record)


def _join(lines: Lines, node: StreamTableJoin, flow: Flow) -> None:
    table = table_of(node)
    if not node.left_outer:
        found = look_up(lines, table, flow).value
        with lines.block(f"if not ({found.is_null()}):", flow) as matched:
            _forward(lines, node, matched, found.not_null().obj(lines))
        return
    if not flow.key.nullable:
        _forward(lines, node, flow, look_up(lines, table, flow).value.obj(lines))
        return
    right = lines.fresh("right")
    with lines.block(f"if {flow.key.is_null()}:"):
        lines.add(f"{right} = None")
    with lines.block("else:", flow.with_key()) as keyed:
        lines.add(f"{right} = {look_up(lines, table, keyed).value.obj(lines)}")
    _forward(lines, node, flow, right)


def _forward(lines: Lines, node: StreamTableJoin, flow: Flow, right: str) -> None:
    joined = lines.fresh("value")
    lines.add(f"{joined} = {call(lines, node.fn, flow, flow.value.obj(lines), right)}")
    lines.forward(evolve(flow, value=Side(node.value, obj=joined)))


EMITTERS: Mapping[type[Node], Emitter] = {StreamTableJoin: stream_table_join}
