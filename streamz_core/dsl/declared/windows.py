"""Spans of time: as users write them, and as windows that records are cut into (Kafka: Windows)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from typing import Any, TypeVar, cast

from streamz_core.codecs.codec import Codec
from streamz_core.dsl.declared.topics import Kind
from streamz_core.errors import Misuse, TopologyError
from streamz_core.record import Windowed
from streamz_core.topology.spans import Duration, instant_ms, milliseconds, whole_ms
from streamz_core.topology.windows import (
    CalendarWindows,
    JoinWindows,
    SessionWindows,
    SlidingWindows,
    TimeWindows,
    UnlimitedWindows,
    Window,
)

K = TypeVar("K")

_CALENDAR = re.compile(r"([0-9]+)\s*(h|d|w|mo|y)")
_CALENDAR_UNITS = {
    "h": ("hour", 1),
    "d": ("day", 1),
    "w": ("week", 1),
    "mo": ("month", 1),
    "y": ("month", 12),
}


def tumbling(size: Duration, *, grace: Duration = 0, tz: str | tzinfo | None = None) -> Window:
    """Windows [start, start + size) side by side, aligned to the epoch.

    With `tz`, the name of a time zone or a ZoneInfo, they are those of its calendar: hours that are part of a day ("6h"), days,
    weeks from Monday on ("1w"), months ("1mo") and years, each from the first moment that the local clock shows. A
    day then has 23 or 25 hours where clocks are changed.

    A record still counts until `grace` after the end of its window, in stream time. TopologyError if
    a span cannot be read, is negative, or the size is nothing; if there is no such time zone, or this machine has no
    database of them (pip install tzdata).
    """
    grace_ms = milliseconds(grace, "the grace of a window")
    if tz is not None:
        return _calendar(size, tz, grace_ms)
    size_ms = _size(size)
    return TimeWindows(size_ms, size_ms, grace_ms)


def hopping(size: Duration, advance: Duration, *, grace: Duration = 0) -> Window:
    """Windows [start, start + size), one starting every `advance`: a record is in several.

    `grace`: as of `tumbling`. TopologyError if a span cannot be read, is negative, the size is
    nothing, or the advance is nothing or more than the size.
    """
    size_ms = _size(size)
    advance_ms = milliseconds(advance, "the advance of a hopping window")
    if not 0 < advance_ms <= size_ms:
        raise TopologyError(
            f"the advance of a hopping window is {advance!r}; "
            f"it must be more than nothing and at most the size, {size!r}"
        )
    return TimeWindows(size_ms, advance_ms, milliseconds(grace, "the grace of a window"))


def session(gap: Duration, *, grace: Duration = 0) -> Window:
    """Windows from a record of a key to the last one that follows, none later than `gap` after the one
    before; both ends included, so a gap of nothing joins records of one moment.

    A session takes records until `gap` and `grace` after its end, in stream time. One that lies between
    two brings them together: an aggregate says how, by `merge`. TopologyError if a span cannot be read,
    or is negative.
    """
    return SessionWindows(
        milliseconds(gap, "the gap of a session"), milliseconds(grace, "the grace of a session")
    )


def sliding(difference: Duration, *, grace: Duration = 0) -> Window:
    """Windows [start, start + difference], both ends included, one for each set of records of a key that
    lie no further apart.

    A record still counts until `grace` after the end of its window, in stream time. TopologyError if a
    span cannot be read, is negative, or the difference is nothing.
    """
    difference_ms = milliseconds(difference, "the difference of a sliding window")
    if difference_ms == 0:
        raise TopologyError("the difference of a sliding window is 0; it must be more than nothing")
    return SlidingWindows(difference_ms, milliseconds(grace, "the grace of a window"))


def unlimited(start: int | datetime = 0) -> Window:
    """One window from `start` on for ever: ms since 1970, or a datetime with a time zone.

    Records before it are in no window, and no record is too late for it; so its rows are kept for
    ever. TopologyError if `start` is neither, negative, or no whole number of ms.
    """
    return UnlimitedWindows(instant_ms(start, "the start of an unlimited window"))


def joined_within(
    where: str,
    within: Duration | None,
    before: Duration | None,
    after: Duration | None,
    grace: Duration | None,
) -> JoinWindows:
    """The windows of a join of streams. `before` and `after` are `within` where they are not said.

    TopologyError if a span cannot be read, nothing says how far it reaches, or it reaches nowhere.
    """
    if within is not None:
        milliseconds(within, f"{where}: within")
    before, after = (within if span is None else span for span in (before, after))
    if before is None or after is None:
        raise TopologyError(
            f"{where}: a join of two streams needs within=..., how far apart the times of two records may "
            "be, or both before=... and after=..."
        )
    before_ms, after_ms = whole_ms(before, f"{where}: before"), whole_ms(after, f"{where}: after")
    if before_ms + after_ms < 0:
        raise TopologyError(
            f"{where}: before={before!r} and after={after!r} reach nowhere; before + after must not be "
            "negative"
        )
    return JoinWindows(before_ms, after_ms, milliseconds(grace or 0, f"{where}: grace"))


def windowed(
    key: Kind[K], size: Duration | Window, *, changelog: bool = False
) -> Codec[Windowed[K]]:
    """The codec of `key` in windows of `size`, for topics that window aggregates write, here or in Java:
    the key's bytes and the start, 8 bytes, or of `session(...)` the end and the start.

    Instead of their size the windows may be given: sessions and unlimited() have none, hours and days by a
    calendar differ. `changelog`: as in the changelog of a window store, whose keys end with a number more, which is
    not shown. TopologyError if a size cannot be read or is nothing; Misuse if there is no codec for `key`. The codec's
    errors are CodecError: bytes that are too short, a start before 1970, an end that is not that of the window.
    Kafka: WindowedSerdes.timeWindowedSerdeFrom, sessionWindowedSerdeFrom, TimeWindowedSerde.forChangelog.
    """
    from streamz_core.codecs.annotation import key_codec_for  # loaded by what needs them
    from streamz_core.codecs.extent import logged
    from streamz_core.codecs.windowed import windowed_codec

    said: Any = key
    inner = said.for_key() if isinstance(said, Codec) else key_codec_for(said)
    window = size if isinstance(size, Window) else tumbling(size)
    extent = logged(window.extent) if changelog else window.extent
    return cast("Codec[Windowed[K]]", windowed_codec(inner, extent))


def retention_ms(window: Window, retention: Duration | None, step: str) -> int:
    """How long the store of a window aggregate keeps windows; by default until none can change."""
    least = window.least_retention_ms
    if retention is None:
        return least
    asked = milliseconds(retention, f"the retention of {step}")
    if asked < least:
        raise TopologyError(
            f"the retention of {step} is {asked} ms, but its windows can change for {least} ms: keep "
            "them at least as long, or leave it out"
        )
    return asked


def _calendar(size: object, tz: object, grace_ms: int) -> Window:
    """TopologyError if the size is none of the calendar, or there is no such time zone."""
    from streamz_core.codecs.windows.calendars import zone_of  # loaded by what needs it

    unit, count = _calendar_size(size)
    if unit == "hour" and count % 24 == 0:
        unit, count = "day", count // 24
    if unit == "hour" and 24 % count:
        raise TopologyError(
            f"{size!r} is no part of a day: windows of hours by a calendar are of 1, 2, 3, 4, 6, 8 or 12"
        )
    name = getattr(tz, "key", tz)
    if not isinstance(name, str):
        raise TopologyError(
            f"tz={tz!r} is no time zone of the IANA database: give its name, as in 'Europe/Berlin', or a ZoneInfo"
        )
    try:
        zone_of(name)
    except Misuse as error:
        raise TopologyError(str(error)) from error
    return CalendarWindows(name, unit, count, grace_ms)


def _calendar_size(size: object) -> tuple[str, int]:
    if isinstance(size, timedelta):
        hours, rest = divmod(size, timedelta(hours=1))
        size = f"{hours}h" if not rest else str(size)
    found = _CALENDAR.fullmatch(size.strip()) if isinstance(size, str) else None
    if found is None or int(found[1]) == 0:
        raise TopologyError(
            f"the size of windows by a calendar is {size!r}; write hours, days, weeks, months or years, as in '6h', '1d', "
            "'1w', '1mo', '1y'; shorter windows need no tz="
        )
    unit, times = _CALENDAR_UNITS[found[2]]
    return unit, int(found[1]) * times


def _size(size: Duration) -> int:
    size_ms = milliseconds(size, "the size of a window")
    if size_ms == 0:
        raise TopologyError("the size of a window is 0; it must be more than nothing")
    return size_ms
