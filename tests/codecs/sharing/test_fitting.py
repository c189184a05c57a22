"""Whether a step may write to a topic, by types alone: refused is only what could never be written."""

import uuid
from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Any, NamedTuple, TypedDict

import hypothesis
import pytest
from attrs import frozen
from hypothesis import strategies as st

from streamz_core import Codec, json_of, windowed
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.codecs.sharing.fitting import fits
from streamz_core.errors import CodecError


@frozen
class Click:
    url: str


@frozen
class Tap(Click):
    pass


@frozen
class Order:
    url: str


class Place(NamedTuple):
    x: int


class Said(TypedDict):
    word: str


class Told(TypedDict):
    number: int


class Colour(Enum):
    RED = "red"


def codec(tp: Any) -> Codec[Any]:
    return tp if isinstance(tp, Codec) else codec_for(tp)


NEVER = [
    (int, str),
    (str, bytes),
    (float, int),
    (bool, int),
    (int, bool),
    (str, int | float),
    (bytes | str, int),
    (Click, Order),
    (Click, dict),
    (Place, tuple[int]),
    (Colour, str),
    (date, str),
    (list[int], list[str]),
    (dict[str, int], dict[str, str]),
    (dict[str, list[int]], dict[str, list[Click]]),
    (list[int], tuple[int, ...]),
    (str, json_of(Click)),
    (json_of(Click), Order),
    (str, Serdes.uuid()),
    (int, list[str]),
]
PERHAPS = [
    (int, int),
    (int, float),
    (int, Serdes.integer()),
    (int | str, str),
    (str, int | str),
    (str | None, str),
    (Any, int),
    (int, Any),
    (list[int], list[float]),
    (list[Any], list[int]),
    (list[int | str], list[str]),
    (Click, Tap),
    (Tap, Click),
    (Click, Click | Order),
    (Said, Told),
    (Said, dict[str, str]),
    (Click, json_of(Click)),
    (uuid.UUID, Serdes.uuid()),
]


@pytest.mark.parametrize("given, wanted", NEVER, ids=str)
def test_what_could_never_be_written_does_not_fit(given: Any, wanted: Any) -> None:
    assert not fits(codec(given).accepts, codec(wanted).accepts)


@pytest.mark.parametrize("given, wanted", PERHAPS, ids=str)
def test_what_may_be_written_fits(given: Any, wanted: Any) -> None:
    assert fits(codec(given).accepts, codec(wanted).accepts)


def test_windowed_keys_are_no_plain_ones() -> None:
    key = windowed(str, "1m")
    assert not fits(key.accepts, key_codec_for(str).accepts)
    assert fits(key.accepts, windowed(str, "1m").accepts)


VALUES: list[tuple[Any, Callable[[], st.SearchStrategy[Any]]]] = [
    (int, lambda: st.integers(-(2**40), 2**40)),
    (str, lambda: st.text("ab")),
    (float, lambda: st.floats(0, 1)),
    (bool, st.booleans),
    (list[int], lambda: st.lists(st.integers(0, 5), min_size=1)),
    (list[str], lambda: st.lists(st.text("ab"), min_size=1)),
    (int | str, lambda: st.integers(0, 5) | st.text("ab")),
    (tuple[int, str], lambda: st.tuples(st.integers(0, 5), st.text("ab"))),
    (dict[str, int], lambda: st.dictionaries(st.text("ab"), st.integers(0, 5), min_size=1)),
    (Click, lambda: st.builds(Click, st.text("ab"))),
    (Order, lambda: st.builds(Order, st.text("ab"))),
    (Colour, lambda: st.just(Colour.RED)),
]


@hypothesis.given(st.data(), st.sampled_from(VALUES), st.sampled_from([tp for tp, _ in VALUES]))
@hypothesis.settings(max_examples=200, deadline=None)
def test_nothing_that_can_be_written_is_said_not_to_fit(
    data: st.DataObject, given: tuple[Any, Callable[[], st.SearchStrategy[Any]]], wanted: Any
) -> None:
    tp, values = given
    try:
        codec(wanted).encode(data.draw(values()))
    except CodecError:
        return
    assert fits(codec(tp).accepts, codec(wanted).accepts)
