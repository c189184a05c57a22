"""Rows of changes that are held back: their bytes, and what they are decoded."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.stores.suppressed.rows import (
    HELD,
    change_of,
    opened,
    opened_of,
    prior_of,
    size_of,
    suppressed_codec,
    time_of,
    with_change,
)

CODEC = suppressed_codec(STR)
HEADERS = (("h", b"x"), ("h", None))


@pytest.mark.parametrize("prior", [None, b"", b"before"])
@pytest.mark.parametrize("value", [None, b"", b"now"])
@pytest.mark.parametrize("headers", [(), HEADERS])
def test_a_row_gives_what_went_into_it(prior, value, headers):
    row = with_change(opened(7, prior), value, headers)
    assert opened_of(row) == opened(7, prior)
    assert (time_of(row), prior_of(row), change_of(row)) == (7, prior, (value, headers))
    assert prior_of(opened_of(row)) == prior
    held = HELD.decode(row)
    assert held == (opened(7, prior), value, headers)
    assert HELD.encode(held) == row
    assert size_of(held) == 12 + len(prior or b"") + len(value or b"") + 3 * bool(headers)


def test_rows_there_and_back():
    for row in ((5, None, "new", ()), (2**40, "old", None, HEADERS)):
        assert CODEC.decode(CODEC.encode(row)) == row
    assert CODEC.encode((1, None, "v", ())) == (
        bytes(7) + b"\x01" + b"\xff" * 4 + bytes(4) + bytes(3) + b"\x01v"
    )


@pytest.mark.parametrize("row", [7, (1, "a", "b"), ("1", None, None, ()), (1, None, None, object)])
def test_what_is_no_row_is_told(row):
    with pytest.raises(CodecError):
        CODEC.encode(row)


def test_a_row_that_is_cut_anywhere_is_told():
    row = with_change(opened(7, b"before"), b"now", HEADERS)
    for end in range(len(row)):
        with pytest.raises(CodecError):
            suppressed_codec(INT).decode(row[:end])
    with pytest.raises(CodecError, match="bytes, not"):
        change_of(row + b"!")
