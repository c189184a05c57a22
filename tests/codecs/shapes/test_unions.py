"""Unions keep the type of their values, or are refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Literal, NamedTuple, NewType, TypedDict
from uuid import UUID

import msgpack
import pytest
from attrs import frozen

from streamz_core.codecs.annotation import codec_for
from streamz_core.errors import CodecError, Misuse


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


@frozen
class One:
    a: int


class Two(NamedTuple):
    a: int


class Keyed(TypedDict):
    a: int


Name = NewType("Name", str)
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
DAY = date(2024, 1, 1)
KEPT = [
    (datetime | str, [NOON, NOON.isoformat(), ""]),
    (Decimal | str, [Decimal("1.50"), "1.50"]),
    (Colour | str, [Colour.RED, "red"]),
    (Level | int, [Level.LOW, 1]),
    (Level | int | bool | None, [Level.LOW, 1, True, None]),
    (UUID | bytes, [UUID(int=5), UUID(int=5).bytes]),
    (date | datetime, [DAY, NOON]),
    (date | datetime | str | Decimal, [DAY, NOON, "2024-01-01", Decimal(1)]),
    (One | Two, [One(1), Two(1)]),
    (One | list[int] | tuple[int, ...] | set[int], [One(1), [1], (1,), {1}]),
    (One | Keyed | None, [One(1), {"a": 1}, None]),
    (list[int] | dict[str, int], [[1], {"a": 1}]),
    (float | Decimal | int, [1.0, Decimal(1), 1]),
    (list[Decimal | str], [[Decimal(1), "1"]]),
    (dict[int | str, date | str], [{1: DAY, "1": "2024-01-01"}]),
    (Literal["a", 1] | Decimal, ["a", 1, Decimal(1)]),
    (int | Any, [1, "a", [1.5]]),
]


@pytest.mark.parametrize("tp, values", KEPT, ids=str)
def test_values_keep_their_type(tp, values):
    codec = codec_for(tp)
    some = [value for value in values if value is not None]
    backs = [codec.decode(codec.encode(value)) for value in some]
    assert [(type(back), back) for back in backs] == [(type(value), value) for value in some]
    assert repr(codec.decode_all(codec.encode_all(values))) == repr(values)
    slow = [codec.shape.from_plain(codec.shape.to_plain(value)) for value in some]
    assert repr(slow) == repr(some)


def test_plain_forms_that_differ_carry_no_tag():
    assert codec_for(int | str | None).encode(5) == msgpack.packb(5)
    assert codec_for(UUID | str).encode("x") == msgpack.packb("x")
    assert codec_for(Decimal | str).encode("x") == msgpack.packb(["str", "x"])


def test_an_int_is_the_float_of_a_union_without_ints():
    codec = codec_for(float | str)
    assert repr(codec.decode(codec.encode(2))) == "2.0"
    assert repr(codec.decode(msgpack.packb(2))) == "2.0"
    assert (
        repr(codec_for(float | date | str).decode(codec_for(float | date | str).encode(2))) == "2.0"
    )


class Other:
    class One(NamedTuple):
        a: int


REFUSED = [
    (list[int] | list[str], r"list\[int\] and list\[str\].*put them into a class"),
    (tuple[int, str] | tuple[int, ...], "cannot be told apart"),
    (dict[str, int] | Keyed, "cannot be told apart"),
    (One | Other.One, "One and One: their values cannot be told apart"),
    (datetime | Any, "no codec for the union of Any and datetime"),
]


@pytest.mark.parametrize("tp, message", REFUSED, ids=str)
def test_types_whose_values_look_the_same_are_refused(tp, message):
    with pytest.raises(Misuse, match=message):
        codec_for(tp)


WRONG = [
    (datetime | str, 5, "expected datetime | str, got int 5"),
    (One | Two, One("x"), "One | Two.a: expected int"),
]


@pytest.mark.parametrize("tp, value, message", WRONG, ids=str)
def test_values_of_none_of_the_types_are_refused(tp, value, message):
    with pytest.raises(CodecError) as caught:
        codec_for(tp).encode(value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "plain",
    ["x", [], ["str"], ["str", 1], ["bytes", b"x"], [1, "x"], ["datetime", "x"], {"str": "x"}],
)
def test_bytes_of_none_of_the_types_are_refused(plain):
    with pytest.raises(CodecError):
        codec_for(datetime | str).decode(msgpack.packb(plain))
    assert codec_for(Name | str) is codec_for(str) or codec_for(Name | str).encode("a")
