"""Rows of waiting records: their bytes, and what they are decoded."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.stores.timed import pack_time
from streamz_core.stores.waiting.rows import records_of, waiting_codecs, with_record

KEY, RECORDS = waiting_codecs(STR, INT)


def test_records_of_one_row_come_in_the_order_of_their_arrival():
    row = None
    for value, headers in ((b"z", ()), (b"", (("h", b"x"), ("h", None))), (b"a" * 300, ())):
        row = with_record(row, value, headers)
    assert list(records_of(row)) == [
        (b"z", ()),
        (b"", (("h", b"x"), ("h", None))),
        (b"a" * 300, ()),
    ]


def test_keys_there_and_back():
    assert KEY.decode(KEY.encode((5, "k"))) == (5, "k")
    assert KEY.encode([1, "k"]) == pack_time(1) + b"k"  # as JSON has it


def test_records_there_and_back():
    row = ((1, ()), (2, (("h", b"x"),)))
    assert RECORDS.decode(RECORDS.encode(row)) == row


@pytest.mark.parametrize("key", [(1,), (-1, "k"), 7, ("1", "k")])
def test_what_is_no_key_is_told(key):
    with pytest.raises(CodecError, match=r"expected .time in ms"):
        KEY.encode(key)


def test_bytes_that_are_no_key_are_told():
    with pytest.raises(CodecError, match="no key of waiting records"):
        KEY.decode(b"short")


@pytest.mark.parametrize(
    "data", [b"\x00", bytes(4), bytes(6), b"\x00\x00\x00\x05a", bytes(7) + b"\x01"]
)
def test_bytes_that_are_cut_are_told(data):
    with pytest.raises(CodecError, match="waiting records is cut"):
        RECORDS.decode(data)


def test_equal_codecs_have_one_codec():
    assert waiting_codecs(STR, INT) is waiting_codecs(STR, INT)
