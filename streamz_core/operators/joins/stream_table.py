"""Emitter of joins of a stream with a table."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Advance, Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.joins.lookup import look_up, look_up_at
from streamz_core.operators.joins.present import present
from streamz_core.stores.kind import Found
from streamz_core.stores.row_lines import overlay
from streamz_core.stores.waiting.rows import WaitingKeyCodec, WaitingRecordsCodec
from streamz_core.topology.nodes import AnyCodec, Node, StoreSpec, StreamTableJoin
from streamz_core.topology.tables import table_of
from streamz_core.topology.times import observed_time


def stream_table_join(lines: Lines, node: StreamTableJoin, _port: int, flow: Flow) -> None:
    """Kafka: KStreamKTableJoinProcessor. Only the stream triggers; its time and headers stay.

    A left join keeps a record with a null key and joins it with null (KIP-962).
    """
    with present(lines, flow, keyless=node.left_outer) as record:
        if node.buffer is None:
            _join(lines, node, record)
        else:
            _wait(lines, node, node.buffer, record)


def _wait(lines: Lines, node: StreamTableJoin, buffer: StoreSpec, flow: Flow) -> None:
    """Records wait until stream time is past their grace, and are joined then in the order of their times; one
    that comes later than that is joined at once (KIP-923), and one without a key, which looks nothing up.

    The step has a time of its own: that of the records which waited.
    """
    keys, codec = _kept(node, buffer)
    observed, store = lines.time(observed_time(node)), overlay(lines, buffer)
    key, value = flow.key.raw(lines, keys), flow.value.raw(lines, codec)
    leaving, until = lines.fresh("leaving"), f"{observed} - {node.grace_ms}"
    record = f"{flow.timestamp}, {key}, {value}, {flow.headers}"
    late = f"{flow.timestamp} < {until}"
    with lines.block(f"if {late if not flow.key.nullable else f'{key} is None or {late}'}:"):
        lines.add(f"{leaving} = [({record})]")
    with lines.block("else:"):
        with lines.block(f"if {flow.timestamp} > {observed}:"):
            lines.add(f"{observed} = {flow.timestamp}")
        lines.add(f"{store}.add({record})")
        lines.add(f"{leaving} = {store}.leaving({until})")
    _leave(lines, node, buffer, leaving, keyless=flow.key.nullable)


def advance(lines: Lines, node: StreamTableJoin, port: int, flow: Flow) -> str:
    """Time comes to the stream without a record: those are joined whose grace is over."""
    if node.buffer is None or port != 0:
        return flow.timestamp
    observed = lines.time(observed_time(node))
    with lines.block(f"if {flow.timestamp} > {observed}:"):
        lines.add(f"{observed} = {flow.timestamp}")
    leaving = f"{overlay(lines, node.buffer)}.leaving({observed} - {node.grace_ms})"
    _leave(lines, node, node.buffer, leaving, keyless=False)
    return f"{flow.timestamp} - {node.grace_ms}"


def _kept(node: StreamTableJoin, buffer: StoreSpec) -> tuple[AnyCodec, AnyCodec]:
    """The codecs of the records that wait."""
    assert isinstance(buffer.key, WaitingKeyCodec), f"{node.name} keeps records"
    assert isinstance(buffer.value, WaitingRecordsCodec), f"{node.name} keeps records"
    return buffer.key.key, buffer.value.value


def _leave(
    lines: Lines, node: StreamTableJoin, buffer: StoreSpec, leaving: str, *, keyless: bool
) -> None:
    """Join the records that leave; `keyless`: some may have no key."""
    keys, codec = _kept(node, buffer)
    names = [lines.fresh(hint) for hint in ("timestamp", "key_raw", "raw", "headers")]
    with lines.block(f"for {', '.join(names)} in {leaving}:"):
        timestamp, key, value, headers = names
        left = Flow(
            key=Side(keys, raw=key, nullable=keyless),
            value=Side(codec, raw=value, nullable=False),
            timestamp=timestamp,
            headers=headers,
        )
        _join(lines, node, left)


def _join(lines: Lines, node: StreamTableJoin, flow: Flow) -> None:
    if not node.left_outer:
        found = _find(lines, node, flow).value
        with lines.block(f"if not ({found.is_null()}):", flow) as matched:
            _forward(lines, node, matched, found.not_null().obj(lines))
        return
    if not flow.key.nullable:
        _forward(lines, node, flow, _find(lines, node, flow).value.obj(lines))
        return
    right = lines.fresh("right")
    with lines.block(f"if {flow.key.is_null()}:"):
        lines.add(f"{right} = None")
    with lines.block("else:", flow.with_key()) as keyed:
        lines.add(f"{right} = {_find(lines, node, keyed).value.obj(lines)}")
    _forward(lines, node, flow, right)


def _find(lines: Lines, node: StreamTableJoin, flow: Flow) -> Found:
    """The table's row as it is now, of a versioned one as it was at the time of the record."""
    table = table_of(node)
    find = look_up_at if lines.table(table).versioned else look_up
    return find(lines, table, flow)


def _forward(lines: Lines, node: StreamTableJoin, flow: Flow, right: str) -> None:
    joined = lines.fresh("value")
    lines.add(f"{joined} = {call(lines, node.fn, flow, flow.value.obj(lines), right)}")
    lines.forward(evolve(flow, value=Side(node.value, obj=joined)))


EMITTERS: Mapping[type[Node], Emitter] = {StreamTableJoin: stream_table_join}

ADVANCES: Mapping[type[Node], Advance] = {StreamTableJoin: advance}
