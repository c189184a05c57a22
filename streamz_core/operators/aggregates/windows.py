"""Lines of count, reduce and aggregate by key and window: which windows a record is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from streamz_core.codecs.windows.calendars import found
from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.folding import fold, wants_old
from streamz_core.operators.aggregates.sessions import session_windows, watch_sessions
from streamz_core.operators.aggregates.sliding import sliding_windows, watch_sliding
from streamz_core.operators.aggregates.time import ago, observe, window_key
from streamz_core.operators.tables.waiting import change_time
from streamz_core.stores.row_lines import write_row
from streamz_core.stores.windowed.lines import BY_START, IN_PANE, pane_place
from streamz_core.topology.nodes import Aggregate
from streamz_core.topology.windows import (
    CalendarWindows,
    SessionWindows,
    SlidingWindows,
    TimeWindows,
    UnlimitedWindows,
    Window,
)


def in_windows(lines: Lines, node: Aggregate, window: Window, flow: Flow) -> None:
    """Null keys are dropped; null values count, unlike those of an aggregate by key alone."""
    emit = WINDOWS[type(window)]
    if not flow.key.nullable:
        emit(lines, node, window, flow)
        return
    with lines.block(f"if {flow.key.is_null()}:"):
        drop(lines, "'null-key'")
    with lines.block("else:", flow.with_key()) as keyed:
        emit(lines, node, window, keyed)


def advance_windows(lines: Lines, node: Aggregate, window: Window, flow: Flow) -> str:
    """Time comes without a record: windows close that are over by it. Final results of others are still to come."""
    if not window.closes:
        return flow.timestamp
    closed = WATCHED[type(window)](lines, node, window, flow)
    return closed if node.final else flow.timestamp


def _watch_time(lines: Lines, node: Aggregate, window: TimeWindows, flow: Flow) -> str:
    step = window.advance_ms

    def news(before: str, now: str) -> str:
        return f"({now} - 1) // {step} > ({before} - 1) // {step}"

    open_from = ago(window.size_ms + window.grace_ms - 1)
    return observe(lines, node, flow, open_from, cut=BY_START, news=news if step > 1 else None)[1]


def _watch_calendar(lines: Lines, node: Aggregate, window: CalendarWindows, flow: Flow) -> str:
    begin = lines.constant("begin", found(window.extent).start)

    def open_from(time: str) -> str:
        return f"{begin}({time} - {window.grace_ms})"

    def news(before: str, now: str) -> str:
        return f"{now} > {before}"

    return observe(lines, node, flow, open_from, cut=BY_START, news=news)[1]


def time_windows(lines: Lines, node: Aggregate, window: TimeWindows, flow: Flow) -> None:
    """A window takes records while its end is after observed time - grace, the record's included."""
    timestamp, closed = flow.timestamp, _watch_time(lines, node, window, flow)
    flow.key.raw(lines, node.store.key)  # once for all windows
    start = lines.fresh("start")
    if window.advance_ms == window.size_ms:
        lines.add(f"{start} = {timestamp} - {timestamp} % {window.size_ms}")
        _late_for(lines, flow, start, closed)
        _in_open_window(lines, node, flow, start, closed)
        return
    overlap, advance = window.size_ms - window.advance_ms, window.advance_ms
    first = f"max({timestamp} - {overlap}, 0) // {advance} * {advance}"
    _late_for(lines, flow, first, closed)
    with lines.block(f"for {start} in range({first}, {timestamp} + 1, {advance}):", flow) as each:
        _in_open_window(lines, node, each, start, closed)


def _late_for(lines: Lines, flow: Flow, first: str, closed: str) -> None:
    """Who wants to know of late records is told once, before the windows that still take it."""
    if lines.asides():
        with lines.block(f"if {first} < {closed}:", flow) as late:
            lines.forward(late, aside=True)


def _in_open_window(lines: Lines, node: Aggregate, flow: Flow, start: str, closed: str) -> None:
    with lines.block(f"if {start} >= {closed}:", flow) as taken:
        update(lines, node, taken, start)
    with lines.block("else:"):
        drop(lines, "'late'")


def calendar_windows(lines: Lines, node: Aggregate, window: CalendarWindows, flow: Flow) -> None:
    """As `time_windows`: which window a moment is in, the calendar knows."""
    closed, begin = (
        _watch_calendar(lines, node, window, flow),
        lines.constant("begin", found(window.extent).start),
    )
    start = lines.fresh("start")
    lines.add(f"{start} = {begin}({flow.timestamp})")
    _late_for(lines, flow, start, closed)
    _in_open_window(lines, node, flow, start, closed)


def unlimited_windows(lines: Lines, node: Aggregate, window: UnlimitedWindows, flow: Flow) -> None:
    """One window; what comes before it is in none, and never late."""
    start = lines.constant("start", window.start_ms)
    with lines.block(f"if {flow.timestamp} >= {start}:", flow) as inside:
        update(lines, node, inside, start)


def update(lines: Lines, node: Aggregate, flow: Flow, start: str) -> None:
    """Fold the record into the window of its key that begins at `start`, and pass the change on, unless
    only final results are asked for.
    """
    key = flow.key.raw(lines, node.store.key)
    place, pane = pane_place(lines, node.store, key, start)
    folded = fold(lines, node, flow, place)
    if node.headers is not None:
        kept, _ = pane_place(lines, node.headers, key, start)
        headers = Side(node.headers.value, obj=flow.headers, nullable=False)
        write_row(lines, kept, headers, folded.timestamp)
    if node.final:
        return
    time = change_time(lines, lines.node, folded.new, folded.timestamp, flow.timestamp)
    lines.forward(
        evolve(
            flow,
            key=window_key(node, flow.key, IN_PANE, (start, pane)),
            value=folded.new,
            old=folded.old if wants_old(lines) else None,
            timestamp=time,
        )
    )


WINDOWS: Mapping[type[Any], Callable[[Lines, Aggregate, Any, Flow], None]] = {
    TimeWindows: time_windows,
    CalendarWindows: calendar_windows,
    UnlimitedWindows: unlimited_windows,
    SlidingWindows: sliding_windows,
    SessionWindows: session_windows,
}

WATCHED: Mapping[type[Any], Callable[[Lines, Aggregate, Any, Flow], str]] = {
    TimeWindows: _watch_time,
    CalendarWindows: _watch_calendar,
    SlidingWindows: lambda *given: watch_sliding(*given)[1],
    SessionWindows: lambda *given: watch_sessions(*given)[1],
}
"""Lines that move the time of the step, by the kind of its windows; the variable with what is closed, as of `observe`."""
