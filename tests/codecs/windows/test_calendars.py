"""Windows of the calendar: where they begin and end, in zones whose clocks do odd things."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.extent import extent_of
from streamz_core.codecs.plain import STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.codecs.windows import calendars
from streamz_core.codecs.windows.calendars import UNITS, Calendar, zone_of
from streamz_core.errors import CodecError, Misuse
from streamz_core.record import Windowed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000


def ms(text, tz, fold=0):
    """The moment at which the clock of a zone shows that."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz), fold=fold)
    return (local - EPOCH) // timedelta(milliseconds=1)


def shown(at, tz):
    return (EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(tz)).replace(tzinfo=None)


def hours(calendar, start):
    return (calendar.end(start) - start) / HOUR_MS


@pytest.mark.parametrize(
    "day, length",
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-24", 24), ("2026-10-25", 25)],
)
def test_a_day_is_as_long_as_the_clocks_say(day, length):
    berlin, tz = Calendar("Europe/Berlin", "day", 1), "Europe/Berlin"
    start = ms(day, tz)
    for hour in ("00:00", "02:59:59.999", "12:00", "23:59:59.999"):
        assert berlin.start(ms(f"{day}T{hour}", tz)) == start
    assert berlin.start(ms(f"{day}T02:30", tz, fold=1)) == start
    assert berlin.start(start - 1) < start
    assert hours(berlin, start) == length


ODD = [
    # Clocks skip midnight, show it twice, and a whole day is left out.
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00", 23),
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00", 25),
    ("America/Havana", "2025-11-02", "2025-11-02T00:00", 25),
    ("America/Havana", "2025-03-09", "2025-03-09T01:00", 23),
    ("Pacific/Apia", "2011-12-31", "2011-12-31T00:00", 24),
    ("Pacific/Apia", "2011-12-29", "2011-12-29T00:00", 24),
    ("Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00", 24.5),
]


@pytest.mark.parametrize("tz, day, begins, length", ODD)
def test_a_day_begins_with_the_first_moment_that_shows_its_date(tz, day, begins, length):
    calendar = Calendar(tz, "day", 1)
    start = calendar.start(ms(f"{day}T12:00", tz))
    assert start == ms(begins, tz)
    assert hours(calendar, start) == length
    assert shown(start, tz).date().isoformat() == day
    assert shown(start - 1, tz).date().isoformat() < day


def test_an_hour_that_comes_twice_is_two_windows_and_longer_windows_are_longer():
    tz = "Europe/Berlin"
    hour, two, six = (Calendar(tz, "hour", count) for count in (1, 2, 6))
    first, second = (ms("2026-10-25T02:00", tz, fold) for fold in (0, 1))
    assert hour.start(first + 1) == first
    assert hour.start(second + 1) == second == hour.end(first)
    assert hours(hour, second) == 1
    assert two.start(second + 1) == first
    assert hours(two, first) == 3
    assert hours(six, ms("2026-10-25T00:00", tz)) == 7
    assert hours(six, ms("2026-03-29T00:00", tz)) == 5
    assert hours(six, ms("2026-03-29T06:00", tz)) == 6


def test_hours_that_clocks_skip_are_in_no_window():
    """In Casey it was five o'clock after two once, and on Lord Howe half an hour is skipped each year."""
    casey, tz = Calendar("Antarctica/Casey", "hour", 2), "Antarctica/Casey"
    skipped = ms("2009-10-18T05:00", tz)
    assert casey.start(skipped) == skipped == casey.end(casey.start(skipped - 1))
    assert casey.end(skipped) == ms("2009-10-18T06:00", tz)
    lord, tz = Calendar("Australia/Lord_Howe", "hour", 1), "Australia/Lord_Howe"
    skipped = ms("2026-10-04T02:30", tz)
    assert lord.start(skipped - 1) == ms("2026-10-04T01:00", tz)
    assert [hours(lord, at) for at in (lord.start(skipped - 1), skipped)] == [1, 0.5]


def test_weeks_begin_on_mondays_and_months_with_their_first_day():
    tz = "Europe/Berlin"
    at = ms("2026-03-31T12:00", tz)
    for unit, count, start, end in (
        ("week", 1, "2026-03-30", "2026-04-06"),
        ("month", 1, "2026-03-01", "2026-04-01"),
        ("month", 3, "2026-01-01", "2026-04-01"),
        ("month", 12, "2026-01-01", "2027-01-01"),
    ):
        calendar = Calendar(tz, unit, count)
        assert calendar.start(at) == ms(start, tz)
        assert calendar.end(ms(start, tz)) == ms(end, tz)
    assert shown(Calendar(tz, "week", 2).start(at), tz).weekday() == 0


def test_no_window_begins_before_1970():
    """In Berlin the epoch is one o'clock, on a Thursday."""
    for unit in UNITS:
        calendar = Calendar("Europe/Berlin", unit, 1)
        assert calendar.start(0) == 0
        assert calendar.start(calendar.end(0)) == calendar.end(0)
        assert calendar.start(-5) == -5
    assert Calendar("Europe/Berlin", "day", 1).end(0) == 23 * HOUR_MS
    assert Calendar("Europe/Berlin", "week", 1).end(0) == (4 * 24 - 1) * HOUR_MS


ZONES = [
    *("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana"),
    *(
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Antarctica/Casey",
        "Antarctica/Vostok",
        "Asia/Kolkata",
    ),
    *("Africa/Monrovia", "Asia/Beirut", "Pacific/Kwajalein"),
]


@given(
    st.sampled_from(ZONES),
    st.sampled_from([("hour", 1), ("hour", 2), ("hour", 12), ("day", 1), ("day", 3), ("week", 1)]),
    st.integers(0, 2_200_000_000_000),
)
@hypothesis.settings(deadline=None, max_examples=400)
def test_every_moment_is_in_one_window_and_windows_stand_side_by_side(tz, windows, at):
    calendar = Calendar(tz, *windows)
    start = calendar.start(at)
    end = calendar.end(start)
    assert start <= at < end <= start + calendar.longest_ms
    assert calendar.start(start) == calendar.start(end - 1) == start
    assert calendar.start(end) == end
    if windows == ("day", 1) and start > 0:
        assert shown(start, tz).date() == shown(at, tz).date() > shown(start - 1, tz).date()


@given(st.sampled_from(ZONES), st.lists(st.integers(0, 10_000_000_000), max_size=20))
@hypothesis.settings(deadline=None, max_examples=100)
def test_what_was_asked_before_changes_no_answer(tz, moments):
    calendars.found.cache_clear()
    found = [Calendar(tz, "day", 1).start(at) for at in moments]
    again = []
    for at in reversed(moments):
        calendars.found.cache_clear()
        again.append(Calendar(tz, "day", 1).start(at))
    assert found == again[::-1]


def test_keys_are_written_as_those_of_other_windows():
    berlin = Calendar("Europe/Berlin", "day", 1)
    codec = windowed_codec(STR, berlin)
    start = ms("2026-03-29", "Europe/Berlin")
    key = Windowed("a", start, start + 23 * HOUR_MS)
    assert codec.encode(key) == b"a" + start.to_bytes(8, "big")
    assert codec.decode(codec.encode(key)) == key
    assert codec is windowed_codec(STR, Calendar("Europe/Berlin", "day", 1))
    assert codec.name == "windowed str of 1 day in Europe/Berlin"
    with pytest.raises(CodecError, match="is no window of 1 day in Europe/Berlin"):
        codec.encode(Windowed("a", start, start + 24 * HOUR_MS))


def test_a_calendar_is_found_by_its_name():
    for unit in UNITS:
        for count in (1, 2):
            calendar = Calendar("Europe/Berlin", unit, count)
            assert extent_of(calendar.name) == calendar
    for name in (
        *("of 1 days in Europe/Berlin", "of 2 day in Europe/Berlin", "of 0 days in Europe/Berlin"),
        *("of 1 day in Mars/Base", "of 1 fortnight in Europe/Berlin", "of 1 day in "),
    ):
        assert extent_of(name) is None


def test_behind_the_last_year_there_are_no_windows():
    with pytest.raises(Misuse, match="ends with the year 9990"):
        Calendar("UTC", "day", 1).start(2**62)
    with pytest.raises(Misuse, match="ends with the year 9990"):
        Calendar("Europe/Berlin", "month", 12).start(ms("9991-01-01", "UTC"))


def test_a_zone_that_is_not_there_is_told_with_the_way_out(monkeypatch):
    with pytest.raises(
        Misuse, match=r"no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'\?"
    ):
        zone_of("Europe/Berln")
    for wrong in ("../etc", "", "Nowhere"):
        with pytest.raises(Misuse, match=r"there is no time zone .*pip install tzdata"):
            zone_of(wrong)
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    with pytest.raises(Misuse, match="no database of time zones: pip install tzdata"):
        zone_of("Europe/Nowhere")
