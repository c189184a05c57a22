"""Keys: equal values of a type have one encoding, and a class that changed is another key."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any, Literal, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

import attrs
import msgpack
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App, json_of
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.errors import CodecError, Misuse


class Colour(Enum):
    RED = 1
    BLUE = 2


@frozen
class Place:
    city: str
    at: datetime
    price: Decimal = Decimal(0)


@frozen
class Weight:
    kg: int | float


class Pair(NamedTuple):
    a: int
    b: float


class Typed(TypedDict):
    a: int


NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
BERLIN = NOON.astimezone(ZoneInfo("Europe/Berlin"))
EQUAL = [
    (Decimal, Decimal("1.5"), Decimal("1.50")),
    (Decimal, Decimal(100), Decimal("1E+2")),
    (Decimal, Decimal(0), Decimal("-0.00")),
    (Decimal, Decimal("1." + "1" * 60), Decimal("1." + "1" * 60 + "0")),
    (datetime, NOON, BERLIN),
    (float, 0.0, -0.0),
    (float, 2.0, 2),
    (tuple[float, str], (0.0, "a"), (-0.0, "a")),
    (Decimal | str, Decimal("1.5"), Decimal("1.50")),
    (Any, (1, -0.0), (1, 0.0)),
    (Place, Place("a", NOON, Decimal("1.0")), Place("a", BERLIN, Decimal(1))),
    (Pair, Pair(1, -0.0), Pair(1, 0.0)),
    (list[Pair], [Pair(1, -0.0)], [Pair(1, 0.0)]),
]


@pytest.mark.parametrize("tp, one, other", EQUAL, ids=repr)
def test_equal_values_have_one_encoding(tp, one, other):
    assert one == other
    codec = key_codec_for(tp)
    assert codec.encode(one) == codec.encode(other)
    assert codec.encode_all([one, other]) == [codec.encode(one)] * 2
    assert codec.decode(codec.encode(other)) == one


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 40))
def test_decimals_keep_their_value(number, zeros):
    codec = key_codec_for(Decimal)
    assert codec.decode(codec.encode(number)) == number
    sign, digits, exponent = number.as_tuple()
    same = Decimal((sign, (*digits, *[0] * zeros), exponent - zeros))
    assert codec.encode(same) == codec.encode(number)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_instants_do_not_depend_on_their_zone(moment, minutes):
    codec = key_codec_for(datetime)
    here = moment.replace(tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(minutes=minutes)))
    assert codec.encode(here) == codec.encode(there)
    assert codec.decode(codec.encode(there)) == here


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_decimals_that_are_not_finite_are_refused(number):
    with pytest.raises(CodecError, match="a Decimal that is one is finite"):
        key_codec_for(Decimal).encode(Decimal(number))


def test_an_instant_outside_of_the_years_of_utc_is_refused():
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(CodecError, match="outside of the years"):
        key_codec_for(datetime).encode(early)


def test_plain_keys_are_those_of_values_and_types_stay_apart():
    assert [key_codec_for(tp) for tp in (str, int, bytes)] == [STR, INT, BYTES]
    assert key_codec_for(bool).encode(True) != key_codec_for(int).encode(1)


class Word(StrEnum):
    A = "a"


class Number(IntEnum):
    ONE = 1


class Other(NamedTuple):
    a: int
    b: float


@pytest.mark.parametrize(
    "tp",
    [
        bool | int,
        int | float,
        int | float | None,
        Decimal | int,
        Decimal | float | str,
        Literal[1, True],
        Number | int,
        Word | str,
        Pair | tuple[int, float],
        Pair | Other,
        tuple[int | float, str],
        list[bool | int],
    ],
    ids=repr,
)
def test_types_whose_values_may_be_equal_are_no_key_together(tp):
    with pytest.raises(Misuse, match="values of the two may be equal, but differ in bytes"):
        key_codec_for(tp)
    assert codec_for(tp)


@pytest.mark.parametrize(
    "tp", [int | str, Word | int, Colour | int, datetime | date, Pair | str, bytes | str, Any | int]
)
def test_types_whose_values_never_are_equal_are_a_key_together(tp):
    assert key_codec_for(tp)


def test_a_class_that_holds_such_a_union_is_no_key():
    with pytest.raises(Misuse, match=r"Weight.kg: int \| float cannot be a key"):
        key_codec_for(Weight)


def test_a_class_is_the_array_of_its_fields_without_a_word_of_its_schema():
    assert key_codec_for(Pair).encode(Pair(1, 2.5)) == msgpack.packb([1, 2.5])
    assert key_codec_for(Colour).encode(Colour.BLUE) == msgpack.packb(2)
    assert codec_for(Pair).encode(Pair(1, 2.5)) != key_codec_for(Pair).encode(Pair(1, 2.5))
    assert key_codec_for(Pair).schemas() == (key_codec_for(Pair).schema,)


@frozen
class Holds:
    tags: frozenset[str]


@frozen
class Noted:
    name: str
    note: str = attrs.field(default="", eq=False)


@dataclass(frozen=True)
class Cached:
    name: str
    cache: int = field(default=0, compare=False)


@frozen
class Folded:
    name: str = attrs.field(eq=str.lower)


@dataclass(frozen=True)
class Quiet:
    name: str

    def __eq__(self, other):
        return self.name.lower() == other.name.lower()

    def __hash__(self):
        return hash(self.name.lower())


@frozen(eq=False)
class Silent:
    name: str

    def __eq__(self, other):
        return self.name.lower() == other.name.lower()

    def __hash__(self):
        return hash(self.name.lower())


class Round(NamedTuple):
    number: int

    def __eq__(self, other):
        return self.number // 10 == other.number // 10

    def __hash__(self):
        return self.number // 10


class Mood(Enum):
    GOOD = 1
    FINE = 2

    def __eq__(self, other):
        return type(other) is Mood

    def __hash__(self):
        return 0


@frozen(eq=False)
class Inheriting(Place):
    more: int = 0


@dataclass(frozen=True, eq=False)
class Child(Cached):
    more: int = 0


@frozen(eq=False)
class Lone:
    name: str


@dataclass(frozen=True, slots=True)
class Slotted:
    name: str


@dataclass(frozen=True)
class Longer(Slotted):
    more: int = 0


OWN = "cannot be a key: its __eq__ is one of its own.*let attrs or dataclasses write it.*or take"
REFUSED = [
    *((cls, f"{cls.__name__} {OWN}") for cls in (Quiet, Silent, Round, Mood, Inheriting, Child)),
    (tuple[int, Quiet], f"Quiet {OWN}"),
    (Quiet | None, f"Quiet {OWN}"),
    (dict, "dict cannot be a key.*take a tuple"),
    (dict[str, int], r"dict\[str, int\] cannot be a key.*take a tuple"),
    (set[int], "cannot be a key"),
    (frozenset[int], "cannot be a key"),
    (list[dict[str, int]], "cannot be a key"),
    (Holds, r"Holds.tags: frozenset\[str\] cannot be a key"),
    (Typed, "Typed cannot be a key.*or a class with a field for each"),
    (Noted, "Noted cannot be a key: note takes no part in its equality"),
    (Cached, "Cached cannot be a key: cache takes no part in its equality"),
    (Folded, "Folded cannot be a key: name takes no part"),
]


@pytest.mark.parametrize("tp, message", REFUSED, ids=str)
def test_types_that_are_no_keys_are_told_with_what_to_take(tp, message):
    codec_for(tp)
    with pytest.raises(Misuse, match=message):
        key_codec_for(tp)


@pytest.mark.parametrize("cls", [Lone, Slotted, Longer])
def test_an_equality_that_was_made_of_all_fields_or_is_that_of_objects_is_a_key(cls):
    value = cls("a")
    assert key_codec_for(cls).decode(key_codec_for(cls).encode(value)).name == "a"


def test_classes_with_their_own_equality_are_refused_when_the_app_is_built():
    app = App("quiet")
    app.stream("words", key=Quiet, value=int).to("out")
    with pytest.raises(Misuse, match=f"Quiet {OWN}"):
        app.build()


BETWEEN = [2**53 + 1, -(2**53) - 1, 10**23]


@pytest.mark.parametrize("number", BETWEEN)
@pytest.mark.parametrize("make", [codec_for, key_codec_for, json_of])
def test_an_int_without_a_float_of_its_own_is_refused(make, number):
    for tp, value in ((float, number), (tuple[float, int], (number, 1)), (list[float], [number])):
        for column in ([value], [value, None]):
            with pytest.raises(
                CodecError, match=f"{number} has no float of its own, the nearest is"
            ):
                make(tp).encode_all(column)


@pytest.mark.parametrize("number", [2**53, 2**53 + 2, -(2**60), 2**1000, 0])
@pytest.mark.parametrize("make", [codec_for, key_codec_for, json_of])
def test_an_int_with_a_float_is_that_one(make, number):
    for tp, value in ((float, number), (tuple[float, int], (number, 1))):
        back = make(tp).decode_all(make(tp).encode_all([value]))[0]
        assert back == value
        assert type(back if tp is float else back[0]) is float


@pytest.mark.parametrize("make", [codec_for, key_codec_for, json_of])
def test_an_int_beyond_all_floats_is_told(make):
    for number in (10**400, 10**5000):
        with pytest.raises(CodecError, match="too large for a float"):
            make(float).encode(number)


def order(**fields):
    return key_codec_for(
        attrs.make_class("Order", {n: attrs.field(type=t) for n, t in fields.items()})
    )


def test_another_class_as_a_key_is_a_re_keying():
    now = order(a=int, b=str)
    for other in (
        order(a=int),
        order(a=int, b=str, c=int),
        order(b=str, a=int),
        order(a=float, b=str),
        order(a=int, c=str),
        key_codec_for(tuple[int, str]),
        key_codec_for(int),
    ):
        with pytest.raises(CodecError, match="bytes and lie in other partitions"):
            now.check(other.schema)
    now.check(order(a=int, b=str).schema)


def test_members_of_an_enum_may_come_and_go_but_not_change_places():
    def colours(**members):
        return order(a=list[Enum("Colour", members)])

    now = colours(RED=1, BLUE=2)
    now.check(colours(RED=1).schema)
    now.check(colours(RED=1, BLUE=2, GREEN=3).schema)
    for other in (colours(RED=2, BLUE=1), colours(RED=3, BLUE=2), colours(CRIMSON=1, BLUE=2)):
        with pytest.raises(CodecError, match=r"Order\(a: list\[Colour\]\)"):
            now.check(other.schema)


def test_a_key_class_that_holds_itself_is_compared():
    @frozen
    class Path:
        name: str
        up: "Path | None" = None

    first = key_codec_for(Path)

    @frozen
    class Path:
        name: str
        up: "Path | None" = None
        more: int = 0

    with pytest.raises(CodecError, match="other partitions"):
        key_codec_for(Path).check(first.schema)


@pytest.mark.parametrize(
    "given, back",
    [
        ("1.50", "1.5"),
        ("100", "100"),
        ("1E+2", "100"),
        ("-1200.00", "-1200"),
        ("0.00", "0"),
        ("-0", "0"),
        ("0.0001", "0.0001"),
        ("1E+39", "1" + "0" * 39),
        ("1E+40", "1E+40"),
        ("1E-9", "1E-9"),
    ],
)
def test_a_decimal_comes_back_as_a_person_would_write_it(given, back):
    codec = key_codec_for(Decimal)
    for way in (codec, key_codec_for(tuple[Decimal, int])):
        value = Decimal(given) if way is codec else (Decimal(given), 1)
        found = way.decode_all([way.encode(value)])[0]
        assert found == value
        assert str(found if way is codec else found[0]) == back


def test_a_decimal_that_is_no_key_keeps_its_zeros():
    codec = codec_for(Decimal)
    assert str(codec.decode(codec.encode(Decimal("1.50")))) == "1.50"
