"""Values by their schemas alone, without the classes."""

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import NotRequired, TypedDict

import pytest
from attrs import frozen

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.described import Plainly, decode_described
from streamz_core.codecs.schemas import Schemas, UnknownSchema, read_schema
from streamz_core.errors import CodecError


class Colour(Enum):
    RED = "red"


class Maybe(TypedDict):
    a: int
    b: NotRequired[int]


@frozen
class Item:
    price: Decimal | str
    inside: "Item | None" = None


@frozen
class Order:
    items: list[Item]
    colour: Colour
    days: tuple[date, ...]
    took: timedelta
    maybe: Maybe
    by_item: dict[Item, int]
    by_name: dict[str, Item]
    tags: set[str]


ORDER = Order(
    [Item("1.50", Item(Decimal("1.50")))],
    Colour.RED,
    (date(2024, 1, 1),),
    timedelta(1),
    {"a": 1},
    {Item("x"): 1},
    {"k": Item("y")},
    {"b", "a"},
)
SEEN = {
    "items": [{"price": "1.50", "inside": {"price": Decimal("1.50"), "inside": None}}],
    "colour": "red",
    "days": (date(2024, 1, 1),),
    "took": timedelta(1),
    "maybe": {"a": 1},
    "by_item": [({"price": "x", "inside": None}, 1)],
    "by_name": {"k": {"price": "y", "inside": None}},
    "tags": ["a", "b"],
}


def test_values_are_shown_by_name():
    assert decode_described(codec_for(Order).encode(ORDER)) == SEEN
    assert decode_described(codec_for(list[Item]).encode([Item("a")])) == [
        {"price": "a", "inside": None}
    ]


def test_what_a_log_tells_is_enough():
    codec = codec_for(Order)
    known = Schemas()
    known.add(read_schema(each.description) for each in codec.schemas())
    assert Plainly(known).decode(codec.encode(ORDER)) == SEEN


def test_what_names_no_known_schema_is_refused():
    data = codec_for(Order).encode(ORDER)
    with pytest.raises(UnknownSchema, match="not known here"):
        Plainly(Schemas()).decode(data)
    for other in (b"", b"abc", b"\x02abcd"):
        with pytest.raises(CodecError, match="a value that names its schema"):
            decode_described(other)
    with pytest.raises(CodecError, match="Order as an array of 8"):
        decode_described(data[:5] + b"\x90")
