"""Values as JSON: what every codec takes survives the way out and back."""

import json
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Generic, NamedTuple, NotRequired, TypedDict, TypeVar
from uuid import UUID

import pytest
from attrs import field, frozen

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.extent import Sized, Spanning
from streamz_core.codecs.free import FREE_VALUE, FreeCodec
from streamz_core.codecs.plain import BYTES, FLOAT, INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.errors import CodecError
from streamz_core.query.values import (
    as_text,
    dumps,
    from_json,
    from_text,
    to_json,
    told_of_unknown,
)
from streamz_core.record import Windowed

T = TypeVar("T")


class Colour(Enum):
    RED = "red"


@frozen
class Place:
    origin: str
    hour: int = 0


@frozen
class All:
    place: Place
    at: datetime
    day: date
    price: Decimal
    id: UUID
    colour: Colour
    raw: bytes
    pair: tuple[int, bytes]
    many: tuple[float, ...]
    names: list[str]
    by_hour: dict[int, Place]
    maybe: Place | None
    _hidden: int = field(default=7)


FULL = All(
    Place("JFK", 5),
    datetime(2013, 1, 31, 5, tzinfo=UTC),
    date(2013, 1, 31),
    Decimal("1.50"),
    UUID(int=5),
    Colour.RED,
    b"\xff\x00",
    (1, b"\x00"),
    (1.5, float("inf")),
    ["a\tb", "é"],
    {3: Place("EWR")},
    None,
    9,
)


@pytest.mark.parametrize(
    "tp,value",
    [
        (str, "a/b ü\x00"),
        (int, -(2**63)),
        (float, -0.0),
        (float, float("-inf")),
        (bool, True),
        (bytes, b"\xff"),
        (Place, Place("JFK", 3)),
        (All, FULL),
        (tuple[str, int], ("a", 1)),
        (list[Place], [Place("a"), Place("b", 1)]),
        (Any, {"a": [1, 2.5, None, True]}),
        (int | str, "x"),
        (Colour, Colour.RED),
    ],
)
def test_what_a_codec_takes_comes_back(tp, value):
    codec = codec_for(tp)
    assert from_json(codec, json.loads(dumps(value))) == value
    text = value if isinstance(value, str) and tp is str else dumps(value)
    assert from_text(codec, text) == value


@dataclass
class Data:
    name: str
    took: timedelta = timedelta(0)
    made: int = dataclass_field(default=0, init=False)


class Named(NamedTuple):
    a: int
    b: float = 0.5


class Keys(TypedDict):
    must: int
    may: NotRequired[set[str]]


@frozen
class Box(Generic[T]):
    inside: T
    next: "Box[T] | None" = None


class Level(IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    "tp, value, text",
    [
        (Data, Data("a", timedelta(seconds=90.5)), '{"name":"a","took":90.5,"made":0}'),
        (Named, Named(1), '{"a":1,"b":0.5}'),
        (Keys, {"must": 1}, '{"must":1}'),
        (Keys, {"must": 1, "may": {"b", "a"}}, '{"must":1,"may":["a","b"]}'),
        (Box[int], Box(1, Box(2)), '{"inside":1,"next":{"inside":2,"next":null}}'),
        (frozenset[int], frozenset({2, 1}), "[1,2]"),
        (set[Named], {Named(1)}, '[{"a":1,"b":0.5}]'),
        (Place | Named, Named(1), '{"a":1,"b":0.5}'),
        (Place | Named, Place("a"), '{"origin":"a","hour":0}'),
        (date | str, "noon", '"noon"'),
        (date | None, date(2024, 1, 1), '"2024-01-01"'),
        (Level, Level.LOW, "1"),
        (dict[Colour, int], {Colour.RED: 1}, '{"red":1}'),
        (dict[UUID, int], {UUID(int=5): 1}, f'{{"{UUID(int=5)}":1}}'),
        (tuple[Decimal, ...], (Decimal("1.10"),), '["1.10"]'),
    ],
    ids=str,
)
def test_values_of_every_shape_come_back(tp, value, text):
    codec = codec_for(tp)
    assert dumps(value) == text
    back = from_text(codec, text)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "tp, text, value",
    [
        (UUID, str(UUID(int=5)), UUID(int=5)),
        (UUID, "00000000000000000000000000000005", UUID(int=5)),
        (datetime, "2024-01-01T00:00:00+00:00", datetime(2024, 1, 1, tzinfo=UTC)),
        (Decimal, "1.10", Decimal("1.10")),
        (Decimal, '"1.10"', Decimal("1.10")),
        (list[Decimal], "[1.10, 3, 1e2, 0.1000000000000000000001]", None),
        (Colour, "red", Colour.RED),
        (Named, '{"a":1,"b":2,"more":3}', Named(1, 2.0)),
        (Any, "1.5", 1.5),
        (Any, '{"a":[1.5]}', {"a": [1.5]}),
    ],
    ids=str,
)
def test_what_people_type_is_taken(tp, text, value):
    found = from_text(codec_for(tp), text)
    if value is None:
        assert list(map(str, found)) == ["1.10", "3", "1E+2", "0.1000000000000000000001"]
        return
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    "tp, text, says",
    [
        (Data, '{"name":1}', "Data.name: expected str, got int 1"),
        (Box[Named], '{"inside":{"a":"x"}}', "Box.inside.a: expected int, got str 'x'"),
        (Box[list[Named]], '{"inside":[{"a":1},{"a":1.5}]}', "Box.inside[1].a: expected int"),
        (Box[dict[str, int]], '{"inside":{"k":"x"}}', "Box.inside['k']: expected int"),
        (
            Box[int],
            '{"inside":1,"next":{}}',
            "Box.next: Box.inside is not there and has no default",
        ),
        (list[Named], "3", "expected list[Named], got 3"),
        (timedelta, '"x"', "'x' is no number"),
        (list[int], "[1,null]", "list[int] at [1]: expected int, got NoneType"),
        (set[Named], '{"a":1}', "expected set[Named]"),
    ],
    ids=str,
)
def test_the_way_to_a_wrong_field_is_told(tp, text, says):
    with pytest.raises(CodecError) as caught:
        from_text(codec_for(tp), text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "tp, text, told",
    [
        (Place, '{"origin":"x","hours":3}', ["Place has no field 'hours' (did you mean hour?)"]),
        (Place, '{"origin":"x","zzz":3}', ["Place has no field 'zzz'"]),
        (list[Place], '[{"origin":"x","q":1},{"origin":"y"}]', ["Place has no field 'q'"]),
        (
            Box[Place],
            '{"inside":{"origin":"x","q":1},"outside":2}',
            ["Place has no field 'q'", "Box has no field 'outside' (did you mean inside?)"],
        ),
        (Place, '{"origin":"x"}', []),
        (dict[str, Place], '{"q":{"origin":"x"}}', []),
    ],
    ids=str,
)
def test_a_field_that_the_class_has_not_is_left_out_and_told(tp, text, told):
    found = []
    with told_of_unknown(found.append):
        from_text(codec_for(tp), text)
    assert found == told
    from_text(codec_for(tp), text)
    assert found == told, "nobody listens any more"


def test_a_field_that_is_missing_may_have_been_misspelt():
    with pytest.raises(CodecError) as caught:
        from_text(codec_for(Box[Place]), '{"inside":{"orign":"x"}}')
    assert str(caught.value) == (
        "Box.inside: Place.origin is not there and has no default; "
        "Place has no field 'orign' (did you mean origin?)"
    )


def test_the_shape_of_json():
    assert dumps(Place("JFK", 3)) == '{"origin":"JFK","hour":3}'
    assert to_json(b"\x00\x01") == {"base64": "AAE="}
    assert to_json(Windowed("a", 0, 60_000)) == {"key": "a", "start": 0, "end": 60_000}
    assert dumps([float("nan"), float("inf"), 1e300]) == '["nan","inf",1e+300]'


def test_a_session_must_say_where_it_ends():
    codec = windowed_codec(STR, Spanning())
    assert from_text(codec, '{"key":"a","start":6,"end":9}') == Windowed("a", 6, 9)
    with pytest.raises(CodecError, match="the end must be told"):
        from_text(codec, '{"key":"a","start":6}')


def test_a_windowed_key_comes_back_with_its_end():
    codec = windowed_codec(STR, Sized(60_000))
    assert from_text(codec, '{"key":"a","start":60000}') == Windowed("a", 60_000, 120_000)
    with pytest.raises(CodecError, match="a windowed key is"):
        from_text(codec, '"a"')


def test_fields_may_be_left_out_where_the_class_has_defaults():
    assert from_text(codec_for(Place), '{"origin":"JFK"}') == Place("JFK", 0)
    assert from_text(codec_for(Place), '{"origin":"JFK","speed":1}') == Place("JFK")
    with pytest.raises(CodecError, match="origin"):
        from_text(codec_for(Place), "{}")


@pytest.mark.parametrize(
    "codec,text,says",
    [
        (INT, "abc", "not JSON"),
        (INT, "[" * 100_000, "not JSON"),
        (FLOAT, '"x"', "is no number"),
        (BYTES, "1", "bytes are text or"),
        (BYTES, '{"base64":"%"}', "not base64"),
        (codec_for(Place), "[1]", "a JSON object with origin, hour"),
        (codec_for(tuple[int, int]), "[1]", "1 items"),
        (codec_for(Colour), '"blue"', "Colour"),
        (codec_for(Place | None), "3", "Place"),
    ],
)
def test_what_no_codec_takes_is_told(codec, text, says):
    with pytest.raises(CodecError, match=says):
        codec.encode(from_text(codec, text))


def test_text_is_one_line_and_plain_where_it_can_be():
    assert as_text("JFK") == "JFK"
    assert as_text("a\tb") == '"a\\tb"'
    assert as_text(3) == "3"
    assert as_text(Place("é")) == '{"origin":"é","hour":0}'


def test_the_self_describing_codec_takes_json_and_text():
    assert from_text(FREE_VALUE, "JFK") == "JFK"
    assert from_text(FREE_VALUE, "5") == 5
    assert from_text(FREE_VALUE, '"5"') == "5"


@pytest.mark.parametrize("key", [(1, "x"), (1, (2, "y")), "a", 7])
def test_a_key_of_nobodys_type_is_asked_for_as_it_is_shown(key):
    codec = FreeCodec("key")
    assert from_text(codec, json.dumps(to_json(key))) == key


def test_a_value_of_nobodys_type_keeps_its_lists():
    assert from_text(FREE_VALUE, "[1, [2]]") == [1, [2]]
