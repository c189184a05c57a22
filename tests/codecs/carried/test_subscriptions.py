"""What the sides of a foreign-key join tell each other: bytes both ways, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.carried.subscriptions import (
    ANSWER,
    DIGEST_BYTES,
    FORGET,
    Response,
    Subscription,
    digest_of,
    pack_response,
    pack_subscription,
    response_codec,
    split_response,
    split_subscription,
    subscription_codec,
)
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError

DIGEST = st.none() | st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES)
RAW = st.binary(max_size=5)


@given(st.integers(FORGET, 3), DIGEST, RAW)
def test_subscriptions_come_back(instruction, digest, primary):
    data = pack_subscription(instruction, digest, primary)
    assert split_subscription(data) == (instruction, digest, primary)


@given(DIGEST, st.none() | RAW)
def test_responses_come_back_null_apart_from_empty(digest, value):
    assert split_response(pack_response(digest, value)) == (digest, value)


def test_the_layout_is_pinned():
    assert pack_subscription(ANSWER, b"d" * 16, b"k") == b"\0\2" + b"d" * 16 + b"k"
    assert pack_subscription(FORGET, None, b"k") == b"\x80\0k"
    assert pack_response(b"d" * 16, b"v") == b"\0" + b"d" * 16 + b"v"
    assert pack_response(None, None) == b"\xc0"
    assert digest_of(b"a").hex() == "27c35e6e9373877f29e562464e46497e"


def test_codecs_write_the_same_and_read_it():
    subscribed, answered = subscription_codec(STR), response_codec(INT)
    told, found = Subscription(ANSWER, b"d" * 16, "k"), Response(None, 5)
    assert subscribed.encode(told) == pack_subscription(ANSWER, b"d" * 16, b"k")
    assert subscribed.decode(subscribed.encode(told)) == told
    assert answered.decode(answered.encode(found)) == found
    assert answered.decode(answered.encode(Response(None, None))) == (None, None)
    assert subscription_codec(STR) is subscribed
    assert response_codec(INT) is answered
    assert len({one.schema for one in (subscribed, answered, response_codec(STR), STR)}) == 4


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\1", b"\0" + b"d" * 15], ids=repr)
def test_what_is_cut_is_refused(data):
    with pytest.raises(CodecError, match="is cut"):
        split_subscription(data)
    with pytest.raises(CodecError, match="is cut"):
        split_response(data)


def test_other_values_are_refused():
    for codec in (subscription_codec(STR), response_codec(INT)):
        with pytest.raises(CodecError):
            codec.encode((ANSWER, None, "k"))
