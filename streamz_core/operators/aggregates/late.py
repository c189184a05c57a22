"""Lines for a record that comes too late: counted, and handed to who wants it."""

from __future__ import annotations

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines


def drop_late(lines: Lines, flow: Flow) -> None:
    """Of a record that no window takes. `flow` is that of a block of its own."""
    drop(lines, "'late'")
    if lines.asides():
        lines.forward(flow, aside=True)
