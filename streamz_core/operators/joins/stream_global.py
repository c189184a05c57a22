"""Emitter of joins of a stream with a global table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from attrs import evolve

from streamz_core.lines.calls import call, drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.joins.present import present
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import GlobalTable, Node, StreamGlobalJoin


def stream_global_join(lines: Lines, node: StreamGlobalJoin, _port: int, flow: Flow) -> None:
    """Kafka: KStreamGlobalKTableJoin. Only the stream triggers; its key, time and headers stay.

    A record without a value is dropped before it is asked for the key of a row, which a function of
    Python would rarely survive; Kafka asks, and drops it then.
    """
    with present(lines, flow, keyless=True) as record:
        key = lines.fresh("row_key")
        made = call(lines, node.select, record, record.value.obj(lines))
        lines.add(f"{key} = {made}")
        _left(lines, node, record, key) if node.left_outer else _inner(lines, node, record, key)


def _inner(lines: Lines, node: StreamGlobalJoin, flow: Flow, key: str) -> None:
    with lines.block(f"if {key} is None:"):
        drop(lines, "'null-key'")
    with lines.block("else:", flow) as keyed:
        row = _look_up(lines, node, key)
        with lines.block(f"if not ({row.is_null()}):", keyed) as matched:
            _forward(lines, node, matched, key, row.not_null().obj(lines))


def _left(lines: Lines, node: StreamGlobalJoin, flow: Flow, key: str) -> None:
    right = lines.fresh("right")
    with lines.block(f"if {key} is None:"):
        lines.add(f"{right} = None")
    with lines.block("else:"):
        lines.add(f"{right} = {_look_up(lines, node, key).obj(lines)}")
    _forward(lines, node, flow, key, right)


def _look_up(lines: Lines, node: StreamGlobalJoin, key: str) -> Side:
    table = cast("GlobalTable", node.parents[1])
    found = Side(table.key, obj=key, nullable=False)
    return kind_of(table.kept).look_up(lines, table.kept, found, unread=True).value


def _forward(lines: Lines, node: StreamGlobalJoin, flow: Flow, key: str, right: str) -> None:
    keys = (key,) if node.both_keys else ()
    joined = lines.fresh("value")
    made = call(lines, node.fn, flow, *keys, flow.value.obj(lines), right)
    lines.add(f"{joined} = {made}")
    lines.forward(evolve(flow, value=Side(node.value, obj=joined)))


EMITTERS: Mapping[type[Node], Emitter] = {StreamGlobalJoin: stream_global_join}
