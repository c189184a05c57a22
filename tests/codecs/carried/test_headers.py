"""Headers that are kept with a row: their bytes, and what are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.carried.headers import HEADERS
from streamz_core.errors import CodecError

PAIRS = st.lists(st.tuples(st.text("aä"), st.none() | st.binary(max_size=3)), max_size=3)

# What stands in stores and changelogs: it may not change.
PINNED = [
    ((), ""),
    ((("trace", b"7"),), "9192a57472616365c40137"),
    ((("a", None), ("a", b"")), "9292a161c092a161c400"),
]


@pytest.mark.parametrize("headers, data", PINNED)
def test_their_bytes_stay(headers, data):
    assert HEADERS.encode(headers).hex() == data
    assert HEADERS.decode(bytes.fromhex(data)) == headers


@given(PAIRS.map(tuple))
def test_they_come_back(headers):
    assert HEADERS.decode(HEADERS.encode(headers)) == headers


@pytest.mark.parametrize(
    "data", [b"\x05", b"\x91\x05", b"\x91\x92\x05\xc0", b"\x91\x92\xa1a\xa1b", b"\xc1"]
)
def test_other_bytes_are_refused(data):
    with pytest.raises(CodecError):
        HEADERS.decode(data)


def test_what_are_no_headers_is_refused():
    with pytest.raises(CodecError, match="expected headers"):
        HEADERS.encode([("a", b"1")])
