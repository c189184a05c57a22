"""Written functions and shapes agree: about every value, about all bytes, alone and by the column."""

import traceback
import typing
from contextlib import suppress

import attrs
import msgpack
import pytest
from attrs import field, frozen
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.classes.groups import classes_in
from streamz_core.codecs.packed import PackedCodec
from streamz_core.codecs.packing import ITEMS_MAX, SMALL_BYTES
from streamz_core.codecs.text import DIFFERS
from streamz_core.errors import CodecError
from tests.codecs.kinds import CLASSES, KINDS, PLAIN, Level, Tree

MANY = settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)


def seen(value):
    """All that can be seen of a value: types and parts all through, so that 1 and True differ."""
    kind = type(value)
    if attrs.has(kind):
        return kind, [seen(getattr(value, part.name)) for part in attrs.fields(kind)]
    if kind in {list, tuple}:
        return kind, [seen(item) for item in value]
    if kind is dict:
        return kind, [(seen(key), seen(item)) for key, item in value.items()]
    return kind, repr(value)


def result(call, *arguments):
    """What a call gives, or what its CodecError says."""
    try:
        return seen(call(*arguments))
    except CodecError as error:
        return str(error)


def written(kind):
    """The codec of a kind, and its functions; what has a codec of its own is not asked about."""
    codec = codec_for(kind.tp)
    assume(isinstance(codec, PackedCodec))
    return codec, codec._write()


def altered(data, plain):
    """The same at heart: something in it replaced, added or left out."""
    if not isinstance(plain, list) or data.draw(st.integers(0, 4)) == 0:
        return data.draw(PLAIN)
    change = data.draw(st.sampled_from(["inside", "inside", "inside", "cut", "more", "none"]))
    if change == "inside" and plain:
        at = data.draw(st.integers(0, len(plain) - 1))
        return [*plain[:at], altered(data, plain[at]), *plain[at + 1 :]]
    if change == "cut":
        return plain[: data.draw(st.integers(0, len(plain)))]
    return [*plain, data.draw(PLAIN)] if change == "more" else plain


@MANY
@given(st.data(), KINDS | CLASSES)
def test_both_encode_alike(data, kind):
    codec, _ = written(kind)
    some = kind.loose.filter(lambda value: value is not None)
    for value in data.draw(st.lists(some, max_size=4)):
        assert result(codec.encode, value) == result(codec._encode, value)


@MANY
@given(st.data(), KINDS | CLASSES)
def test_both_decode_alike(data, kind):
    codec, _ = written(kind)
    raw = codec.encode(data.draw(kind.right.filter(lambda value: value is not None)))
    assert result(codec.decode, raw) == result(codec._decode, raw)
    plain = msgpack.unpackb(raw[len(codec.head) :])
    for _ in range(3):
        other = codec.head + msgpack.packb(altered(data, plain))
        assert result(codec.decode, other) == result(codec._decode, other)


@MANY
@given(KINDS | CLASSES, st.lists(st.binary(max_size=30)))
def test_both_say_the_same_of_any_bytes(kind, column):
    codec, _ = written(kind)
    for tail in column:
        for raw in (tail, codec.head + tail):
            assert result(codec.decode, raw) == result(codec._decode, raw)


@MANY
@given(st.data(), KINDS | CLASSES)
def test_what_is_as_expected_needs_no_shape(data, kind):
    codec, functions = written(kind)
    assume(not any(each.family.is_hooked for each in classes_in(codec.shape)))  # one by one
    values = data.draw(st.lists(kind.right.filter(lambda value: value is not None), max_size=3))
    raws = [codec.head + msgpack.packb(plain) for plain in functions.to_plain(values)]
    assert raws == [codec._encode(value) for value in values]
    plain = [msgpack.unpackb(raw[len(codec.head) :]) for raw in raws]
    alone = [codec._decode(raw) for raw in raws]
    assert seen(functions.from_plain(plain)) == seen(alone)


@MANY
@given(st.data(), KINDS | CLASSES)
def test_a_column_is_its_values_one_by_one(data, kind):
    codec, _ = written(kind)
    values = data.draw(st.lists(kind.right | st.none(), max_size=4))
    column = codec.encode_all(values)
    assert column == [None if value is None else codec.encode(value) for value in values]
    alone = [None if raw is None else codec.decode(raw) for raw in column]
    assert seen(codec.decode_all(column)) == seen(alone)


@frozen
class Inner:
    a: int
    b: int = 5
    c: list[int] = field(factory=lambda: [7])


@frozen
class Outer:
    inner: Inner
    many: tuple[Inner, ...] = ()


@pytest.mark.parametrize("row", [[], [[]], [[1]], [[1, 2, [3]]], [[True, 2, [3]], []]], ids=repr)
def test_rows_of_another_form_are_refused(row):
    codec = codec_for(Outer)
    raw = codec.head + msgpack.packb(row)
    with pytest.raises(DIFFERS):
        codec._write().from_plain([row])
    with pytest.raises(CodecError, match="Outer"):
        codec.decode(raw)


@frozen
class Loose:
    anything: object


def test_large_messages_are_taken_and_bounded():
    codec = codec_for(Loose)
    small, large = Loose([]), Loose([{}] * SMALL_BYTES)
    assert codec.decode_all(codec.encode_all([small, large])) == [small, large]
    bomb = codec.encode(Loose([{}] * (ITEMS_MAX + 1)))
    for decode in (codec.decode, lambda raw: codec.decode_all([raw])):
        with pytest.raises(CodecError, match="not a msgpack value"):
            decode(bomb)


@pytest.mark.parametrize("tp", [float | Level, float | typing.Any, float | list[int] | None])
@pytest.mark.parametrize("plain", [0, 1, 1.0, 2, True, "a", [1], [1.0]], ids=repr)
def test_both_try_a_float_before_other_types(tp, plain):
    codec, raw = codec_for(tp), msgpack.packb(plain)
    assert result(codec.decode, raw) == result(codec._decode, raw)
    assert result(codec.encode, plain) == result(codec._encode, plain)


def test_too_deep_values_and_bytes_are_refused():
    tree, depth = Tree("leaf"), 2000
    for _ in range(depth):
        tree = Tree("branch", [tree])
    row = b"\x93\xa6branch\x91" * depth + b"\x93\xa4leaf\x90\xc0" + b"\xc0" * depth
    codec = codec_for(Tree)
    for call in (lambda: codec.encode(tree), lambda: codec.decode(codec.head + row)):
        with pytest.raises(CodecError):
            call()


def test_any_names_will_do():
    names = ["value", "values", "made", "all", "add", "version", "data", "int", "type", "_private"]
    for name in ("3D", "int", "Differs", "größe", "pack", "<lambda>"):
        cls = attrs.make_class(name, {name: attrs.field(type=int) for name in names}, frozen=True)
        codec = codec_for(list[cls])
        values = [cls(*range(10))] * 2
        assert codec.decode_all(codec.encode_all([values])) == [values]


def choosy(field):
    """A class with this field, which takes only 1."""

    def check(self):
        {1: "one"}[getattr(self, field)]

    return attrs.make_class(
        "Choosy", {field: attrs.field(type=int)}, class_body={"__attrs_post_init__": check}
    )


@pytest.mark.parametrize("name", ["number", "figure"])
def test_tracebacks_show_the_lines(name):
    codec = codec_for(choosy(name))
    for decode in (codec.decode, lambda raw: codec.decode_all([raw])):
        with pytest.raises(KeyError) as caught:
            decode(codec.head + msgpack.packb([2]))
        shown = "".join(traceback.format_exception(caught.value))
        assert "<streamz codec of Choosy" in shown
        assert f"({name}={name}_" in shown


def test_a_refusal_does_not_speak_of_how_it_was_found():
    with suppress(CodecError):
        codec_for(Outer).encode(5)
    with pytest.raises(CodecError, match="expected Outer, got int 5") as caught:
        codec_for(Outer).encode(5)
    assert caught.value.__context__ is None
