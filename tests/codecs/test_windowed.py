"""Windowed keys: the key's bytes, then the start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.extent import TIME_MAX, Endless, Sized, Spanning
from streamz_core.codecs.plain import STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.errors import CodecError
from streamz_core.record import Windowed

CODEC = windowed_codec(STR, Sized(10))


@given(st.text("abä\0"), st.integers(0, 2**62))
def test_windowed_keys_come_back(key, start):
    assert CODEC.decode(CODEC.encode(Windowed(key, start, start + 10))) == Windowed(
        key, start, start + 10
    )


def test_the_bytes_are_those_of_kafka():
    assert CODEC.encode(Windowed("k", 256, 266)) == b"k\0\0\0\0\0\0\1\0"


def test_the_same_arguments_give_the_same_codec():
    assert windowed_codec(STR, Sized(10)) is CODEC
    assert windowed_codec(STR, Sized(11)) is not CODEC
    assert CODEC.immutable


@pytest.mark.parametrize(
    "value",
    ["k", Windowed("k", 0, 11), Windowed(1, 0, 10), Windowed("k", 2**63, 2**63 + 10)],
    ids=repr,
)
def test_what_is_no_key_of_this_window_is_refused(value):
    with pytest.raises(CodecError):
        CODEC.encode(value)


def test_the_end_is_read_without_the_key():
    for extent, window in (
        (Sized(10), (256, 266)),
        (Spanning(), (3, 9)),
        (Endless(), (1, TIME_MAX)),
    ):
        codec = windowed_codec(STR, extent)
        assert codec.end_of(codec.encode(Windowed("k", *window))) == window[1]


def test_too_short_bytes_are_refused():
    with pytest.raises(CodecError, match="at least 8 bytes, not 7"):
        CODEC.decode(b"1234567")


def test_windows_without_end_end_where_time_does():
    codec = windowed_codec(STR, Endless())
    data = codec.encode(Windowed("k", 256, TIME_MAX))
    assert data == b"k\0\0\0\0\0\0\1\0"
    assert codec.decode(data) == Windowed("k", 256, 2**63 - 1)
    with pytest.raises(CodecError, match="no window without end"):
        codec.encode(Windowed("k", 256, 266))
