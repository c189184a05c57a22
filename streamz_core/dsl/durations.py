"""Spans of time as users write them, in ms."""

from __future__ import annotations

import re
from datetime import timedelta

from streamz_core.errors import TopologyError

Duration = str | timedelta | float
"""Text with a unit ("20ms", "10s", "1.5m", "1h", "7d"), a timedelta, or a number of seconds."""

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TEXT = re.compile(r"(-?\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


def milliseconds(span: Duration, what: str) -> int:
    """Whole ms, not negative. `what` is named in errors."""
    exact = _exact(span, what)
    if exact != int(exact):
        raise TopologyError(f"{what} is {span!r}, which is no whole number of ms")
    if exact < 0:
        raise TopologyError(f"{what} is {span!r}; it cannot be negative")
    return int(exact)


def _exact(span: Duration, what: str) -> float:
    if isinstance(span, timedelta):
        return span / timedelta(milliseconds=1)
    if isinstance(span, str):
        found = _TEXT.fullmatch(span.strip())
        if found is not None:
            # Through the text: 1.1 * 60_000 is no whole number, 66000.00000000001 nobody meant.
            return round(float(found[1]) * _UNITS[found[2]], 6)
    elif type(span) in {int, float}:
        return round(span * 1000, 6)
    raise TopologyError(
        f"{what} is {span!r}; write it with a unit, as in '500ms', '10s', '5m', '1h', '7d', "
        "or give a timedelta or seconds"
    )
