"""Emitter of joins of two streams (Kafka: KStreamKStreamJoin, KStreamJoinWindow).

Each side keeps its records for as long as those of the other may meet them. A record of an outer side
that met none waits in a third store, until stream time says that none can come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from streamz_core.codecs.carried.headers import HEADERS
from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Advance, Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.joins.present import present
from streamz_core.record import Headers
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import held_as, held_value, overlay
from streamz_core.stores.unmatched.expiring import NEVER
from streamz_core.stores.unmatched.overlay import Unmatched
from streamz_core.stores.unmatched.rows import LEFT, RIGHT
from streamz_core.stores.windowed.joined import Joined
from streamz_core.stores.windowed.lines import fetch, live_rows
from streamz_core.topology.nodes import Node, StoreSpec, StreamStreamJoin
from streamz_core.topology.times import observed_time, oldest_unmatched

ALONE: Sequence[Joined] = ((-1, 0, None, None, b""),)
"""What a record of an outer side meets that meets nothing: null, at no time."""


@frozen
class _Way:
    """The join as a record of one side sees it: others are met from `back_ms` before it to `ahead_ms`
    after it. `outer`, `other_outer`: whether records of the sides come out by themselves too.
    """

    own: StoreSpec
    other: StoreSpec
    back_ms: int
    ahead_ms: int
    outer: bool
    other_outer: bool
    is_left: bool

    def arguments(self, own: str, other: str) -> tuple[str, str]:
        """Left and right."""
        return (own, other) if self.is_left else (other, own)


def _way(node: StreamStreamJoin, port: int) -> _Way:
    own, other = node.left_store, node.right_store
    back_ms, ahead_ms = node.windows.before_ms, node.windows.after_ms
    outer, other_outer = node.left_outer, node.right_outer
    if port == 0:
        return _Way(own, other, back_ms, ahead_ms, outer, other_outer, is_left=True)
    return _Way(other, own, ahead_ms, back_ms, other_outer, outer, is_left=False)


def stream_stream_join(lines: Lines, node: StreamStreamJoin, port: int, flow: Flow) -> None:
    """Every record moves the join's time, even one that is dropped; none is too late to be looked at.

    An outer side keeps a record with a null key and joins it with null at once (KIP-962). Those of an inner
    side that met none, and came when none could come any more, are left out.
    """
    way = _way(node, port)
    observed = _observe(lines, node, flow)
    with present(lines, flow, keyless=way.outer) as record:
        found = lines.fresh("found")
        if way.outer and record.key.nullable:
            with lines.block(f"if {record.key.is_null()}:"):
                lines.add(f"{found} = {lines.constant('ALONE', ALONE)}")
            with lines.block("else:", record.with_key()) as keyed:
                _find(lines, node, way, keyed, observed, found)
        else:
            _find(lines, node, way, record, observed, found)
        _meet(lines, node, way, record, found)


def advance(lines: Lines, node: StreamStreamJoin, port: int, flow: Flow) -> str:
    """Time comes to one side without a record: those come out that can meet none any more."""
    observed, windows = _observe(lines, node, flow), node.windows
    if node.outer_store is None:
        return flow.timestamp
    _expire(lines, node, _way(node, port), flow, observed)
    return f"{flow.timestamp} - {max(windows.before_ms, windows.after_ms, 0) + windows.grace_ms}"


def _observe(lines: Lines, node: StreamStreamJoin, flow: Flow) -> str:
    """Move the join's time; the variable with it."""
    observed = lines.time(observed_time(node))
    with lines.block(f"if {flow.timestamp} > {observed}:"):
        lines.add(f"{observed} = {flow.timestamp}")
    return observed


def _find(  # noqa: PLR0913 - what is known of the record
    lines: Lines, node: StreamStreamJoin, way: _Way, flow: Flow, observed: str, found: str
) -> None:
    """Keep the record, and set `found` to what it meets: times and rows of the other side."""
    timestamp, key = flow.timestamp, flow.key.raw(lines, way.own.key)
    if way.outer:
        flow.value.raw(lines, way.own.value)  # once for both stores
    value, raw = held_as(lines, way.own, flow.value)
    lines.add(f"{live_rows(lines, way.own)}.add({key}, {timestamp}, {value}, {raw})")
    if node.outer_store is not None:
        _expire(lines, node, way, flow, observed)
    last = f"{timestamp} + {way.ahead_ms}"
    if way.ahead_ms < 0:
        last = f"max({last}, 0)"  # as in Kafka, also where the end lies before all times
    first = f"{timestamp} - {way.back_ms}"
    fetch(lines, way.other, key, first, last, found)
    if lines.asides() and not way.outer:
        over = f"{timestamp} + {way.ahead_ms + node.windows.grace_ms} < {observed}"
        with lines.block(f"if not {found} and {over}:", flow) as late:
            lines.forward(late, aside=True)
    if way.outer:
        with lines.block(f"if not {found}:", flow) as alone:
            with lines.block(f"if {last} < {observed}:"):
                lines.add(f"{found} = {lines.constant('ALONE', ALONE)}")
            with lines.block("else:"):
                _wait(lines, node, way, alone)


def _wait(lines: Lines, node: StreamStreamJoin, way: _Way, flow: Flow) -> None:
    """A record that met none waits for one."""
    key, value = flow.key.raw(lines, way.own.key), flow.value.raw(lines, way.own.value)
    side, oldest = LEFT if way.is_left else RIGHT, lines.time(oldest_unmatched(node))
    lines.add(f"{_unmatched(lines, node)}.add({flow.timestamp}, {side}, {key}, {value})")
    if node.headers is not None:
        headers = Side(HEADERS, obj=flow.headers, nullable=False).raw(lines)
        kept = overlay(lines, node.headers)
        lines.add(f"{kept}.add({flow.timestamp}, {side}, {key}, {headers})")
    with lines.block(f"if not 0 <= {oldest} <= {flow.timestamp}:"):
        lines.add(f"{oldest} = {flow.timestamp}")


def _meet(lines: Lines, node: StreamStreamJoin, way: _Way, flow: Flow, found: str) -> None:
    """Join a record with everything it meets; of two times the later one counts."""
    start, value, timestamp = (lines.fresh(hint) for hint in ("start", "value", "timestamp"))
    own = _own(lines, way, flow)
    with lines.block(f"for {start}, _, {value}, _, _ in {found}:", evolve(flow, value=own)) as each:
        if way.other_outer:
            _leave(lines, node, way, each, start)
        other = held_value(codecs(way.other)[1], value)
        if not way.outer:
            other = other.not_null()
        lines.add(f"{timestamp} = {start} if {start} > {flow.timestamp} else {flow.timestamp}")
        arguments = way.arguments(each.value.obj(lines), other.obj(lines))
        _forward(lines, node, evolve(each, timestamp=timestamp), *arguments)


def _own(lines: Lines, way: _Way, flow: Flow) -> Side:
    """The value of the record, for each match by itself if a function could change it."""
    codec = codecs(way.own)[1]
    if codec.immutable:
        flow.value.obj(lines)
        return flow.value
    return Side(codec, raw=flow.value.raw(lines, codec), nullable=False)


def _leave(lines: Lines, node: StreamStreamJoin, way: _Way, flow: Flow, start: str) -> None:
    """The records of the other side that wait at this time have met one."""
    waiting, side = _waiting(lines, node), RIGHT if way.is_left else LEFT
    with lines.block(f"if {start} in {waiting}:", flow) as kept:
        key = kept.key.raw(lines, way.own.key)
        for store in (_unmatched(lines, node), *_kept(lines, node)):
            lines.add(f"{store}.remove({start}, {side}, {key})")


def _expire(lines: Lines, node: StreamStreamJoin, way: _Way, flow: Flow, observed: str) -> None:
    """Records that can meet none any more come out, before what this one meets.

    Only one that is not late asks, and not before the oldest one is over as this side sees it: Kafka
    asks no sooner either, and the results lie in this order.
    """
    windows, oldest = node.windows, lines.time(oldest_unmatched(node))
    right_ms, left_ms = windows.before_ms + windows.grace_ms, windows.after_ms + windows.grace_ms
    never = lines.constant("NEVER", NEVER)
    due = f"{observed} - {way.ahead_ms + windows.grace_ms} <= {oldest} < {never}"
    with lines.block(f"if {flow.timestamp} == {observed} and not {due}:", flow) as on_time:
        with lines.block(f"if {_waiting(lines, node)}:", on_time) as asking:
            expired = lines.fresh("expired")
            expire = f"{_unmatched(lines, node)}.expire"
            until = f"{observed} - {right_ms}, {observed} - {left_ms}"
            lines.add(f"{expired}, {oldest} = {expire}({until})")
            for kept in _kept(lines, node):
                also = lines.constant("with_headers", with_headers)
                lines.add(f"{expired} = {also}({expired}, {kept}.expire({until})[0])")
            _come_out(lines, node, asking, expired)
        with lines.block("else:"):
            lines.add(f"{oldest} = {never}")


def _come_out(lines: Lines, node: StreamStreamJoin, flow: Flow, expired: str) -> None:
    """Join records by themselves, with the headers of the one that brought it about, or their own if they are kept."""
    timestamp, side, key, value = (
        lines.fresh(hint) for hint in ("timestamp", "side", "key_raw", "value_raw")
    )
    item, headers = f"{timestamp}, {side}, {key}, {value}", flow.headers
    if node.headers is not None:
        headers = lines.fresh("headers")
        item = f"({item}), {headers}"
    with lines.block(f"for {item} in {expired}:"):
        left, right = (codecs(store)[1] for store in (node.left_store, node.right_store))
        decode_left = lines.constant(f"decode_{left.name}", left.decode)
        decode_right = lines.constant(f"decode_{right.name}", right.decode)
        alone = Flow(
            Side(node.left_store.key, raw=key, nullable=False), flow.value, timestamp, headers
        )
        _forward(
            lines,
            node,
            alone,
            f"{decode_left}({value}) if {side} else None",
            f"None if {side} else {decode_right}({value})",
        )


def with_headers(
    expired: list[Unmatched], kept: list[Unmatched]
) -> list[tuple[Unmatched, Headers]]:
    """Records that are over, each with what is kept of it. What waited before headers were kept has none: of one place
    those are the first.
    """
    held: dict[tuple[int, int, bytes], list[bytes]] = {}
    for time, side, key, raw in kept:
        held.setdefault((time, side, key), []).append(raw)
    found: list[tuple[Unmatched, Headers]] = []
    for record in reversed(expired):
        left = held.get(record[:3])
        found.append((record, HEADERS.decode(left.pop()) if left else ()))
    return found[::-1]


def _kept(lines: Lines, node: StreamStreamJoin) -> list[str]:
    """The variable with the overlay of the headers, if they are kept."""
    return [] if node.headers is None else [overlay(lines, node.headers)]


def _unmatched(lines: Lines, node: StreamStreamJoin) -> str:
    """The variable with the overlay of the third store."""
    assert node.outer_store is not None, f"{node.name} has an outer side and no store for it"
    return overlay(lines, node.outer_store)


def _waiting(lines: Lines, node: StreamStreamJoin) -> str:
    store = _unmatched(lines, node)
    return lines.fetched(f"{store}_waiting", f"{store}.waiting")


def _forward(lines: Lines, node: StreamStreamJoin, flow: Flow, left: str, right: str) -> None:
    joined = lines.fresh("value")
    lines.add(f"{joined} = {call(lines, node.fn, flow, left, right)}")
    lines.forward(evolve(flow, value=Side(node.value, obj=joined)))


EMITTERS: Mapping[type[Node], Emitter] = {StreamStreamJoin: stream_stream_join}

ADVANCES: Mapping[type[Node], Advance] = {StreamStreamJoin: advance}
