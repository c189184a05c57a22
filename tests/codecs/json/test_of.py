"""json_of: what of each type stands in JSON, what is refused, and what the errors say."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID

import pytest
from attrs import Factory, define, frozen

from streamz_core import App, Codec, CodecError, Misuse, TopologyError, json_of
from streamz_core.codecs.free import JSON
from streamz_core.codecs.json import fast
from streamz_core.query.values import from_text


class Colour(Enum):
    RED = "red"
    BLUE = 2


class Place(NamedTuple):
    x: int
    y: int = 0


class Extra(TypedDict):
    note: str
    mark: NotRequired[int]


@frozen
class User:
    name: str
    born: date | None = None


@dataclasses.dataclass
class Tree:
    name: str
    children: list[Tree] = dataclasses.field(default_factory=list)


@define
class Click:
    user: User
    price: Decimal
    score: float = 0.0
    tags: list[str] = Factory(list)


@frozen
class Hit:
    url: str
    size: int


@frozen
class Fault:
    url: str
    why: str


BERLIN = timezone(timedelta(hours=2))
WRITTEN: list[tuple[Any, Any, str]] = [
    (str, "ä\n\u2028", '"ä\\n\u2028"'),
    (int, -5, "-5"),
    (int, 2**100, str(2**100)),
    (float, 1.0, "1.0"),
    (float, 1e16, "1e+16"),
    (float, 1e-05, "1e-05"),
    (bool, True, "true"),
    (bytes, b"\x00\xff", '"AP8="'),
    (datetime, datetime(2026, 1, 2, 3, 4, 5, 600, UTC), '"2026-01-02T03:04:05.000600+00:00"'),
    (datetime, datetime(2026, 1, 2, tzinfo=BERLIN), '"2026-01-02T00:00:00+02:00"'),
    (date, date(2026, 1, 2), '"2026-01-02"'),
    (timedelta, timedelta(minutes=1, microseconds=500_000), "60.5"),
    (Decimal, Decimal("1.50"), '"1.50"'),
    (UUID, UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (Colour, Colour.RED, '"red"'),
    (Colour, Colour.BLUE, "2"),
    (Literal["a", 2], "a", '"a"'),
    (list[int], [1, 2], "[1,2]"),
    (tuple[int, str], (1, "a"), '[1,"a"]'),
    (tuple[int, ...], (1, 2, 3), "[1,2,3]"),
    (set[str], {"b", "a"}, '["a","b"]'),
    (dict[str, float], {"a": 1.5}, '{"a":1.5}'),
    (dict[int, str], {5: "a"}, '{"5":"a"}'),
    (dict[date, int], {date(2026, 1, 2): 1}, '{"2026-01-02":1}'),
    (dict[Place, int], {Place(1, 2): 3}, '{"{\\"x\\":1,\\"y\\":2}":3}'),
    (User, User("ann"), '{"name":"ann","born":null}'),
    (Place, Place(1), '{"x":1,"y":0}'),
    (Extra, {"note": "n"}, '{"note":"n"}'),
    (Extra, {"note": "n", "mark": 1}, '{"note":"n","mark":1}'),
    (Tree, Tree("a", [Tree("b")]), '{"name":"a","children":[{"name":"b","children":[]}]}'),
    (
        Click,
        Click(User("ann", date(2000, 1, 1)), Decimal("1.50"), 2.5, ["x"]),
        '{"user":{"name":"ann","born":"2000-01-01"},"price":"1.50","score":2.5,"tags":["x"]}',
    ),
    (Hit | Fault, Fault("/a", "gone"), '{"url":"/a","why":"gone"}'),
    (int | str | None, "5", '"5"'),
    (Any, {"a": [1, 2.5, None, True]}, '{"a":[1,2.5,null,true]}'),
]


@pytest.mark.parametrize("tp, value, text", WRITTEN, ids=[text[:30] for _, _, text in WRITTEN])
def test_what_stands_in_json(tp: Any, value: Any, text: str) -> None:
    codec = json_of(tp)
    assert codec.encode(value) == text.encode()
    assert codec.decode(text.encode()) == value
    assert codec.encode_all([None, value]) == [None, text.encode()]
    assert codec.decode_all([text.encode(), None]) == [value, None]


def read(tp: Any, text: str, **more: Any) -> Any:
    return json_of(tp, **more).decode(text.encode())


def test_what_others_write_is_read() -> None:
    assert read(User, ' { "born" : null, "name": "\\u0061nn" } ') == User("ann")
    assert read(User, '{"name":"ann"}') == User("ann"), "what has a default may be missing"
    assert read(datetime, '"2026-01-02T03:04:05Z"') == datetime(2026, 1, 2, 3, 4, 5, 0, UTC)
    assert repr(read(list[float], "[1, 2.5]")) == "[1.0, 2.5]"
    assert read(User, '{"name":"a","name":"b"}') == User("b"), "the last one counts"


def test_a_decimal_keeps_the_digits_of_a_number() -> None:
    text = '{"user":{"name":"a"},"price":0.12345678901234567890,"score":1.5}'
    click = read(Click, text)
    assert (str(click.price), repr(click.score)) == ("0.12345678901234567890", "1.5")
    assert read(list[Any] | Decimal, "[1.5]") == [1.5]
    assert read(Decimal, "7") == Decimal(7)


WRONG: list[tuple[Any, str, str]] = [
    (Hit, '{"url":"/","size":"1"}', "Hit.size: expected int, got str '1'"),
    (Hit, '{"url":"/","size":1.0}', "Hit.size: expected int, got float 1.0"),
    (Hit, '{"url":"/","size":true}', "Hit.size: expected int, got bool True"),
    (Hit, '{"url":"/"}', "Hit.size is not there and has no default"),
    (Hit, '{"url":"/","size":1,"sise":2}', "Hit has no field 'sise' (did you mean size?)"),
    (Hit, '{"url":"/","size":1,"b":2}', "Hit has no field 'b' (it has size, url)"),
    (Hit, "[]", "expected Hit as an object, got list []"),
    (Hit, "null", "expected Hit as an object, got NoneType None"),
    (Hit, '{"url":', "not JSON: Expecting value: line 1 column 8 (char 7) (b'{\"url\":')"),
    (Click, '{"user":{"name":1},"price":1}', "Click.user.name: expected str, got int 1"),
    (Click, '{"user":{"name":"a"},"price":"x"}', "Click.price: expected Decimal, got 'x'"),
    (
        Tree,
        '{"name":"a","children":[{"name":5}]}',
        "Tree.children[0].name: expected str, got int 5",
    ),
    (dict[int, int], '{"a":1}', "dict[int, int] at ['a']: not JSON: Expecting value"),
    (bytes, '"é"', "expected bytes, got 'é'"),
    (datetime, '"2026-01-02T03:04:05"', "has no time zone"),
    (float, "NaN", "not JSON: NaN is no JSON"),
    (float, "1e400", "1e400 is too large for a float"),
    (str, '"\\ud800"', "surrogates not allowed"),
    (Hit | Fault, '{"url":"/","why":5}', "Fault.why: expected str, got int 5"),
    (Any, "[" * 70 + "]" * 70, "nested deeper than 64"),
]


@pytest.mark.parametrize("tp, text, told", WRONG, ids=[told[:40] for _, _, told in WRONG])
def test_what_is_refused_is_told_with_class_field_and_type(tp: Any, text: str, told: str) -> None:
    with pytest.raises(CodecError) as caught:
        read(tp, text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "tp, value, told",
    [
        (Hit, Hit("/", "1"), "Hit.size: expected int, got str '1'"),
        (Hit, Fault("/", "x"), "expected Hit, got Fault"),
        (float, float("nan"), "JSON has no number for nan"),
        (list[float], [1.0, float("inf")], "JSON has no number for inf"),
        (str, "\ud800", "cannot be written as JSON: 'utf-8' codec can't encode"),
        (datetime, datetime(2026, 1, 1), "has no time zone"),  # noqa: DTZ001 - it is what is refused
        (timedelta, timedelta(days=999_999_999, microseconds=1), "has microseconds"),
        (Any, {"a": (1, 2)}, "expected what JSON knows"),
        (Any, {1: 2}, "expected what JSON knows"),
        (Any, b"x", "expected what JSON knows"),
        (Extra, {"note": "a", "more": 1}, "it has no key 'more'"),
    ],
)
def test_what_cannot_be_written_is_told(tp: Any, value: Any, told: str) -> None:
    with pytest.raises(CodecError) as caught:
        json_of(tp).encode(value)
    assert told in str(caught.value)


def test_unknown_fields_are_left_out_on_wish() -> None:
    text = '{"url":"/","more":[1],"size":1}'
    assert read(Hit, text, unknown="ignore") == Hit("/", 1)
    assert read(list[Hit], f"[{text}]", unknown="ignore") == [Hit("/", 1)]
    with pytest.raises(Misuse, match="unknown='skip'; it can be 'refuse' or 'ignore'"):
        json_of(Hit, unknown="skip")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "tp, told",
    [
        (str | date, "no JSON for the union of date and str: JSON has the same for both"),
        (float | timedelta, "JSON has the same for both"),
        (list[int] | set[int], "JSON has the same for both"),
        (Hit | dict[str, int], "JSON has the same for both"),
        (dict[int | str, int], "no JSON for keys of int | str in a dict"),
        (complex, "no codec for complex"),
    ],
)
def test_what_could_not_be_told_apart_is_refused_at_once(tp: Any, told: str) -> None:
    with pytest.raises(Misuse) as caught:
        json_of(tp)
    assert told in str(caught.value)


def test_classes_of_the_same_fields_cannot_be_told_apart() -> None:
    @frozen
    class Other:
        url: str
        size: int

    with pytest.raises(Misuse, match="union of Hit and Other: their fields have the same names"):
        json_of(Hit | Other)


def test_the_same_type_is_the_same_codec() -> None:
    assert json_of(Hit) is json_of(Hit)
    assert json_of(Hit) is not json_of(Hit, unknown="ignore")
    assert (json_of(Hit).name, json_of(Hit).immutable, json_of(Tree).immutable) == (
        "json Hit",
        True,
        False,
    )


def test_json_without_a_type_is_read_the_same_way() -> None:
    for text in (b"NaN", b"1e400", b'"\\ud800"', b"\xff"):
        with pytest.raises(CodecError):
            JSON.decode(text)
    assert JSON.decode(b'{"a":[1,2.5]}') == {"a": [1, 2.5]}


# ---- in an app


def app(value: Codec[Any], key: Any = str) -> App:
    made = App("app")
    made.stream("hits", key=key, value=value).group_by_key().count(name="counts").to("counts")
    return made


def test_it_is_for_sources_stores_and_sinks() -> None:
    made = App("app")
    hits = made.stream("hits", key=str, value=json_of(Hit))
    hits.group_by_key().reduce(lambda _, new: new, name="last").to("last")
    with made.test() as t:
        t.topic("hits").send("a", Hit("/", 1))
        assert t.topic("last").records()[0].value == Hit("/", 1)
        assert t.store("last").get("a") == Hit("/", 1)


def test_bad_json_is_for_the_deserialization_handler() -> None:
    made = App("app", deserialization_exception_handler="continue")
    made.stream("texts", key=str, value=str).to("hits")
    made.stream("hits", key=str, value=json_of(Hit)).to("copies")
    with made.test() as t:
        for text in ('{"url":"/"}', "[", '{"url":"/","size":1}'):
            t.topic("texts").send("a", text)
        assert [each.value for each in t.topic("copies").records()] == [Hit("/", 1)]
        assert t.dropped() == {"error": 2}


@frozen
class Id:
    shop: str
    at: datetime
    price: Decimal


def test_as_a_key_equal_values_have_one_text() -> None:
    key = json_of(Id).for_key()
    one = Id("a", datetime(2026, 1, 1, 2, tzinfo=BERLIN), Decimal("1.50"))
    other = Id("a", datetime(2026, 1, 1, 0, tzinfo=UTC), Decimal("1.5"))
    assert one == other
    assert key.encode(one) == key.encode(other)
    assert json_of(float).for_key().encode(-0.0) == b"0.0"
    assert key.for_key() is key
    made = app(json_of(Hit), json_of(Id))
    with made.test(partitions=4) as t:
        for each in (one, other):
            t.topic("hits").send(each, Hit("/", 1))
        assert [each.value for each in t.topic("counts").records()] == [1, 2]


def test_what_is_no_key_is_refused_at_the_step() -> None:
    with pytest.raises(TopologyError, match=r"hits.*key=: dict.* cannot be a key"):
        app(json_of(Hit), json_of(dict[str, int])).build()


def test_text_of_people_is_json_too() -> None:
    assert from_text(json_of(Hit), '{"url":"/","size":1}') == Hit("/", 1)
    assert from_text(json_of(date), "2026-01-02") == date(2026, 1, 2)
    with pytest.raises(CodecError, match=r"Hit\.size: expected int"):
        from_text(json_of(Hit), '{"url":"/","size":"1"}')


def test_msgspec_is_used_where_it_is() -> None:
    pytest.importorskip("msgspec", reason="msgspec comes with the extra `fast`")
    assert fast.loads is not fast.loads_plainly
