"""Lists of Kafka's: what a reader must not believe, and where this one is better than Kafka's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.kafka.lists import ListCodec
from streamz_core.codecs.kafka.numbers import INTEGER
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError

LONGS, INTEGERS, TEXTS = ListCodec(INT), ListCodec(INTEGER), ListCodec(STR)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none()))
def test_lists_of_numbers_come_back(items):
    assert LONGS.decode(LONGS.encode(items)) == items


@given(st.lists(TEXT | st.none()))
def test_lists_of_texts_come_back(items):
    assert TEXTS.decode(TEXTS.encode(items)) == items


DAMAGED = [
    (LONGS, "", "it begins with"),
    (LONGS, "00", "ends after 1 bytes"),
    (LONGS, "007fffffff", "a list of 2147483647 items in 5 bytes"),
    (LONGS, "00ffffffff", "a list of -1 items"),
    (TEXTS, "01000000017fffffff41", "an item of 2147483647 bytes"),
    (TEXTS, "010000000100000001", "ends after 9 bytes"),
    (TEXTS, "000000000000000000", "it begins with"),
]


@pytest.mark.parametrize("codec, data, why", DAMAGED)
def test_counts_and_lengths_are_not_believed(codec, data, why):
    with pytest.raises(CodecError, match=why):
        codec.decode(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_list_or_an_error(data):
    for codec in (INTEGERS, TEXTS):
        try:
            assert isinstance(codec.decode(data), list)
        except CodecError:
            continue


def test_a_dict_is_no_list():
    with pytest.raises(CodecError, match="expected list, got dict"):
        LONGS.encode({1: 2})
