"""Spans of time as users write them, and windows made of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from streamz_core.codecs.extent import Endless, Sized
from streamz_core.codecs.plain import STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.dsl.declared.windows import (
    hopping,
    joined_within,
    milliseconds,
    retention_ms,
    session,
    sliding,
    tumbling,
    unlimited,
    windowed,
)
from streamz_core.errors import TopologyError
from streamz_core.topology.windows import JoinWindows

SPANS = [
    ("20ms", 20),
    ("0ms", 0),
    ("10s", 10_000),
    ("1.5s", 1_500),
    ("1.1m", 66_000),
    ("5 m", 300_000),
    ("1h", 3_600_000),
    ("400d", 34_560_000_000),
    (timedelta(seconds=2, milliseconds=5), 2_005),
    (3, 3_000),
    (0.25, 250),
    (1.001, 1_001),
    (0, 0),
]


@pytest.mark.parametrize("span, expected", SPANS)
def test_spans_in_ms(span, expected):
    assert milliseconds(span, "it") == expected


WRONG = [
    ("10", "write it with a unit"),
    ("", "write it with a unit"),
    ("1w", "write it with a unit"),
    ("1m30s", "write it with a unit"),
    (None, "write it with a unit"),
    (True, "write it with a unit"),
    ("-1ms", "cannot be negative"),
    (timedelta(seconds=-1), "cannot be negative"),
    ("0.5ms", "no whole number of ms"),
    (0.0001, "no whole number of ms"),
    (float("nan"), "no whole number of ms"),
    (float("inf"), "is inf; at most 1152921504606846976 ms are possible"),
]


@pytest.mark.parametrize("span, message", WRONG)
def test_what_is_no_span_is_refused_by_name(span, message):
    with pytest.raises(TopologyError, match=message) as caught:
        milliseconds(span, "the grace of a window")
    assert str(caught.value).startswith("the grace of a window is ")


def test_windows():
    window = tumbling("1m", grace="10s")
    assert (window.size_ms, window.advance_ms, window.grace_ms) == (60_000, 60_000, 10_000)
    window = hopping("1m", advance="10s")
    assert (window.size_ms, window.advance_ms, window.grace_ms) == (60_000, 10_000, 0)
    assert hopping("10s", "10s").advance_ms == 10_000


def test_sessions_and_sliding_windows():
    window = session("30m", grace="10s")
    assert (window.gap_ms, window.grace_ms, window.least_retention_ms) == (
        1_800_000,
        10_000,
        1_810_000,
    )
    assert session(0).gap_ms == 0
    window = sliding("10s", grace=1)
    assert (window.difference_ms, window.grace_ms, window.least_retention_ms) == (
        10_000,
        1_000,
        21_000,
    )
    with pytest.raises(TopologyError, match="more than nothing"):
        sliding("0s")
    with pytest.raises(TopologyError, match="the gap of a session is '-1s'"):
        session("-1s")


def test_windows_that_mean_something_else_are_told_apart():
    windows = [tumbling("1s"), hopping("2s", "1s"), sliding("1s"), session("1s"), unlimited()]
    identities = [repr(window.identity) for window in windows]
    assert len(set(identities)) == len(windows)


@pytest.mark.parametrize("advance", ["0ms", "61s"])
def test_an_advance_outside_of_the_size_is_refused(advance):
    with pytest.raises(TopologyError, match="more than nothing and at most the size, '1m'"):
        hopping("1m", advance)


def test_windows_of_no_size_are_refused():
    for make in (lambda: tumbling("0s"), lambda: hopping(0, 0), lambda: windowed(str, 0)):
        with pytest.raises(TopologyError, match="the size of a window is 0"):
            make()


def test_windows_are_kept_until_they_cannot_change():
    window = tumbling("10ms", grace="5ms")
    assert retention_ms(window, None, "sums") == 15
    assert retention_ms(window, "15ms", "sums") == 15
    assert retention_ms(window, "1h", "sums") == 3_600_000
    with pytest.raises(TopologyError, match=r"the retention of sums is 14 ms.* 15 ms"):
        retention_ms(window, "14ms", "sums")


def test_the_codec_of_windowed_keys():
    assert windowed(str, "10ms") is windowed_codec(STR, Sized(10))
    assert windowed(STR, "10ms") is windowed_codec(STR, Sized(10))
    assert windowed(str, hopping("10ms", "5ms")) is windowed_codec(STR, Sized(10))
    assert windowed(str, unlimited()) is windowed_codec(STR, Endless())


STARTS = [
    (0, 0),
    (1_500, 1_500),
    (datetime(1970, 1, 1, 0, 0, 1, 5_000, tzinfo=UTC), 1_005),
    (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=1))), 3_600_000),
]


@pytest.mark.parametrize("start, expected", STARTS)
def test_an_unlimited_window_starts_once(start, expected):
    assert unlimited(start).start_ms == expected


WRONG_STARTS = [
    (-1, "not negative"),
    (datetime(1969, 12, 31, tzinfo=UTC), "not negative"),
    (datetime(2026, 1, 1, microsecond=1, tzinfo=UTC), "a whole number of ms"),
    (datetime(2026, 1, 1), "with a time zone"),  # noqa: DTZ001 - the point
    (True, "with a time zone"),
    (1.5, "with a time zone"),
    ("2026-01-01", "with a time zone"),
]


@pytest.mark.parametrize("start, message", WRONG_STARTS)
def test_what_is_no_start_is_refused(start, message):
    with pytest.raises(TopologyError, match=message) as caught:
        unlimited(start)
    assert str(caught.value).startswith("the start of an unlimited window is ")


def test_an_unlimited_window_is_kept_for_ever():
    window = unlimited()
    assert retention_ms(window, None, "sums") == window.least_retention_ms > 10**17
    with pytest.raises(TopologyError, match="leave it out"):
        retention_ms(window, "400d", "sums")


REACHES = [
    (("10s", None, None, None), JoinWindows(10_000, 10_000)),
    (("10s", "2s", None, "1s"), JoinWindows(2_000, 10_000, 1_000)),
    (("10s", None, 0, None), JoinWindows(10_000, 0)),
    ((None, "-2s", "2s", None), JoinWindows(-2_000, 2_000)),
    ((None, timedelta(seconds=3), -1, 0), JoinWindows(3_000, -1_000)),
]


@pytest.mark.parametrize("spans, windows", REACHES)
def test_how_far_a_join_of_streams_reaches(spans, windows):
    assert joined_within("here", *spans) == windows


NOWHERE = [
    ((None, None, None, None), r"^here: a join of two streams needs within=.* or both"),
    ((None, "1s", None, None), "needs within="),
    (("-1s", None, None, None), "here: within is '-1s'; it cannot be negative"),
    ((None, "-2s", "1s", None), "before='-2s' and after='1s' reach nowhere"),
    (("1s", None, "x", None), "here: after is 'x'; write it with a unit"),
    (("1s", None, None, "-1s"), "here: grace is '-1s'; it cannot be negative"),
]


@pytest.mark.parametrize("spans, message", NOWHERE)
def test_a_join_of_streams_that_reaches_nowhere_is_refused(spans, message):
    with pytest.raises(TopologyError, match=message):
        joined_within("here", *spans)
