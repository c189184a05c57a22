"""Moments as they are typed and shown."""

import pytest

from streamz_core.cli.times import iso, milliseconds
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
