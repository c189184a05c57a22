"""The self-describing codec takes what it says and nothing else; JSON text."""

import math
from threading import Lock

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamz_core.codecs.free import FREE_VALUE, JSON, FreeCodec, copied, is_free
from streamz_core.codecs.packing import ITEMS_MAX, MESSAGE_BYTES_MAX
from streamz_core.codecs.plain import STR
from streamz_core.errors import CodecError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | TEXT
    | st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(TEXT | st.binary(), inner)
    ),
    max_leaves=12,
)


def same(a, b):
    """Equal, and of the same types all through: 1, True and 1.0 differ."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b


@settings(max_examples=40)
@given(VALUES)
def test_what_it_takes_comes_back(value):
    assert same(FREE_VALUE.decode(FREE_VALUE.encode(value)), value)


def test_a_key_has_one_encoding_and_is_no_dict():
    codec = FreeCodec("key", "clicks.select_key")
    for one, other in [((1, -0.0), (1, 0.0)), ([[-0.0]], [[0.0]]), (-0.0, 0.0)]:
        assert codec.encode(one) == codec.encode(other)
    assert codec.decode(codec.encode((1, "a", (None,)))) == (1, "a", (None,))
    assert len({codec.encode(value) for value in (1, True, 1.0)}) == 3
    with pytest.raises(CodecError, match=r"a dict cannot be a key.*clicks.select_key.*`key=`"):
        codec.encode(({"a": 1},))


class Text(str):
    __slots__ = ()


REFUSED = [
    {1, 2},
    object(),
    (1, object()),
    [1, ({2},)],
    {"a": {"b": (1j,)}},
    {1: "a"},
    {None: "a"},
    [{("a",): 1}],
    Text("a"),
    [Text("a")],
    bytearray(b"a"),
    1j,
]


@pytest.mark.parametrize("value", REFUSED, ids=repr)
def test_anything_else_is_refused_with_step_and_side(value):
    codec = FreeCodec("value", "clicks.map")
    with pytest.raises(CodecError, match=r"expected .*annotate.*clicks.map.*`value=`"):
        codec.encode(value)


def test_too_large_ints_and_bottomless_lists_are_refused():
    bottomless = []
    bottomless.append(bottomless)
    for value in (2**64, -(2**63) - 1, bottomless, "\ud800"):
        with pytest.raises(CodecError):
            FREE_VALUE.encode(value)


EXTENSIONS = {
    "tuple of no array": msgpack.packb(msgpack.ExtType(1, b"\x01")),
    "torn tuple": msgpack.packb(msgpack.ExtType(1, b"\x92\x01")),
    "timestamp": msgpack.packb(msgpack.Timestamp(1, 0)),
    "timestamp inside": msgpack.packb([[msgpack.Timestamp(1, 5)]]),
    "extension": msgpack.packb(msgpack.ExtType(7, b"x")),
    "extension inside": msgpack.packb({"a": [msgpack.ExtType(7, b"xyz")]}),
}


@pytest.mark.parametrize("data", EXTENSIONS.values(), ids=EXTENSIONS)
def test_extension_types_are_refused(data):
    with pytest.raises(CodecError, match=r"expected None, bool|not a msgpack value"):
        FREE_VALUE.decode(data)


HOSTILE = {
    "nothing": b"",
    "torn": msgpack.packb("abc")[:-1],
    "trailing": msgpack.packb(1) + b"\x01",
    "deep": b"\x91" * 100_000,
    "claims 4 G items": b"\xdd\xff\xff\xff\xff",
    "claims 4 G pairs": b"\xdf\xff\xff\xff\xff",
    "claims 4 GB of text": b"\xdb\xff\xff\xff\xff",
    "int keys": msgpack.packb({1: 2}),
    "list keys": b"\x81\x91\x01\x01",
    "bad text": b"\xa1\xff",
    "reserved byte": b"\xc1",
    "too many items": b"\xdd" + (ITEMS_MAX + 1).to_bytes(4, "big") + b"\x80" * (ITEMS_MAX + 1),
    "too large": b"\xc6" + MESSAGE_BYTES_MAX.to_bytes(4, "big") + b"\x00" * MESSAGE_BYTES_MAX,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_refused(data):
    with pytest.raises(CodecError):
        FREE_VALUE.decode(data)


@given(st.binary(max_size=64))
def test_any_bytes_give_a_value_or_a_codec_error(data):
    try:
        value = FREE_VALUE.decode(data)
    except CodecError:
        return
    FREE_VALUE.encode(value)


def test_it_makes_no_promise_and_is_known_as_what_it_is():
    assert not FREE_VALUE.immutable
    assert is_free(FREE_VALUE)
    assert not is_free(STR)
    assert not is_free(JSON)


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXT, st.lists, max_leaves=12))
def test_json_comes_back(value):
    assert same(JSON.decode(JSON.encode(value)), value)


def test_json_is_plain_text():
    assert JSON.encode({"ä": [1, None]}) == '{"ä":[1,null]}'.encode()


@pytest.mark.parametrize("value", [object(), math.nan, math.inf, {(1,): 2}, b"a", "\ud800"])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(CodecError):
        JSON.encode(value)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(data):
    with pytest.raises(CodecError, match="not JSON"):
        JSON.decode(data)


class Holding:
    def __init__(self, items):
        self.items = items


def test_a_copy_is_equal_and_shares_nothing_that_can_be_changed():
    value = {"a": [1, (2, [3])], "b": b"x"}
    made = copied(value)
    assert made == value
    made["a"][1][1].append(4)
    assert value == {"a": [1, (2, [3])], "b": b"x"}
    odd = Holding({1: {2**80}})
    made = copied(odd)
    made.items[1].clear()
    assert odd.items == {1: {2**80}}


def test_what_cannot_be_copied_stays_what_it_is():
    lock = Lock()
    assert copied(lock) is lock


def test_a_dict_as_a_key_is_told_one_thing() -> None:
    with pytest.raises(CodecError) as raised:
        FreeCodec("key", "s.select_key").encode({"a": 1})
    told = str(raised.value)
    assert "take a tuple of sorted items" in told
    assert "takes only None, bool, int, float, str, bytes, tuple, list; annotate" in told
