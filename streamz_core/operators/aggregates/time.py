"""What the lines of all aggregates by window have: observed time, windows that close, windowed keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.folding import wants_old
from streamz_core.record import Headers
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import overlay, row_timestamp, row_value
from streamz_core.stores.rows import VALUE, Row
from streamz_core.stores.windowed.lines import Cut, WindowSide
from streamz_core.topology.nodes import Aggregate
from streamz_core.topology.times import observed_time


def observe(  # noqa: PLR0913 - what differs by kind of window
    lines: Lines,
    node: Aggregate,
    flow: Flow,
    open_from: Callable[[str], str],
    *,
    cut: Cut,
    news: Callable[[str, str], str] | None = None,
) -> tuple[str, str]:
    """Move the step's time to that of the record; the variables with it, and with what `open_from` makes of it:
    windows whose rows have a time before that are closed. `news`: the expression that is true if there may be such that
    were not, from the time of before and that of now; None: always.

    If only final results are asked for, they come out here, in order of place and key, with the headers
    of the record, or those that are kept. So whatever the time jumps over comes out too, and nothing twice: the step's time
    is chained with the commit. (Kafka: maybeForwardFinalResult, which asks the store after the record
    is in it; but no window that takes the record is closed by it, so the results are the same.)
    """
    observed, timestamp = lines.time(observed_time(node)), flow.timestamp
    closed = lines.variable("closed", open_from(observed))
    with lines.block(f"if {timestamp} > {observed}:", flow) as later:
        lines.add(f"{observed} = {timestamp}")
        before = lines.fresh("before")
        if node.final:
            lines.add(f"{before} = {closed}")
        lines.add(f"{closed} = {open_from(timestamp)}")
        if node.final and news is not None:
            with lines.block(f"if {news(before, closed)}:", later) as due:
                _close(lines, node, due, cut, f"{before}, {closed}")
        elif node.final:
            _close(lines, node, later, cut, f"{before}, {closed}")
    return observed, closed


def ago(reach_ms: int) -> Callable[[str], str]:
    """What `observe` takes where windows are closed so long after the time of their rows."""
    return lambda time: f"{time} - {reach_ms}"


def _close(lines: Lines, node: Aggregate, flow: Flow, cut: Cut, span: str) -> None:
    """Pass on what the windows came to that close now."""
    key, row = lines.fresh("key_raw"), lines.fresh("row")
    at = [lines.fresh(hint) for hint in cut.hints]
    closing = f"{overlay(lines, node.store)}.closing({span})"
    item, headers = f"{cut.place(at)}, {key}, {row}", flow.headers
    if node.headers is not None:
        headers = lines.fresh("headers")
        item = f"({item}), {headers}"
        kept = f"{overlay(lines, node.headers)}.closing({span})"
        closing = f"{lines.constant('with_headers', with_headers)}({closing}, {kept})"
    with lines.block(f"for {item} in {closing}:", flow) as each:
        plain = Side(node.store.key, raw=key, nullable=False)
        none = Side(node.store.value, obj="None")
        lines.forward(
            evolve(
                each,
                key=window_key(node, plain, cut, at),
                value=row_value(lines, codecs(node.store)[1], row).not_null(),
                old=none if wants_old(lines) else None,
                timestamp=row_timestamp(row),
                headers=headers,
            )
        )


def with_headers(
    closing: list[tuple[int, int, bytes, Row]], kept: list[tuple[int, int, bytes, Row]]
) -> list[tuple[tuple[int, int, bytes, Row], Headers]]:
    """Rows that close, each with what the row of its headers holds; a window older than that keeping has none."""
    found = {each[:3]: each[3][VALUE] for each in kept}
    return [(each, found.get(each[:3], ())) for each in closing]


def window_key(node: Aggregate, key: Side, cut: Cut, at: Sequence[str]) -> WindowSide:
    """The windowed key of a result: its window is in the variables `at`, as the cut says."""
    return WindowSide(_codec(node, key), key, cut, at)


def _codec(node: Aggregate, key: Side) -> WindowedCodec:
    if isinstance(node.key, WindowedCodec):
        return node.key
    inner = node.store.key or key.codec
    assert inner is not None, f"store {node.store.name} has no key codec"
    assert node.window is not None, f"{node.name} has no windows"
    return node.window.codec(inner)
