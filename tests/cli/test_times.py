"""Moments as they are typed and shown."""

import pytest

from streamz_core.cli.times import duration, iso, milliseconds
from streamz_core.errors import Misuse


@pytest.mark.parametrize(
    "text, at",
    [
        ("0", 0),
        ("1359608400000", 1359608400000),
        ("2013-01-31T05:00Z", 1359608400000),
        ("2013-01-31T06:00:00.001+01:00", 1359608400001),
        ("1969-12-31T23:59:59Z", -1000),
    ],
)
def test_what_is_typed(text, at):
    assert milliseconds(text) == at


@pytest.mark.parametrize("text", ["", "soon", "2013-01-31T05:00", "-5", "1e3", "٣"])
def test_what_is_no_moment(text):
    with pytest.raises(Misuse, match="is no time"):
        milliseconds(text)


@pytest.mark.parametrize(
    "at, text",
    [
        (0, "1970-01-01T00:00:00Z"),
        (1359608400001, "2013-01-31T05:00:00.001Z"),
        (1 << 62, str(1 << 62)),
    ],
)
def test_what_is_shown(at, text):
    assert iso(at) == text


@pytest.mark.parametrize(
    "text, ms",
    [
        ("PT10S", 10_000),
        ("PT0.25S", 250),
        ("P7D", 7 * 86_400_000),
        ("P1W", 7 * 86_400_000),
        ("P1DT2H3M4S", 93_784_000),
        ("P0D", 0),
        ("500ms", 500),
        ("1.5h", 5_400_000),
        ("7d", 7 * 86_400_000),
    ],
)
def test_a_duration(text, ms):
    assert duration(text) == ms


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1M", "P1Y", "1", "-PT1S", "-1s", "soon", "PT1H30", "P٣D"]
)
def test_what_is_no_duration(text):
    with pytest.raises(Misuse, match="is no duration"):
        duration(text)
