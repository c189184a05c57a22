"""Windows of the calendar as users say them."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from streamz_core.dsl.declared.windows import tumbling, windowed
from streamz_core.errors import TopologyError
from streamz_core.topology.windows import CalendarWindows

BERLIN = "Europe/Berlin"
SAID = [
    ("1d", ("day", 1)),
    ("24h", ("day", 1)),
    ("48h", ("day", 2)),
    (timedelta(days=1), ("day", 1)),
    (timedelta(hours=6), ("hour", 6)),
    ("6 h", ("hour", 6)),
    ("1w", ("week", 1)),
    ("2w", ("week", 2)),
    ("1mo", ("month", 1)),
    ("1y", ("month", 12)),
]


@pytest.mark.parametrize("size, expected", SAID)
def test_sizes_of_a_calendar(size, expected):
    assert tumbling(size, tz=BERLIN) == CalendarWindows(BERLIN, *expected)


def test_a_zone_may_be_an_object_and_there_may_be_grace():
    made = tumbling("1d", grace="2h", tz=ZoneInfo(BERLIN))
    assert made == CalendarWindows(BERLIN, "day", 1, 7_200_000)
    assert made.open_ms == 7_199_999
    assert made.least_retention_ms == (24 + 12 + 2) * 3_600_000
    assert made.identity == ["calendar", BERLIN, "day", 1]
    assert windowed(str, made) is made.codec(windowed(str, made).key)


@pytest.mark.parametrize(
    "size, tz, told",
    [
        ("5h", BERLIN, "'5h' is no part of a day"),
        ("36h", BERLIN, "'36h' is no part of a day"),
        ("30m", BERLIN, "write hours, days, weeks, months or years.* shorter windows need no tz="),
        ("0d", BERLIN, "the size of windows by a calendar is '0d'"),
        ("1.5d", BERLIN, "the size of windows by a calendar is '1.5d'"),
        (timedelta(minutes=90), BERLIN, "the size of windows by a calendar is '1:30:00'"),
        (3600, BERLIN, "the size of windows by a calendar is 3600"),
        ("1d", UTC, "is no time zone of the IANA database: give its name"),
        ("1d", "Mars/Base", "there is no time zone 'Mars/Base'"),
        ("1d", "", "there is no time zone ''"),
    ],
)
def test_what_is_no_calendar_is_refused(size, tz, told):
    with pytest.raises(TopologyError, match=told):
        tumbling(size, tz=tz)
