"""Moments on the command line: ms since 1970, or ISO with a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streamz_core.errors import Misuse

DIGITS_MAX = 18  # of a number that is a moment
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(text: str) -> int:
    """The moment in ms since 1970; Misuse."""
    if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Misuse(f"{text!r} is no time: give ms since 1970, or ISO such as 2013-01-31T05:00Z")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def iso(at_ms: int) -> str:
    """UTC in ISO form; the number itself where the calendar ends."""
    try:
        moment = _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return str(at_ms)
    form = "milliseconds" if at_ms % 1000 else "seconds"
    return moment.isoformat(timespec=form).replace("+00:00", "Z")
