"""Spans of time and moments, as users write them; what windows make of them stands with the windows."""

from datetime import UTC, datetime, timedelta

import pytest

from streamz_core.errors import TopologyError
from streamz_core.topology.spans import instant_ms, milliseconds, whole_ms


@pytest.mark.parametrize("span", ["90s", "1.5m", "90000ms", timedelta(seconds=90), 90])
def test_spans(span):
    assert milliseconds(span, "the interval") == 90_000


def test_a_span_may_be_negative_only_where_somebody_says_so():
    assert whole_ms("-5s", "before") == -5000
    with pytest.raises(TopologyError, match="the interval is '-5s'; it cannot be negative"):
        milliseconds("-5s", "the interval")


@pytest.mark.parametrize("moment", [1500, datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)])
def test_moments(moment):
    assert instant_ms(moment, "the start") == 1500


@pytest.mark.parametrize("moment", [datetime(1970, 1, 2), "now", 1.5, True, -1])  # noqa: DTZ001
def test_what_is_no_moment_is_refused(moment):
    with pytest.raises(TopologyError, match="the start is "):
        instant_ms(moment, "the start")


@pytest.mark.parametrize(
    "span", ["99999999999999d", f"{(1 << 61)}ms", float("inf"), 10**400, "9" * 400 + "d"]
)
def test_longer_than_any_time_there_is(span):
    """What is stored of it has eight bytes, and several of them are added up."""
    with pytest.raises(TopologyError, match=r"the interval is .*; at most 1152921504606846976 ms"):
        milliseconds(span, "the interval")
    assert milliseconds(f"{1 << 60}ms", "the interval") == 1 << 60
    with pytest.raises(TopologyError, match="no whole number"):
        milliseconds(float("nan"), "the interval")
