"""The position row: its bytes, and that nothing else is taken for one."""

from contextlib import suppress

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_state import Position, StateCorrupt
from streamz_state.position import decode_position, encode_position

EXAMPLE = Position(258, b"hash", b"print", {"b": 2, "a": 1}, b"extra")
BYTES = bytes.fromhex("96 01 cd0102 c40468617368 c4057072696e74 82 a161 01 a162 02 c4056578747261")
POSITIONS = st.builds(
    Position,
    commit=st.integers(0, 2**63 - 1),
    hash=st.binary(max_size=40),
    fingerprint=st.binary(max_size=40),
    changelog=st.dictionaries(st.text(max_size=5), st.integers(0, 2**63 - 1), max_size=4),
    extra=st.binary(max_size=40),
)


def test_the_bytes_of_a_position():
    assert encode_position(EXAMPLE) == BYTES
    assert decode_position(BYTES) == EXAMPLE


@given(POSITIONS)
def test_a_position_survives_its_bytes(position):
    assert decode_position(encode_position(position)) == position


def test_equal_positions_have_equal_bytes():
    turned = Position(258, b"hash", b"print", {"a": 1, "b": 2}, b"extra")
    assert encode_position(turned) == BYTES


@pytest.mark.parametrize(
    "row",
    [
        b"",
        BYTES[:-1],
        BYTES + b"\x00",
        b"\xc1",
        b"\xff" * 9,
        msgpack.packb(None),
        msgpack.packb([2, 258, b"hash", b"print", {"a": 1}, b"extra"]),
        msgpack.packb([1, "258", b"hash", b"print", {"a": 1}, b"extra"]),
        msgpack.packb([1, 258, "hash", b"print", {"a": 1}, b"extra"]),
        msgpack.packb([1, 258, b"hash", b"print", {"a": "1"}, b"extra"]),
        msgpack.packb([1, 258, b"hash", b"print", {b"a": 1}, b"extra"]),
        msgpack.packb([1, 258, b"hash", b"print", [], b"extra"]),
        msgpack.packb([1, 258, b"hash", b"print", {"a": 1}]),
        msgpack.packb([1, 258, b"hash", b"print", {"a": 1}, b"extra", 0]),
    ],
)
def test_other_bytes_are_refused(row):
    with pytest.raises(StateCorrupt, match="position row"):
        decode_position(row)


@given(st.binary(max_size=40))
def test_any_bytes_give_a_position_or_the_one_error(row):
    with suppress(StateCorrupt):
        decode_position(row)
