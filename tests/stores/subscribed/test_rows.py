"""Keys of subscribers: their bytes, and that those of one foreign key lie together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.stores.subscribed.rows import head_of, split_key, subscriber_codec

CODEC = subscriber_codec(STR, INT)


def test_the_bytes_are_those_of_kafka():
    assert CODEC.encode(("ab", 1)) == b"\0\0\0\2ab" + INT.encode(1)
    assert subscriber_codec(STR, INT) is CODEC
    assert CODEC.immutable


@given(st.tuples(st.text("ab\0", max_size=3), st.integers(-5, 5)))
def test_keys_come_back(key):
    assert CODEC.decode(CODEC.encode(key)) == key


@given(st.binary(max_size=3), st.binary(max_size=3), st.binary(max_size=3))
def test_no_key_lies_among_those_of_another(one, other, primary):
    assert split_key(head_of(one) + primary) == (one, primary)
    assert (head_of(other) + primary).startswith(head_of(one)) == (one == other)


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\3ab"], ids=repr)
def test_what_is_cut_is_refused(data):
    with pytest.raises(CodecError, match="no key of a row that refers"):
        split_key(data)


@pytest.mark.parametrize("value", ["ab", ("ab",), ["ab", 1]], ids=repr)
def test_what_is_no_pair_is_refused(value):
    with pytest.raises(CodecError):
        CODEC.encode(value)
