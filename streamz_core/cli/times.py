"""Moments on the command line: ms since 1970, or ISO with a zone; and how long something is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from streamz_core.errors import Misuse, TopologyError
from streamz_core.topology.spans import milliseconds as length

DIGITS_MAX = 18  # of a number that is a moment
_ISO = re.compile(
    r"P(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,3})?)S)?)?",
    re.ASCII,
)
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


def duration(text: str) -> int:
    """The length in ms: ISO without months and years, as Kafka's tools take it, or with a unit; Misuse."""
    found = _ISO.fullmatch(text)
    if found is not None and any(found.groups()):
        parts = {name: float(part or 0) for name, part in found.groupdict().items()}
        return round(timedelta(**parts) / timedelta(milliseconds=1))
    try:
        return length(text, "the duration")
    except TopologyError:
        raise Misuse(
            f"{text!r} is no duration: write P7D, PT1H30M or PT10S, or 500ms, 10s, 5m, 1h, 7d"
        ) from None


def iso(at_ms: int) -> str:
    """UTC in ISO form; the number itself where the calendar ends."""
    try:
        moment = _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return str(at_ms)
    form = "milliseconds" if at_ms % 1000 else "seconds"
    return moment.isoformat(timespec=form).replace("+00:00", "Z")
