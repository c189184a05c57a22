"""What the lines of all aggregates by window have: observed time, and windowed keys."""

from __future__ import annotations

from collections.abc import Sequence

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.windowed.lines import Cut, WindowSide
from streamz_core.topology.nodes import Aggregate
from streamz_core.topology.times import observed_time


def observe(lines: Lines, node: Aggregate, flow: Flow, reach_ms: int) -> tuple[str, str]:
    """Move the step's time to that of the record; the variables with it, and with `reach_ms` before it."""
    observed, timestamp = lines.time(observed_time(node)), flow.timestamp
    before = lines.variable("closed", f"{observed} - {reach_ms}")
    with lines.block(f"if {timestamp} > {observed}:"):
        lines.add(f"{observed} = {timestamp}")
        lines.add(f"{before} = {timestamp} - {reach_ms}")
    return observed, before


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
