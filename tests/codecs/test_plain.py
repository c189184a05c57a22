"""Codecs of single values: Kafka's bytes, order kept where promised, columns like single values."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.plain import BOOL, BYTES, FLOAT, INT, NULL, STR
from streamz_core.errors import CodecError

LONGS = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = {
    INT: LONGS,
    STR: TEXT,
    BYTES: st.binary(),
    FLOAT: st.floats(allow_nan=False),
    BOOL: st.booleans(),
}


@pytest.mark.parametrize("codec", VALUES, ids=lambda codec: codec.name)
def test_values_come_back_alone_and_by_the_column(codec):
    @given(st.lists(VALUES[codec] | st.none()))
    def check(values):
        column = codec.encode_all(values)
        alone = [None if value is None else codec.encode(value) for value in values]
        assert column == alone
        assert codec.decode_all(column) == values
        assert [None if data is None else codec.decode(data) for data in alone] == values

    check()
    assert codec.immutable


def test_the_bytes_are_those_of_kafka():
    assert INT.encode(-2) == b"\xff\xff\xff\xff\xff\xff\xff\xfe"
    assert FLOAT.encode(1.5) == struct.pack(">d", 1.5)
    assert STR.encode("ä") == b"\xc3\xa4"
    assert (BOOL.encode(True), BOOL.encode(False)) == (b"\x01", b"\x00")


@given(TEXT, TEXT)
def test_texts_keep_their_order(a, b):
    assert (a < b) == (STR.encode(a) < STR.encode(b))


@given(LONGS, LONGS)
def test_ints_of_one_sign_keep_their_order(a, b):
    if (a < 0) == (b < 0):
        assert (a < b) == (INT.encode(a) < INT.encode(b))


WRONG = [
    (INT, True, "expected int, got bool True"),
    (INT, 1.0, "expected int, got float"),
    (INT, 2**63, "does not fit into 8 bytes"),
    (INT, -(2**63) - 1, "does not fit into 8 bytes"),
    (STR, b"a", "expected str, got bytes"),
    (STR, "\ud800", "cannot be written as UTF-8"),
    (BYTES, "a", "expected bytes, got str"),
    (BYTES, bytearray(b"a"), "expected bytes, got bytearray"),
    (FLOAT, True, "expected float, got bool"),
    (FLOAT, 10**400, "too large for a float"),
    (BOOL, 1, "expected bool, got int"),
    (NULL, 0, "expected None, got int"),
]


@pytest.mark.parametrize("codec, value, message", WRONG)
def test_a_value_of_another_type_is_refused_alone_and_in_a_column(codec, value, message):
    with pytest.raises(CodecError, match=message):
        codec.encode(value)
    with pytest.raises(CodecError, match=message):
        codec.encode_all([None, value])
    with pytest.raises(CodecError, match=message):
        codec.encode_all([value])


TORN = [
    (INT, b"1234567", "8 bytes, not 7"),
    (INT, b"123456789", "8 bytes, not 9"),
    (STR, b"\xff", "not UTF-8"),
    (FLOAT, b"", "8 bytes, not 0"),
    (BOOL, b"\x02", "one byte, 1 or 0"),
    (BOOL, b"", "one byte, 1 or 0"),
    (NULL, b"x", "expected null"),
]


@pytest.mark.parametrize("codec, data, message", TORN)
def test_bytes_of_something_else_are_refused(codec, data, message):
    with pytest.raises(CodecError, match=message):
        codec.decode(data)
    with pytest.raises(CodecError, match=message):
        codec.decode_all([None, data])
    with pytest.raises(CodecError, match=message):
        codec.decode_all([data])


@pytest.mark.parametrize("codec", VALUES, ids=lambda codec: codec.name)
def test_a_column_is_valid_if_it_can_be_decoded(codec):
    @given(st.lists(st.binary(max_size=9) | VALUES[codec].map(codec.encode) | st.none()))
    def check(column):
        assert refused(codec.validate_all, column) == refused(codec.decode_all, column)

    check()


def refused(read, column):
    """What it says against a column, or nothing."""
    try:
        read(column)
    except CodecError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "column", [[b"a\xc3", b"\xa4"], [b"\xc3", b"\xa4", b"z"], [b"\xed\xa0\x80"]]
)
def test_parts_that_are_text_only_together_are_not_valid(column):
    with pytest.raises(CodecError):
        STR.validate_all(column)


def test_odd_sizes_that_add_up_do_not_shift_the_numbers():
    with pytest.raises(CodecError, match="not 7"):
        INT.decode_all([b"1234567", b"123456789"])


def test_an_int_is_taken_as_its_float():
    assert FLOAT.decode(FLOAT.encode(3)) == 3.0
    assert type(FLOAT.decode(FLOAT.encode(3))) is float
