"""What cannot be written says which part of which value it is, and what was given stays as it was."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from enum import Enum
from typing import Any, NamedTuple, NotRequired, TypedDict

import pytest
from attrs import define, field, frozen

from streamz_core import json_of
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.errors import CodecError, Misuse

LARGE, HALF = 2**64, "\ud800"
TOO_LARGE = "18446744073709551616 does not fit into 64 bits"
NO_TEXT = r"'\\ud800' cannot be written as UTF-8"


class Pair(NamedTuple):
    x: int
    y: str


class Said(TypedDict):
    word: str
    more: NotRequired[int]


@define
class Item:
    n: int = 0
    s: str = ""
    numbers: list[int] = field(factory=list)
    texts: dict[str, str] = field(factory=dict)
    by_number: dict[int, str] = field(factory=dict)
    pair: tuple[int, str] = (0, "")
    few: frozenset[str] = frozenset()
    free: Any = None
    either: int | str | None = None
    next: Item | None = None


PLACES: list[tuple[Any, str]] = [
    (Item(n=LARGE), f"Item.n: {TOO_LARGE}"),
    (Item(n=-LARGE), "Item.n: -18446744073709551616 does not fit"),
    (Item(s=HALF), f"Item.s: {NO_TEXT}"),
    (Item(numbers=[1, LARGE]), rf"Item.numbers\[1\]: {TOO_LARGE}"),
    (Item(texts={"a": HALF}), rf"Item.texts\['a'\]: {NO_TEXT}"),
    (Item(texts={HALF: "a"}), f"Item.texts: {NO_TEXT}"),
    (Item(by_number={LARGE: "a"}), f"Item.by_number: {TOO_LARGE}"),
    (Item(by_number={5: HALF}), rf"Item.by_number\[5\]: {NO_TEXT}"),
    (Item(pair=(LARGE, "")), rf"Item.pair\[0\]: {TOO_LARGE}"),
    (Item(pair=(0, HALF)), rf"Item.pair\[1\]: {NO_TEXT}"),
    (Item(few=frozenset({HALF})), f"Item.few: {NO_TEXT}"),
    (Item(free={"a": [0, {"b": [LARGE]}]}), rf"Item.free\['a'\]\[1\]\['b'\]\[0\]: {TOO_LARGE}"),
    (Item(either=LARGE), f"Item.either: {TOO_LARGE}"),
    (Item(either=HALF), f"Item.either: {NO_TEXT}"),
    (Item(next=Item(next=Item(s=HALF))), f"Item.next.next.s: {NO_TEXT}"),
]


@pytest.mark.parametrize("value, told", PLACES, ids=[told[:24] for _, told in PLACES])
def test_the_field_and_the_value_are_named(value: Item, told: str) -> None:
    codec, before = codec_for(Item), deepcopy(value)
    with pytest.raises(CodecError, match=told):
        codec.encode(value)
    with pytest.raises(CodecError, match=told):
        codec.encode_all([Item(), value])
    assert value == before


CONTAINERS: list[tuple[Any, Any, str]] = [
    (list[Item], [Item(), Item(n=LARGE)], rf"list\[Item\] at \[1\].n: {TOO_LARGE}"),
    (dict[str, list[Pair]], {"q": [Pair(1, HALF)]}, rf"at \['q'\]\[0\].y: {NO_TEXT}"),
    (Said, {"word": "", "more": LARGE}, f"Said.more: {TOO_LARGE}"),
    (tuple[int, ...], (1, LARGE), rf"tuple\[int, ...\] at \[1\]: {TOO_LARGE}"),
    (int | str, LARGE, f"^{TOO_LARGE}"),
    (Any, LARGE, f"^{TOO_LARGE}"),
    (Any, {"a": [HALF]}, rf"^the value at \['a'\]\[0\]: {NO_TEXT}"),
]


@pytest.mark.parametrize("tp, value, told", CONTAINERS, ids=[str(tp) for tp, _, _ in CONTAINERS])
def test_so_it_is_whatever_holds_it(tp: Any, value: Any, told: str) -> None:
    with pytest.raises(CodecError, match=told):
        codec_for(tp).encode(value)


def test_keys_are_told_alike() -> None:
    with pytest.raises(CodecError, match=f"Pair.x: {TOO_LARGE}"):
        key_codec_for(Pair).encode(Pair(LARGE, ""))
    with pytest.raises(CodecError, match=NO_TEXT):
        key_codec_for(Any).encode(("a", HALF))


def test_json_names_the_place_too() -> None:
    for value, place in (
        (Item(s=HALF), "Item.s"),
        (Item(numbers=[1], free=[HALF]), r"Item.free\[0\]"),
    ):
        with pytest.raises(CodecError, match=f"{place}: cannot be written as JSON: .*surrogates"):
            json_of(Item).encode(value)
    with pytest.raises(CodecError, match="has microseconds that no number of seconds can tell"):
        json_of(timedelta).encode(timedelta.max)


def test_what_is_nested_too_deeply_names_its_class() -> None:
    deep = Item()
    for _ in range(5000):
        deep = Item(next=deep)
    for codec in (codec_for(Item), json_of(Item)):
        with pytest.raises(CodecError, match="Item: nested too deeply"):
            codec.encode(deep)


def test_a_member_that_cannot_be_written_is_told_when_its_enum_is_used() -> None:
    class Size(Enum):
        SMALL = 1
        LARGE = 2**70

    with pytest.raises(
        Misuse, match=r"no codec for Size\.LARGE: 1180591620717411303424 does not fit"
    ):
        codec_for(Size)


@frozen
class Ratio:
    share: float


def test_what_is_asked_again_slowly_is_what_was_given() -> None:
    """The fast way had made arrays of the items before msgpack refused one: the error spoke of these."""
    with pytest.raises(CodecError, match=rf"list\[Item\] at \[0\].s: {NO_TEXT}"):
        codec_for(list[Item]).encode([Item(s=HALF)])
    assert codec_for(list[Ratio]).encode([Ratio(1), Ratio(0.5)])
