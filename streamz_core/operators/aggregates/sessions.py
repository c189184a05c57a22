"""Lines of count, reduce and aggregate by key and session (Kafka: KStreamSessionWindowAggregate)."""

from __future__ import annotations

from attrs import evolve

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.folding import fold_merged, wants_old
from streamz_core.operators.aggregates.late import drop_late
from streamz_core.operators.aggregates.time import ago, observe, window_key
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import row_of, row_value
from streamz_core.stores.rows import VALUE
from streamz_core.stores.windowed.lines import (
    SESSION,
    TimelinePlace,
    live_rows,
    live_timeline,
    put_item,
    put_newest,
    remove_item,
)
from streamz_core.stores.windowed.timelines import touching
from streamz_core.topology.nodes import Aggregate, StoreSpec
from streamz_core.topology.windows import SessionWindows


def watch_sessions(
    lines: Lines, node: Aggregate, window: SessionWindows, flow: Flow
) -> tuple[str, str]:
    """Move the time of the step; see `observe`."""
    return observe(lines, node, flow, ago(window.gap_ms + window.grace_ms), cut=SESSION)


def session_windows(lines: Lines, node: Aggregate, window: SessionWindows, flow: Flow) -> None:
    """A record and all sessions that it touches become one, which may still be open though it is late.

    It is late if that ends before observed time - gap - grace.
    """
    observed, closed = watch_sessions(lines, node, window, flow)
    timeline = live_timeline(lines, node.store, flow.key.raw(lines, node.store.key))
    found = _touched(lines, node, window, flow, observed, timeline)
    start, end = lines.fresh("start"), lines.fresh("end")
    lines.add(f"{start} = {end} = {flow.timestamp}")
    with lines.block(f"if {found}:"):
        # They stand apart and in order: the first begins first, the last ends last.
        with lines.block(f"if {found}[0][1] < {start}:"):
            lines.add(f"{start} = {found}[0][1]")
        with lines.block(f"if {found}[-1][0] > {end}:"):
            lines.add(f"{end} = {found}[-1][0]")
    with lines.block(f"if {end} < {closed}:", flow) as late:
        drop_late(lines, late)
    with lines.block("else:", flow) as taken:
        if node.headers is not None:
            _keep_headers(lines, node, node.headers, taken, (start, end))
        _merge(lines, node, taken, (timeline, found), (start, end))


def _keep_headers(
    lines: Lines, node: Aggregate, kept: StoreSpec, flow: Flow, window: tuple[str, str]
) -> None:
    """Of all sessions that become one only the last record's headers stay. They lie apart, and in it as the sessions do."""
    (start, end), live = window, live_rows(lines, kept)
    plain, item = flow.key.raw(lines, node.store.key), lines.fresh("item")
    found = f"{lines.constant('touching', touching)}({live}[{plain}], {start}, {end})"
    grown = f"{found} if {start} < {end} else ()"  # one of a moment is overwritten
    with lines.block(f"for {item} in {grown}:", flow) as each:
        old = window_key(node, each.key, SESSION, (f"{item}[1]", f"{item}[0]"))
        lines.add(f"{live}.remove({plain}, {old.raw(lines)}, {item})")
    entry = window_key(node, flow.key, SESSION, window).raw(lines)
    headers = row_of(lines, kept, Side(kept.value, obj=flow.headers, nullable=False), end)
    lines.add(f"{live}.put({plain}, {entry}, ({end}, {start}, {headers}))")


def _touched(  # noqa: PLR0913 - what is known of the record
    lines: Lines, node: Aggregate, window: SessionWindows, flow: Flow, observed: str, timeline: str
) -> str:
    """The variable with the sessions that the record belongs to, as far as they are kept."""
    first, found = lines.fresh("first"), lines.fresh("found")
    newest = put_newest(lines, node.store, flow.timestamp) if node.store.shared else observed
    kept = f"{newest} - {node.store.retention_ms}"
    lines.add(f"{first} = {flow.timestamp} - {window.gap_ms}")
    with lines.block(f"if {first} < {kept}:"):
        lines.add(f"{first} = {kept}")
    with lines.block(f"if {timeline} and {timeline}[-1][0] >= {first}:"):
        span = f"{first}, {flow.timestamp} + {window.gap_ms}"
        lines.add(f"{found} = {lines.constant('touching', touching)}({timeline}, {span})")
    with lines.block("else:"):
        lines.add(f"{found} = ()")
    return found


def _merge(
    lines: Lines, node: Aggregate, flow: Flow, where: tuple[str, str], window: tuple[str, str]
) -> None:
    """Take the sessions out that were found, each with its delete, and put the merged one in. `where`: the timeline, and
    what was found in it.
    """
    (timeline, found), (start, end) = where, window
    # A session of one moment that another record of that moment comes to is overwritten.
    with lines.block(f"if {start} < {end}:", flow) as grown:
        _take_out(lines, node, grown, timeline, found)
    new = fold_merged(lines, node, flow, found)
    row = row_of(lines, node.store, new, end)
    key = window_key(node, flow.key, SESSION, window)
    place = TimelinePlace(node.store, timeline, flow.key.raw(lines, node.store.key), key.raw(lines))
    put_item(lines, place, (end, start, row), closing=node.final, null=new.is_null())
    old = _overwritten(lines, node, found, window)
    _forward(lines, node, evolve(flow, key=key, timestamp=end), new, old)


def _overwritten(lines: Lines, node: Aggregate, found: str, window: tuple[str, str]) -> Side:
    """The old value of a session that is put: none, as in Kafka. Who compares it with the last one needs that
    of a session of one moment which is overwritten; of all others it was told when they were taken out.
    """
    table = lines.table(lines.node)
    if not (table.at_commit or table.on_change):
        return _none(node)
    old, (start, end) = lines.fresh("old"), window
    lines.add(f"{old} = None")
    with lines.block(f"if {found} and {start} == {end}:"):
        row = lines.fresh("row")
        lines.add(f"{row} = {found}[0][2]")
        lines.add(f"{old} = {row}[{VALUE}]")
    codec = codecs(node.store)[1]
    return Side(codec, obj=old) if codec.immutable else Side(codec, raw=old)


def _take_out(lines: Lines, node: Aggregate, flow: Flow, timeline: str, found: str) -> None:
    start, end, row, item = (lines.fresh(hint) for hint in ("start", "end", "row", "item"))
    with lines.block(f"for {item} in {found}:", flow) as each:
        lines.add(f"{end}, {start}, {row} = {item}")
        key = window_key(node, each.key, SESSION, (start, end))
        place = TimelinePlace(
            node.store, timeline, each.key.raw(lines, node.store.key), key.raw(lines)
        )
        remove_item(lines, place, item, closing=node.final)
        old = row_value(lines, codecs(node.store)[1], row)
        _forward(lines, node, evolve(each, key=key, timestamp=end), _none(node), old)


def _forward(lines: Lines, node: Aggregate, flow: Flow, new: Side, old: Side) -> None:
    """Pass a change on, unless only final results are asked for."""
    if not node.final:
        sent = old if wants_old(lines) else None
        lines.forward(evolve(flow, value=new, old=sent))


def _none(node: Aggregate) -> Side:
    return Side(node.store.value, obj="None")
