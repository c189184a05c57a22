"""Codecs of what was told of a topic, without the program."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.extent import Endless, Sized, Spanning
from streamz_core.codecs.free import FREE_KEY, FREE_VALUE, JSON
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.codecs.packing import pack
from streamz_core.codecs.plain import BOOL, FLOAT, INT, STR, StrCodec
from streamz_core.codecs.sharing.told import Told, codec_of
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.record import Windowed


class Pair(NamedTuple):
    a: int
    b: str


SAMPLES: list[tuple[Codec[Any], Any]] = [
    (STR, "x"),
    (INT, 5),
    (FLOAT, 0.5),
    (BOOL, True),
    (JSON, {"a": 1}),
    (FREE_VALUE, {"a": (1, 2)}),
    (Serdes.integer(), 7),
    (Serdes.string(), "x"),
    (codec_for(dict[str, list[int]]), {"a": [1]}),
    (codec_for(Decimal), Decimal("1.50")),
    (codec_for(timedelta), timedelta(1)),
]


@pytest.mark.parametrize("codec, value", SAMPLES, ids=repr)
def test_what_needs_no_class_is_written_as_it_was_told(codec: Codec[Any], value: Any) -> None:
    found = codec_of(codec.schema, is_key=False)
    assert found is not None
    assert found.encode(value) == codec.encode(value)
    assert found.schema == codec.schema
    assert Told(codec.schema, is_key=False).decode(codec.encode(value)) == value


KEYS: list[tuple[Any, Any]] = [
    (float, -0.0),
    (Decimal, Decimal("1.50")),
    (tuple[str, int], ("a", 1)),
]


@pytest.mark.parametrize("tp, value", KEYS, ids=repr)
def test_keys_have_the_one_encoding_of_equal_ones(tp: Any, value: Any) -> None:
    codec = key_codec_for(tp)
    found = codec_of(codec.schema, is_key=True)
    assert found is not None
    assert found.encode(value) == codec.encode(value)
    free = codec_of(FREE_KEY.schema, is_key=True)
    assert free is not None
    assert free.encode(-0.0) == FREE_KEY.encode(0.0)


@pytest.mark.parametrize("extent", [Sized(60_000), Endless(), Spanning()], ids=repr)
def test_keys_in_windows(extent: Any) -> None:
    codec = windowed_codec(STR, extent)
    value = Windowed("k", 120_000, extent.end(120_000, 130_000))
    found = codec_of(codec.schema, is_key=True)
    assert found is not None
    assert found.schema == codec.schema
    assert found.encode(value) == codec.encode(value)
    assert Told(codec.schema, is_key=True).decode(codec.encode(value)) == value
    of_class = windowed_codec(key_codec_for(Pair), extent)
    assert codec_of(of_class.schema, is_key=True) is None


def test_what_needs_a_class_or_a_codec_of_a_program_is_not_written() -> None:
    class Mine(StrCodec):
        name = "mine"

    for codec in (codec_for(Pair), codec_for(list[Pair]), codec_for(set[int]), Mine()):
        assert codec_of(codec.schema, is_key=False) is None


def test_what_is_not_as_was_told_comes_as_its_bytes() -> None:
    assert Told(INT.schema, is_key=False).decode(b"text") == b"text"
    assert Told(STR.schema, is_key=False).decode(b"\xff") == b"\xff"
    key = key_codec_for(Pair)
    assert Told(key.schema, is_key=True).decode(key.encode(Pair(1, "b"))) == {"a": 1, "b": "b"}
    assert Told(key.schema, is_key=True).decode(pack([1])) == pack([1])
    assert Told(codec_for(Pair).schema, is_key=False).decode(b"x") == b"x"


class Key(NamedTuple):
    host: str
    part: int


@pytest.mark.parametrize("extent", [Sized(1000), Spanning(), Endless()])
def test_windows_of_keys_of_a_class_are_read_by_name(extent: Any) -> None:
    codec = windowed_codec(key_codec_for(Key), extent)
    data = codec.encode(Windowed(Key("a", 1), 0, extent.end(0, 1000)))
    assert codec_of(codec.schema, is_key=True) is None, "only a program writes it"
    assert Told(codec.schema, is_key=True).decode(data).key == {"host": "a", "part": 1}
    assert Told(codec.schema, is_key=True).decode(b"\xff") == b"\xff"
