"""The rows of the table for window stores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import evolve

from streamz_core.stores.kind import Kind
from streamz_core.stores.windowed.committed import WindowRows
from streamz_core.stores.windowed.facade import (
    DuplicatesFace,
    SessionFace,
    StampedWindowFace,
    WindowFace,
)
from streamz_core.stores.windowed.joined import JoinedStore
from streamz_core.stores.windowed.layout import BY_END, BY_START, Layout
from streamz_core.stores.windowed.lines import look_up
from streamz_core.stores.windowed.ordered import OrderedStore
from streamz_core.stores.windowed.panes import WindowStore
from streamz_core.stores.windowed.segments import row_key, segment_ms
from streamz_core.topology.nodes import StoreSpec

_DAY_MS = 86_400_000  # windowstore.changelog.additional.retention.ms


def _changelog(spec: StoreSpec, time: str = "window") -> dict[str, Any]:
    """Rows go by the time of their windows, as in the store: by the clock, those of old records would go at once."""
    return {
        "cleanup.policy": "compact,delete",
        "retention.ms": spec.retention_ms + _DAY_MS,
        "retention.time": time,
    }


def _order(layout: Layout) -> Callable[[StoreSpec], Callable[[Any], Any]]:
    def order(spec: StoreSpec) -> Callable[[Any], Any]:
        span_ms, encode = segment_ms(spec.retention_ms), row_key(spec).encode
        return lambda key: (layout.time(key) // span_ms, encode(key))

    return order


WINDOW = Kind(
    name="window",
    overlay=WindowStore,
    rows=partial(WindowRows, layout=BY_START),
    changelog=_changelog,
    row_key=row_key,
    order=_order(BY_START),
    look_up=look_up,
    verb="windows",
)
ORDERED = evolve(WINDOW, name="ordered", overlay=OrderedStore)
JOINED = evolve(ORDERED, name="joined", overlay=JoinedStore)
"""The records of one side of a join of streams, each a row."""
SESSION = evolve(
    WINDOW,
    name="session",
    overlay=partial(OrderedStore, layout=BY_END),
    rows=partial(WindowRows, layout=BY_END),
    changelog=partial(_changelog, time="session"),
    order=_order(BY_END),
    stamped=False,
    spans=True,
)

# ---- declared ones, which functions write by themselves: a row may lie anywhere

WINDOWS = evolve(ORDERED, name="windows", facade=WindowFace, spread=True)
STAMPED_WINDOWS = evolve(WINDOWS, name="stamped-windows", facade=StampedWindowFace)
DUPLICATES = evolve(ORDERED, name="duplicates", facade=DuplicatesFace, spread=True)
SESSIONS = evolve(SESSION, name="sessions", facade=SessionFace, spread=True)
