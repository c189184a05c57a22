"""Codecs that users write: two functions, and what is made sure of them."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core import App, Codec, CodecError, TopologyError
from streamz_core.codecs.plain import STR


class Text(Codec[str]):
    """Text, unless it is one of the bad ones."""

    def encode(self, value: str) -> bytes:
        if value == "bad":
            raise ValueError("not this one")
        return {"none": None, "array": bytearray(b"x"), "text": value}.get(value, value.encode())  # type: ignore[return-value]

    def decode(self, data: bytes) -> str:
        if data == b"unreadable":
            raise KeyError("nobody knows it")
        return data.decode()


class Columns(Text):
    """The same by the column, which it may leave a part of."""

    def __init__(self, short: int = 0) -> None:
        self.short = short

    def encode_all(self, values: Any) -> Any:
        return super().encode_all(values)[self.short :]

    def decode_all(self, column: Any) -> Any:
        return super().decode_all(column)[self.short :]


TEXT = Text()


def test_a_codec_without_a_name_has_that_of_its_class() -> None:
    assert (Text.name, TEXT.name, Columns().name) == ("Text", "Text", "Text")
    assert TEXT.decode(TEXT.encode("ä")) == "ä"
    assert TEXT.encode_all(["a", None]) == [b"a", None]


@pytest.mark.parametrize(
    "value, told",
    [
        ("bad", "codec Text: encode raised ValueError: not this one"),
        ("none", "codec Text: encode gave NoneType for 'none'; it has to give bytes"),
        ("array", "codec Text: encode gave bytearray for 'array'; it has to give bytes"),
        ("text", "codec Text: encode gave str for 'text'; it has to give bytes"),
    ],
)
def test_what_is_no_bytes_is_told_with_the_codec_and_the_value(value: str, told: str) -> None:
    with pytest.raises(CodecError) as caught:
        TEXT.encode(value)
    assert str(caught.value) == told
    with pytest.raises(CodecError, match="codec Text: encode "):
        Columns().encode_all(["a", value])


def test_the_error_of_the_codec_is_the_cause() -> None:
    with pytest.raises(CodecError, match="decode raised KeyError: 'nobody knows it'") as caught:
        TEXT.decode(b"unreadable")
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(CodecError, match="decode raised KeyError"):
        TEXT.validate_all([b"a", b"unreadable"])


def test_a_column_has_as_many_as_were_given() -> None:
    assert Columns().decode_all(Columns().encode_all(["a", None])) == ["a", None]
    with pytest.raises(CodecError, match=r"encode_all gave .*; it has to give a list of 2"):
        Columns(1).encode_all(["a", "b"])
    with pytest.raises(CodecError, match=r"decode_all gave .*; it has to give a list of 2"):
        Columns(1).decode_all([b"a", b"b"])


def test_our_own_codecs_are_left_alone() -> None:
    assert not hasattr(type(STR).encode, "__wrapped__")
    assert hasattr(Text.encode, "__wrapped__")


def app(codec: Any, **settings: str) -> App:
    """in -> a count of each text -> out."""
    made = App("app", **settings)
    made.stream("in", key=str, value=codec).group_by(lambda text: text, key=codec).count(
        name="counts"
    ).to("out")
    return made


def test_it_reads_sources_and_writes_keys_of_hops_stores_and_sinks() -> None:
    with app(TEXT).test(partitions=3) as t:
        for text in ("a", "b", "a"):
            t.topic("in").send("k", text)
        assert sorted((each.key, each.value) for each in t.topic("out").records()) == [
            ("a", 1),
            ("a", 2),
            ("b", 1),
        ]
        assert sorted(t.store("counts").items()) == [("a", 2), ("b", 1)]


def test_what_it_cannot_read_is_for_the_deserialization_handler() -> None:
    with app(TEXT).test() as t:
        t.topic("in").send("k", "unreadable", run=False)
        with pytest.raises(CodecError, match="decode raised KeyError") as caught:
            t.run()
    assert "deserialization.exception.handler=continue" in caught.value.__notes__[-1]
    with app(TEXT, deserialization_exception_handler="continue").test() as t:
        t.topic("in").send("k", "unreadable")
        t.topic("in").send("k", "fine")
        assert [each.key for each in t.topic("out").records()] == ["fine"]
        assert t.dropped() == {"error": 1}


def test_what_it_cannot_write_fails_its_record_alone() -> None:
    made = App("app", processing_exception_handler="continue")
    made.stream("in", key=str, value=str).to("out", value=TEXT)
    with made.test() as t:
        for text in ("a", "array", "b"):
            t.topic("in").send("k", text)
        assert [each.value for each in t.topic("out").records()] == ["a", "b"]


def test_a_class_instead_of_an_object_is_told() -> None:
    with pytest.raises(
        TopologyError,
        match=r"value=Text is the class of a codec; give an object of it, value=Text\(\)",
    ):
        app(Text).build()


class Half:
    """No codec, but what one is made of."""

    def encode(self, value):
        return str(value)

    def decode(self, data):
        raise KeyError(data)


class Mixed(Half, Codec[str]):
    pass


class Further(Mixed):
    pass


@pytest.mark.parametrize("cls", [Mixed, Further])
def test_what_a_parent_that_is_no_codec_gives_is_looked_at_too(cls):
    with pytest.raises(CodecError, match="codec Mixed: encode gave str"):
        cls().encode("a")
    with pytest.raises(CodecError, match="codec Mixed: decode raised KeyError"):
        cls().decode(b"a")
