"""Where a source begins, as users say it."""

from __future__ import annotations

from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import OffsetReset
from streamz_core.topology.spans import Duration, milliseconds

IDLE_MS_MIN = 100
"""Each time that time goes on without records is a commit."""

OffsetStart = Duration
"""What `offset_reset=` takes: one of WORDS, or a duration."""

WORDS = ("earliest", "latest", "none")


def offset_start(said: OffsetStart) -> OffsetReset:
    """As a value. TopologyError says what can be said."""
    if said in WORDS:
        return OffsetReset(str(said))
    try:
        return OffsetReset("back", milliseconds(said, "offset_reset="))
    except TopologyError as error:
        words = ", ".join(map(repr, WORDS))
        raise TopologyError(f"{error}; beside durations there are {words}") from None


def idle_ms(idle: Duration | None) -> int | None:
    """What `idle=` of a source means, ms. TopologyError if it cannot be read, or is too short."""
    if idle is None:
        return None
    found = milliseconds(idle, "idle=")
    if found < IDLE_MS_MIN:
        raise TopologyError(
            f"idle={idle!r}: time goes on every {found} ms, and that is a commit each; say {IDLE_MS_MIN} ms or more"
        )
    return found
