"""Time windows: how records are cut into spans before they are aggregated (Kafka: TimeWindows)."""

from __future__ import annotations

from streamz_core.dsl.durations import Duration, milliseconds
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import Window


def tumbling(size: Duration, *, grace: Duration = 0) -> Window:
    """Windows [start, start + size) side by side, aligned to the epoch.

    A record still counts until `grace` after the end of its window, in stream time.
    """
    size_ms = _size(size)
    return Window(size_ms, size_ms, milliseconds(grace, "the grace of a window"))


def hopping(size: Duration, advance: Duration, *, grace: Duration = 0) -> Window:
    """Windows [start, start + size), one starting every `advance`: a record is in several."""
    size_ms = _size(size)
    advance_ms = milliseconds(advance, "the advance of a hopping window")
    if not 0 < advance_ms <= size_ms:
        raise TopologyError(
            f"the advance of a hopping window is {advance!r}; "
            f"it must be more than nothing and at most the size, {size!r}"
        )
    return Window(size_ms, advance_ms, milliseconds(grace, "the grace of a window"))


def retention_ms(window: Window, retention: Duration | None, step: str) -> int:
    """How long the store of a window aggregate keeps windows; by default until none can change."""
    least = window.size_ms + window.grace_ms
    if retention is None:
        return least
    asked = milliseconds(retention, f"the retention of {step}")
    if asked < least:
        raise TopologyError(
            f"the retention of {step} is {asked} ms, but its windows change until size + grace, "
            f"{least} ms: keep them at least as long"
        )
    return asked


def _size(size: Duration) -> int:
    size_ms = milliseconds(size, "the size of a window")
    if size_ms == 0:
        raise TopologyError("the size of a window is 0; it must be more than nothing")
    return size_ms
