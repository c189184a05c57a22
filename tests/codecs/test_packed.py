"""The bytes of values: a format, a fingerprint, msgpack; pinned for each kind of type."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, NamedTuple, NotRequired, TypedDict, TypeVar
from uuid import UUID

import pytest
from attrs import frozen

from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.errors import CodecError
from tests.fixtures import check, pinned

T = TypeVar("T")


class Colour(Enum):
    RED = "red"
    BLUE = 2


class Point(NamedTuple):
    x: int
    y: float = 0.5


@dataclass(frozen=True)
class Pair(Generic[T]):
    one: T
    other: T


class Keys(TypedDict):
    must: int
    may: NotRequired[str]


@frozen
class Tree:
    name: str
    children: "tuple[Tree, ...]" = ()


@frozen
class All:
    point: Point
    pair: Pair[int]
    keys: Keys
    colour: Colour
    moment: datetime
    day: date | str
    price: Decimal
    id: UUID
    span: timedelta
    tags: frozenset[str]
    table: dict[int, bool]
    maybe: bytes | None
    anything: Any


NOON = datetime(2024, 1, 2, 12, tzinfo=UTC)
ALL = All(
    *(Point(1), Pair(1, 2), {"must": 1}, Colour.BLUE, NOON, date(2024, 1, 2), Decimal("1.50")),
    *(UUID(int=7), timedelta(1, 2, 3), frozenset("ba"), {1: True}, b"\xff", (1, [{"a": ("b",)}])),
)
PINNED = {
    "class": (codec_for(All), ALL),
    "recursive": (codec_for(Tree), Tree("a", (Tree("b"),))),
    "generic": (codec_for(Pair[str]), Pair("a", "b")),
    "typed-dict": (codec_for(Keys), {"must": 1, "may": "x"}),
    "named-tuple": (codec_for(Point), Point(1, 2.5)),
    "enum": (codec_for(Colour), Colour.RED),
    "list-of-classes": (codec_for(list[Point]), [Point(1)]),
    "union-of-classes": (codec_for(Point | Tree), Tree("a")),
    "union-tagged": (codec_for(datetime | str), NOON),
    "list": (codec_for(list[int]), [1, 2]),
    "free": (codec_for(Any), {"a": (1, None)}),
    "key-class": (key_codec_for(Point), Point(1, -0.0)),
    "key-free": (key_codec_for(Any), ("a", -0.0)),
    "key-decimal": (key_codec_for(Decimal), Decimal("1.50")),
    "key-moment": (key_codec_for(datetime), NOON),
}


@pytest.mark.parametrize("name", PINNED)
def test_the_bytes_are_those_that_were_released(name):
    codec, value = PINNED[name]
    check(f"values/{name}", codec.encode(value))
    assert codec.decode(pinned(f"values/{name}")) == value


def test_the_descriptions_are_those_that_were_released():
    for schema in codec_for(All).schemas():
        check(f"values/schema-{schema.name}", schema.description)
    check("values/schema-Tree", codec_for(Tree).schema.description)


def test_only_types_with_names_carry_a_fingerprint():
    assert codec_for(All).encode(ALL)[:5] == b"\x02" + codec_for(All).schema.fingerprint
    for codec in (codec_for(list[int]), codec_for(datetime | str), key_codec_for(Point)):
        assert codec.head == b""


def test_a_codec_without_names_checks_its_type():
    codec_for(list[int]).check(codec_for(list[int]).schema)
    for one, other in ((list[int], list[float]), (int, float), (datetime, str), (str, list[str])):
        with pytest.raises(CodecError, match=r"written as .*, read as"):
            codec_for(one).check(codec_for(other).schema)


@pytest.mark.parametrize("one, other", [(list[int] | Point, list[int]), (list[int], list[Point])])
def test_types_with_names_and_without_are_not_one_another(one, other):
    with pytest.raises(CodecError, match=r"written as .*, read as"):
        codec_for(one).check(codec_for(other).schema)
    with pytest.raises(CodecError):
        codec_for(one).decode(codec_for(other).encode([Point(1)] if other == list[Point] else [1]))


def test_a_column_of_several_versions_is_read_value_by_value():
    @frozen
    class Tree:
        children: "tuple[Tree, ...]" = ()
        name: str = "?"

    old = PINNED["recursive"][0]
    new = codec_for(Tree)
    column = [
        old.encode(PINNED["recursive"][1]),
        None,
        new.encode(Tree(name="n")),
        old.encode(PINNED["union-of-classes"][1]),
    ]
    assert new.decode_all(column) == [
        Tree((Tree((), "b"),), "a"),
        None,
        Tree((), "n"),
        Tree((), "a"),
    ]
    assert new.decode_all(column[:1]) == [Tree((Tree((), "b"),), "a")]
