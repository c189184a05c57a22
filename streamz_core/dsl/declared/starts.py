"""Where a source begins, as users say it."""

from __future__ import annotations

from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import OffsetReset
from streamz_core.topology.spans import Duration, milliseconds

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
