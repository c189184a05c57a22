"""Windows of the calendar, as users say them: a number of hours, days, weeks, months, and a time zone."""

from __future__ import annotations

import re
from datetime import timedelta

from streamz_core.errors import Misuse, TopologyError
from streamz_core.topology.windows import CalendarWindows, Window

_TEXT = re.compile(r"([0-9]+)\s*(h|d|w|mo|y)")
_UNITS = {
    "h": ("hour", 1),
    "d": ("day", 1),
    "w": ("week", 1),
    "mo": ("month", 1),
    "y": ("month", 12),
}


def calendar(size: object, tz: object, grace_ms: int) -> Window:
    """TopologyError if the size is none of the calendar, or there is no such time zone."""
    from streamz_core.codecs.windows.calendars import zone_of  # loaded by what needs it

    unit, count = _size(size)
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


def _size(size: object) -> tuple[str, int]:
    if isinstance(size, timedelta):
        hours, rest = divmod(size, timedelta(hours=1))
        size = f"{hours}h" if not rest else str(size)
    found = _TEXT.fullmatch(size.strip()) if isinstance(size, str) else None
    if found is None or int(found[1]) == 0:
        raise TopologyError(
            f"the size of windows by a calendar is {size!r}; write hours, days, weeks, months or years, as in '6h', '1d', "
            "'1w', '1mo', '1y'; shorter windows need no tz="
        )
    unit, times = _UNITS[found[2]]
    return unit, int(found[1]) * times
