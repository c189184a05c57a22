"""Windows of the calendar: hours, days, weeks, months as the clocks of a time zone show them.

A window begins at the first moment at which the local clock shows its beginning, or more, and lasts until the next one
begins: a day has 23 or 25 hours where clocks are changed. Days are counted from 1970-01-01, weeks from a Monday,
months from January 1970. No window begins before 1970 UTC. An hour that comes twice is two windows of one hour;
windows of several hours are longer instead.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from streamz_core.codecs.extent import pack_one, unpack_one
from streamz_core.errors import Misuse

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_FIRST_MONDAY = date(1969, 12, 29).toordinal()
AROUND = range(-12, 13)
"""How many hours of the local clock, around the one it shows, may come again next or last."""


@frozen
class Unit:
    """What windows are counted in. `begin`: from a moment of the local clock, a number of units, and how many windows
    further, to the local beginning of a window. `longest_ms`: how long one is, whatever happens to clocks.
    """

    name: str
    longest_ms: int
    begin: Callable[[datetime, int, int], datetime]


def _hour(local: datetime, count: int, more: int) -> datetime:
    start = local.replace(minute=0, second=0, microsecond=0)
    return start - timedelta(hours=start.hour % count) + timedelta(hours=more * count)


def _days(day: int, first: int, count: int, more: int) -> datetime:
    start = first + ((day - first) // count + more) * count
    return datetime.fromordinal(start)


def _day(local: datetime, count: int, more: int) -> datetime:
    return _days(local.toordinal(), _FIRST_DAY, count, more)


def _week(local: datetime, count: int, more: int) -> datetime:
    return _days(local.toordinal(), _FIRST_MONDAY, 7 * count, more)


def _month(local: datetime, count: int, more: int) -> datetime:
    month = ((local.year - 1970) * 12 + local.month - 1) // count * count + more * count
    return datetime.fromordinal(date(1970 + month // 12, month % 12 + 1, 1).toordinal())


_HOUR_MS = 3_600_000
UNITS = {
    unit.name: unit
    for unit in (
        Unit("hour", _HOUR_MS, _hour),
        Unit("day", 24 * _HOUR_MS, _day),
        Unit("week", 7 * 24 * _HOUR_MS, _week),
        Unit("month", 31 * 24 * _HOUR_MS, _month),
    )
}
CHANGE_MS = 12 * _HOUR_MS
"""No clock was ever put back by more than this since 1970."""


@frozen
class Calendar:
    """Windows of `count` units in the time zone `tz`, a name of the IANA database. Implements Extent.

    Equal ones share what they found out of their windows.
    """

    tz: str
    unit: str
    count: int
    tail_bytes: int = 8

    @property
    def name(self) -> str:
        return f"of {self.count} {self.unit}{'s' * (self.count > 1)} in {self.tz}"

    @property
    def longest_ms(self) -> int:
        """No window is longer."""
        return self.count * UNITS[self.unit].longest_ms + CHANGE_MS

    def start(self, at: int) -> int:
        """The start of the window that a moment is in; a moment before 1970 itself. Misuse behind the year 9990."""
        return found(self).start(at)

    def end(self, start: int, told: int | None = None) -> int:  # noqa: ARG002 - as every extent
        return found(self).window(start)[1]

    def end_of(self, start: str) -> str:  # noqa: ARG002 - it takes a call
        return ""

    def pack(self, start: int, end: int) -> bytes:
        return pack_one(self, start, end)

    def unpack(self, tail: bytes) -> tuple[int, int]:
        start = unpack_one(tail)
        return start, self.end(start)


def calendar_named(name: str) -> Calendar | None:
    """The calendar that calls itself so; None if none does, or its zone is not known here."""
    found = _NAMED.fullmatch(name)
    if found is None or int(found[1]) == 0:
        return None
    calendar = Calendar(found[3], found[2], int(found[1]))
    try:
        zone_of(calendar.tz)
    except Misuse:
        return None
    return calendar if calendar.name == name else None


_NAMED = re.compile(rf"of (\d{{1,6}}) ({'|'.join(UNITS)})s? in (\S+)", re.ASCII)


class Found:
    """The windows of a calendar that somebody asked for."""

    def __init__(self, calendar: Calendar) -> None:
        self._zone = zone_of(calendar.tz)
        self._calendar = calendar
        self._unit = UNITS[calendar.unit]
        self._twice = calendar.unit == "hour" and calendar.count == 1
        self._last = (0, 0)
        self._starts: list[int] = []
        self._ends: dict[int, int] = {}

    def start(self, at: int) -> int:
        """As Calendar.start; hashing a calendar takes five times as long."""
        start, end = self._last
        if start <= at < end:
            return start
        return at if at < 0 else self.window(at)[0]

    def window(self, at: int) -> tuple[int, int]:
        """Start and end of the window of a moment from 1970 on."""
        if self._last[0] <= at < self._last[1]:
            return self._last
        index = bisect_right(self._starts, at)
        if index and at < self._ends[self._starts[index - 1]]:
            start = self._starts[index - 1]
        else:
            start, end = self._look(at)
            self._ends[start] = end
            insort(self._starts, start)
        self._last = (start, self._ends[start])
        return self._last

    def _look(self, at: int) -> tuple[int, int]:
        try:
            return self._between(at, self._local(at))
        except (OverflowError, ValueError) as error:
            raise Misuse(
                f"{at} ms is behind the calendar, which ends with the year 9990"
            ) from error

    def _between(self, at: int, local: datetime) -> tuple[int, int]:
        """The last beginning up to a moment, and the first one behind it."""
        begin, count = self._unit.begin, self._calendar.count
        more = 0
        while (start := self._first(begin(local, count, more))) > at:
            more -= 1
        while (end := self._first(begin(local, count, more + 1))) <= at:
            start, more = end, more + 1
        for again in self._again(local):
            if again <= at:
                start = max(start, again)
            else:
                end = min(end, again)
        return max(start, 0), end

    def _again(self, local: datetime) -> Iterator[int]:
        """When the local clock shows an hour for the second time; windows of one hour begin anew then."""
        for more in AROUND if self._twice else ():
            shown = self._unit.begin(local, 1, more)
            again = _ms(shown.replace(tzinfo=self._zone, fold=1))
            if self._local(again) == shown:
                yield again

    def _first(self, shown: datetime) -> int:
        """The first moment at which the local clock shows this, or more where it skips it."""
        early, late = (_ms(shown.replace(tzinfo=self._zone, fold=fold)) for fold in (1, 0))
        if self._local(late) == shown:
            return late
        while early + 1 < late:
            middle = (early + late) // 2
            if self._local(middle) < shown:
                early = middle
            else:
                late = middle
        return late

    def _local(self, at: int) -> datetime:
        """What the local clock shows."""
        moment = _EPOCH + at * _MS
        if moment.year > 9990:
            raise OverflowError
        return moment.astimezone(self._zone).replace(tzinfo=None)


@cache
def found(calendar: Calendar) -> Found:
    """One for equal calendars."""
    return Found(calendar)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS


@cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; Misuse if there is none, or no database of time zones on this machine."""
    from zoneinfo import ZoneInfo, available_timezones  # loaded by what needs it

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        known = available_timezones()
        if not known:
            raise Misuse(
                f"the time zone {name!r} cannot be looked up, since this machine has no database of time zones: "
                "pip install tzdata"
            ) from error
        raise Misuse(
            f"there is no time zone {name!r}; {_near(name, known)}; if this machine's database of time zones is old: "
            "pip install tzdata"
        ) from error


def _near(name: str, known: set[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean {found[0]!r}?" if found else "names are as in 'Europe/Berlin', 'UTC'"
