"""Classes: strict about types, the same by the column as alone, never around a constructor."""

from contextlib import suppress
from enum import Enum

import attrs
import msgpack
import pytest
from attrs import define, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from streamz_core import json_of
from streamz_core.codecs.annotation import codec_for
from streamz_core.errors import CodecError
from tests.codecs.kinds import Counted, Positive

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


class Colour(Enum):
    RED = "red"
    BLUE = 2


@frozen
class Click:
    user: str
    count: int
    share: float
    seen: bool
    raw: bytes
    note: str | None = None


@define
class Tree:
    name: str
    children: "list[Tree]" = attrs.Factory(list)
    colours: tuple[Colour, ...] = ()
    first: Click | None = None
    table: dict[int, str] = attrs.Factory(dict)


CLICKS = st.builds(
    Click,
    TEXT,
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.binary(),
    st.none() | TEXT,
)
TREES = st.recursive(
    st.builds(Tree, TEXT),
    lambda inner: st.builds(
        Tree,
        TEXT,
        st.lists(inner, max_size=3),
        st.lists(st.sampled_from(Colour)).map(tuple),
        st.none() | CLICKS,
        st.dictionaries(st.integers(0, 9), TEXT),
    ),
    max_leaves=4,
)


@given(st.lists(CLICKS), st.lists(CLICKS | st.none()))
def test_plain_classes_come_back_alone_and_by_the_column(clicks, with_nulls):
    codec = codec_for(Click)
    for values in (clicks, with_nulls):
        alone = [None if value is None else codec.encode(value) for value in values]
        assert codec.encode_all(values) == alone
        assert codec.decode_all(alone) == values
        assert [None if data is None else codec.decode(data) for data in alone] == values


@settings(max_examples=40)
@given(st.lists(TREES, max_size=3))
def test_classes_that_hold_others_and_themselves_come_back(trees):
    codec = codec_for(Tree)
    assert codec.decode_all(codec.encode_all(trees)) == trees


def test_the_bytes_are_a_format_a_fingerprint_and_an_array():
    click = Click("a", 1, 0.5, True, b"b")
    head = b"\x02" + codec_for(Click).schema.fingerprint
    assert codec_for(Click).encode(click) == head + msgpack.packb(["a", 1, 0.5, True, b"b", None])
    nested = codec_for(Tree).encode(Tree("t", [Tree("u")], (Colour.BLUE,)))
    assert msgpack.unpackb(nested[5:], strict_map_key=False) == [
        "t",
        [["u", [], [], None, []]],
        [2],
        None,
        [],
    ]


GOOD = {"user": "a", "count": 1, "share": 0.5, "seen": True, "raw": b"b"}
WRONG = [
    ("user", b"a", r"Click.user: expected str, got bytes"),
    ("count", True, r"Click.count: expected int, got bool True"),
    ("count", "1", r"Click.count: expected int, got str '1'"),
    ("count", None, r"Click.count: expected int, got NoneType"),
    ("count", 2**64, r"Click.count: 18446744073709551616 does not fit into 64 bits"),
    ("share", "x", r"Click.share: expected float, got str"),
    ("seen", 1, r"Click.seen: expected bool, got int"),
    ("raw", "b", r"Click.raw: expected bytes, got str"),
    ("note", 5, r"Click.note: expected str \| None, got int|Click.note: expected str, got int"),
    ("user", "\ud800", r"Click.user: .* cannot be written as UTF-8"),
]


@pytest.mark.parametrize("name, value, message", WRONG)
def test_a_wrong_type_is_refused_by_field_alone_and_in_a_column(name, value, message):
    wrong = Click(**{**GOOD, name: value})
    codec = codec_for(Click)
    with pytest.raises(CodecError, match=message):
        codec.encode(wrong)
    for values in ([Click(**GOOD), wrong], [None, wrong]):
        with pytest.raises(CodecError, match=message):
            codec.encode_all(values)


def test_errors_name_the_way_to_the_field():
    with pytest.raises(CodecError, match=r"Tree.children\[0\].first.user: expected str"):
        codec_for(Tree).encode(Tree("a", [Tree("b", first=Click(**{**GOOD, "user": 1}))]))


def test_another_class_is_refused_even_a_subclass():
    @frozen
    class More(Click):
        extra: int = 0

    for value in (More(**GOOD), GOOD, "a"):
        for values in ([value], [Click(**GOOD), value]):
            with pytest.raises(CodecError, match="expected Click, got"):
                codec_for(Click).encode_all(values)


def test_an_int_in_a_float_field_is_its_float():
    codec = codec_for(Click)
    back = codec.decode_all(codec.encode_all([Click(**{**GOOD, "share": 2})]))[0]
    assert type(back.share) is float
    assert back.share == 2.0


ROWS = {
    "wrong type": ["a", "1", 0.5, True, b"b", None],
    "bool for int": ["a", True, 0.5, True, b"b", None],
    "too short": ["a", 1],
    "no array": "abcdef",
    "map": {"a": 1},
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_bytes_of_another_shape_are_refused_alone_and_in_a_column(row):
    codec = codec_for(Click)
    good, bad = codec.encode(Click(**GOOD)), codec.head + msgpack.packb(row)
    for column in ([bad], [good, bad], [None, bad]):
        with pytest.raises(CodecError, match="Click"):
            codec.decode_all(column)
    with pytest.raises(CodecError, match="Click"):
        codec.decode(bad)


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x00\x90", b"\x01\x90", b"\x02\x96", b"\xff"])
def test_other_formats_and_torn_bytes_are_refused(data):
    good = codec_for(Click).encode(Click(**GOOD))
    for torn in (data, data and good[:5] + data[1:]):
        with pytest.raises(CodecError):
            codec_for(Click).decode(torn)
        with pytest.raises(CodecError):
            codec_for(Click).decode_all([good, torn])


def test_bytes_of_release_0_1_and_of_unknown_schemas_are_told():
    codec = codec_for(Click)
    good = codec.encode(Click(**GOOD))
    for head, says in (
        (b"\x01abcd", "release 0.1"),
        (
            b"\x02abcd",
            "schema 61626364, which is not known here: .* probably of another form .*`value=`",
        ),
        (
            b"{'a':",
            "Click: no value of a class as a streamz program .* b\"{'a':\"; probably another .*`value=",
        ),
    ):
        for decode in (codec.decode, lambda data: codec.decode_all([good, data])):
            with pytest.raises(CodecError, match=says):
                decode(head + good[5:])


def test_of_no_bytes_it_is_told_what_they_may_be():
    codec = codec_for(Click)
    for decode in (codec.decode, lambda data: codec.decode_all([data, data])):
        with pytest.raises(
            CodecError, match=r"Click: there are no bytes, .* a null is None where it is"
        ):
            decode(b"")


@given(st.binary(max_size=40))
def test_any_bytes_give_a_value_or_a_codec_error(data):
    for cls in (Click, Tree):
        for prefix in (b"", codec_for(cls).head):
            with suppress(CodecError):
                codec_for(cls).decode(prefix + data)


# ---- what the constructor does is never gone around


@frozen
class Text:
    number: str = field(converter=str.upper)


@define(init=False)
class Own:
    number: int

    def __init__(self, number):
        self.number = number + 100


@frozen(slots=False)
class Open:
    number: int


@frozen(cache_hash=True)
class Hashed:
    number: int


@frozen
class Private:
    _number: int
    also: str = field(kw_only=True)


@define
class Guarded:
    number: int

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value + 1000)


@frozen
class Patched:
    number: int


def _doubled(self, number, made=Patched.__init__):
    made(self, number * 2)


Patched.__init__ = _doubled


def decoded(cls, row):
    return codec_for(cls).decode_all([codec_for(cls).head + msgpack.packb(row)])


def test_validators_are_asked():
    codec = codec_for(Positive)
    data = codec.encode(Positive(1))
    assert codec.decode_all([data]) == [Positive(1)]
    bad = codec.head + msgpack.packb([-1])
    for decode in (lambda: codec.decode(bad), lambda: codec.decode_all([bad])):
        with pytest.raises(CodecError, match="Positive: refused by its constructor"):
            decode()


def test_converters_and_hooks_run():
    assert decoded(Text, ["a"]) == [Text("A")]
    assert decoded(Counted, [4, 5])[0].made == 5
    assert decoded(Own, [4])[0].number == 104
    assert codec_for(Own).decode(codec_for(Own).head + b"\x91\x04").number == 104
    assert decoded(Patched, [4])[0].number == 8
    assert decoded(Guarded, [4])[0].number == 1004


@pytest.mark.parametrize("value", [Open(1), Hashed(1), Private(1, also="a"), Counted(3)], ids=repr)
def test_classes_of_other_making_come_back(value):
    codec = codec_for(type(value))
    back = codec.decode_all(codec.encode_all([value, value]))
    assert back == [value, value]
    assert codec.decode(codec.encode(value)) == value
    if type(value).__hash__ is not None:
        assert {*back} == {value}


def test_a_decoded_instance_is_like_a_made_one():
    codec = codec_for(Click)
    back = codec.decode_all([codec.encode(Click(**GOOD))])[0]
    assert hash(back) == hash(Click(**GOOD))
    assert repr(back) == repr(Click(**GOOD))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        back.user = "b"


def test_frozen_all_through_is_immutable():
    @frozen
    class Pair:
        a: Click
        b: tuple[str, ...] = ()

    @frozen
    class Holder:
        items: list[str]

    @frozen
    class Chain:
        after: "Chain | None" = None

    assert codec_for(Click).immutable
    assert codec_for(Pair).immutable
    assert codec_for(Chain).immutable
    assert not codec_for(Holder).immutable
    assert not codec_for(tuple[Holder, int]).immutable
    assert not codec_for(Tree).immutable
    assert not codec_for(Counted).immutable


def test_a_default_that_all_instances_share_is_copied_for_what_is_read():
    @define
    class Basket:
        name: str

    short = codec_for(Basket)
    data = short.encode(Basket("a"))

    fields = {"name": attrs.field(type=str), "items": attrs.field(type=list[int], default=[])}
    longer = attrs.make_class("Basket", fields)
    for codec in (codec_for(longer), json_of(longer)):
        bytes_ = data if codec is codec_for(longer) else b'{"name":"a"}'
        one, other = codec.decode(bytes_), codec.decode_all([bytes_])[0]
        one.items.append(5)
        assert other.items == codec.decode(bytes_).items == longer("a").items == []
