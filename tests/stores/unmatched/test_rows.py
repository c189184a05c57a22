"""Rows of unmatched records: their bytes, and what they are decoded."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.stores.timed import pack_time, time_of
from streamz_core.stores.unmatched.rows import (
    LEFT,
    RIGHT,
    tail_of,
    unmatched_codecs,
    values_of,
    with_value,
)

KEY, VALUES = unmatched_codecs(STR, INT, STR)


def test_bytes_in_order_are_records_in_order():
    places = [
        pack_time(time) + tail_of(side, key)
        for time in (0, 255, 256)
        for side in (RIGHT, LEFT)
        for key in (b"a", b"a\x00", b"b")
    ]
    assert places == sorted(places)
    assert [time_of(place) for place in places[::6]] == [0, 255, 256]


def test_records_of_one_row_come_in_the_order_of_their_arrival():
    row = None
    for value in (b"z", b"", b"a" * 300):
        row = with_value(row, LEFT, value)
    assert list(values_of(row)) == [b"z", b"", b"a" * 300]


def test_keys_there_and_back():
    for key in ((0, "left", "k"), (2**63, "right", "")):
        assert KEY.decode(KEY.encode(key)) == key
    assert KEY.encode((1, "left", "k")) == bytes(7) + b"\x01\x01k"
    assert KEY.encode([1, "right", "k"]) == bytes(7) + b"\x01\x00k"  # as JSON has it


def test_values_there_and_back_each_side_by_its_codec():
    for row in (("left", 1, 2), ("right", "a", "", "b")):
        assert VALUES.decode(VALUES.encode(row)) == row
    assert VALUES.encode(("left", 1)) == with_value(None, LEFT, INT.encode(1))


@pytest.mark.parametrize(
    "key", [(1, "left"), (-1, "left", "k"), (1, "up", "k"), 7, ("1", "left", "k")]
)
def test_what_is_no_key_is_told(key):
    with pytest.raises(CodecError, match=r"expected .time in ms"):
        KEY.encode(key)


@pytest.mark.parametrize("data", [b"", bytes(8), bytes(8) + b"\x02k"])
def test_bytes_that_are_no_key_are_told(data):
    with pytest.raises(CodecError, match="no key of unmatched records"):
        KEY.decode(data)


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x01\x00\x00", b"\x01\x00\x00\x00\x02a"])
def test_bytes_that_are_no_row_are_told(data):
    with pytest.raises(CodecError, match="unmatched records"):
        VALUES.decode(data)


def test_equal_sides_have_one_codec():
    assert unmatched_codecs(STR, INT, STR) is unmatched_codecs(STR, INT, STR)
    assert unmatched_codecs(STR, STR, INT)[1].name != VALUES.name
