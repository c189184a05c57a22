"""Spans of time and moments, as users write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from streamz_core.errors import TopologyError

Duration = str | timedelta | float
"""Text with a unit ("20ms", "10s", "1.5m", "1h", "7d"), a timedelta, or a number of seconds."""

Moment = int | datetime
"""ms since 1970, UTC, or a datetime with a time zone."""

TIME_MAX = (1 << 63) - 1
"""The last moment there is, ms."""

SPAN_MAX = 1 << 60
"""The longest span, ms: 36 million years. Several of them, added up, are still less than the last moment there is."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TEXT = re.compile(r"(-?\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


def milliseconds(span: Duration, what: str) -> int:
    """Whole ms, not negative. `what` is named in errors."""
    whole = whole_ms(span, what)
    if whole < 0:
        raise TopologyError(f"{what} is {span!r}; it cannot be negative")
    return whole


def whole_ms(span: Duration, what: str) -> int:
    """Whole ms. `what` is named in errors."""
    exact = _exact(span, what)
    if abs(exact) > SPAN_MAX:
        raise TopologyError(f"{what} is {span!r:.60}; at most {SPAN_MAX} ms are possible")
    if not float(exact).is_integer():
        raise TopologyError(f"{what} is {span!r}, which is no whole number of ms")
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


def instant_ms(at: object, what: str) -> int:
    """Ms since 1970 UTC, not negative. `what` is named in errors."""
    since: float | None = None
    if type(at) is int:
        since = at
    elif isinstance(at, datetime) and at.tzinfo is not None:
        since = (at - _EPOCH) / timedelta(milliseconds=1)
    if since is None:
        raise TopologyError(
            f"{what} is {at!r}; give ms since 1970, or a datetime with a time zone, as in "
            "datetime(2026, 1, 1, tzinfo=UTC)"
        )
    if since < 0 or not float(since).is_integer():
        raise TopologyError(
            f"{what} is {at!r}; it is a whole number of ms since 1970, not negative"
        )
    return int(since)
