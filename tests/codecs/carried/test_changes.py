"""Changes on repartition topics: Kafka's bytes, both ways, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.carried.changes import (
    Change,
    change_codec,
    join_change,
    split_change,
)
from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.schemas import schema_of
from streamz_core.errors import CodecError

CODEC = change_codec(STR)

# As Kafka Streams 4.3.1 writes them.
OF_KAFKA = [
    (Change("a", None), "6101"),
    (Change(None, ""), "00"),
    (Change("a", "a"), "02616102"),
    (Change("bb", "ä"), "046262c3a402"),
    (Change("", ""), "0002"),
    (Change("x" * 70, "y"), "8c01" + "78" * 70 + "7902"),
]


@pytest.mark.parametrize("change, data", OF_KAFKA, ids=lambda part: str(part)[:20])
def test_the_bytes_are_those_of_kafka(change, data):
    assert CODEC.encode(change).hex() == data
    assert CODEC.decode(bytes.fromhex(data)) == change


SIDE = st.none() | st.binary(max_size=4) | st.integers(60, 20_000).map(bytes)


@given(SIDE, SIDE)
def test_both_values_come_back_whatever_their_size(new, old):
    if new is None:
        data = (old or b"") + b"\0"
        assert split_change(data) == (None, old or b"")
    elif old is None:
        assert split_change(new + b"\1") == (new, None)
    else:
        assert split_change(join_change(new, old)) == (new, old)


@pytest.mark.parametrize("value", [Change(None, None), ("a", None), "a", Change(1, None)], ids=repr)
def test_what_is_no_change_of_these_values_is_refused(value):
    with pytest.raises(CodecError):
        CODEC.encode(value)


@pytest.mark.parametrize("data", [b"", b"a\3", b"\2", b"\4a\2", b"\xff\xff\xff\2"], ids=repr)
def test_bytes_that_are_no_change_are_refused(data):
    with pytest.raises(CodecError):
        split_change(data)


def test_it_says_what_it_was_written_from():
    assert change_codec(STR) is CODEC
    assert CODEC.schema == schema_of(("change", STR.schema.reference))
    CODEC.check(CODEC.schema)
    with pytest.raises(CodecError, match="written as int, read as str"):
        CODEC.check(change_codec(INT).schema)
    with pytest.raises(CodecError, match="written as str, read as change of str"):
        CODEC.check(STR.schema)
