"""A value has one verdict at every door: sent, given by a step, kept in a store, folded, in a transaction, typed.

What is taken comes back equal and of its type, through a crash too; what is not is refused where it enters, and
the good ones before and behind it are there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, TypedDict
from uuid import UUID

import attrs
import pytest
from attrs import frozen

from streamz_core import App
from streamz_core.errors import CodecError, StreamzError

BERLIN = timezone(timedelta(hours=1))


class Colour(Enum):
    RED = "r"
    BLUE = 2


class Size(IntEnum):
    S = 1
    L = 1 << 40


class May(Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: float = 0.0


class Card(TypedDict):
    owner: str
    limit: NotRequired[Decimal]


@dataclass
class Basket:
    items: list[str] = field(default_factory=list)
    total: Decimal = Decimal(0)
    count: int = field(init=False, default=0)


@frozen
class Tree:
    name: str
    below: tuple[Tree, ...] = ()


@frozen
class Deal:
    at: datetime
    who: UUID | None
    what: Basket | Point | str
    span: timedelta = timedelta(0)
    tags: frozenset[str] = frozenset()
    notes: dict[int, list[date | None]] = attrs.field(factory=dict)


def basket(*items: str, count: int) -> Basket:
    made = Basket(list(items), Decimal("1.50"))
    made.count = count
    return made


NOW = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=UTC)
ID = uuid.UUID(int=7)
WORDS: list[Any] = ["", "\0", "\u2028", "\U0001f600", "é", "é", " a\t"]

TAKEN: dict[str, tuple[Any, list[Any]]] = {
    "int": (int, [0, -1, (1 << 63) - 1, -(1 << 63)]),
    "float": (float, [0.0, -0.5, 5e-324, 1.7976931348623157e308, float("inf"), -float("inf")]),
    "str": (str, WORDS),
    "bytes": (bytes, [b"", b"\0\xff", b"x" * 5000]),
    "bool": (bool, [True, False]),
    "Decimal": (
        Decimal,
        [Decimal("1E+30"), Decimal("-0.000"), Decimal("0.10"), Decimal("Infinity")],
    ),
    "datetime": (datetime, [NOW, NOW.astimezone(BERLIN), datetime(1, 1, 1, tzinfo=UTC)]),
    "date": (date, [date(1, 1, 1), date(9999, 12, 31)]),
    "timedelta": (timedelta, [timedelta(days=-1, microseconds=1), timedelta.max]),
    "UUID": (UUID, [ID, UUID(int=(1 << 128) - 1)]),
    "enum": (Colour, list(Colour)),
    "int enum": (Size, list(Size)),
    "flag": (May, [May(0), May.READ | May.WRITE]),
    "list": (list[int | None], [[], [None, 1, -1]]),
    "tuple": (tuple[int, str], [(1, "")]),
    "long tuple": (tuple[float, ...], [(), (1.5,) * 300]),
    "set": (set[str], [set(), {"a", "é"}]),
    "frozenset": (frozenset[int], [frozenset({1, -1})]),
    "dict": (dict[date, bytes], [{}, {date(2026, 1, 1): b"\xff"}]),
    "named tuple": (Point, [Point(1), Point(-1, 2.5)]),
    "typed dict": (Card, [{"owner": "a"}, {"owner": "b", "limit": Decimal("2.5")}]),
    "dataclass": (Basket, [basket(count=0), basket("a", "b", count=7)]),
    "recursive": (Tree, [Tree("a", (Tree("b", (Tree("c"),)), Tree("d")))]),
    "a class of all": (
        Deal,
        [
            Deal(NOW, None, "x"),
            Deal(
                NOW, ID, Point(1, 2.0), timedelta(1), frozenset("ab"), {1: [None, date(2026, 1, 1)]}
            ),
            Deal(NOW, ID, basket("z", count=3)),
        ],
    ),
    "int or text": (int | str, [1, "1", -5, ""]),
    "number or text": (Decimal | str, [Decimal(1), "1", "Decimal:1"]),
    "bytes or id": (bytes | UUID, [ID.bytes, ID]),
    "times": (datetime | str | None, [NOW, NOW.isoformat()]),
    "enum or text": (Colour | str, [Colour.RED, "r"]),
    "classes": (Basket | Point | Tree, [basket("a", count=1), Point(1), Tree("a")]),
}
REFUSED: dict[str, tuple[Any, list[Any]]] = {
    "int": (int, [True, 1.0, "1", b"1", 1 << 63, -(1 << 63) - 1, Size.S, Decimal(1)]),
    "float": (float, ["1.5", True, Decimal("1.5"), (1 << 53) + 1, 10**400, 1j]),
    "str": (str, [b"a", 1, "\ud800", "a\udfff", Colour.RED, Path("a")]),
    "bytes": (bytes, ["a", bytearray(b"a"), memoryview(b"a"), [1], 5]),
    "bool": (bool, [0, 1, "true"]),
    "Decimal": (Decimal, [1, 1.5, "1.5"]),
    "datetime": (datetime, [datetime(2026, 1, 1), date(2026, 1, 1), 0, "2026-01-01"]),  # noqa: DTZ001
    "date": (date, ["2026-01-01", 1]),
    "UUID": (UUID, [str(ID), ID.bytes, ID.int]),
    "enum": (Colour, ["r", 2, Size.S]),
    "list": (list[int], [(1,), {1}, "12", [1, "2"], [True], [None], [1 << 64]]),
    "tuple": (tuple[int, str], [[1, "a"], (1,), (1, "a", 2), ("a", 1)]),
    "set": (set[int], [[1], {"a"}, frozenset({1})]),
    "dict": (dict[str, int], [{1: 1}, {"a": "b"}, {"a": True}, [("a", 1)], {"\ud800": 1}]),
    "named tuple": (Point, [(1, 2.0), Point("1"), Point(1, None)]),  # type: ignore[arg-type]
    "typed dict": (
        Card,
        [{}, {"owner": 1}, {"owner": "a", "more": 1}, {"owner": "a", "limit": None}],
    ),
    "dataclass": (Basket, [{"items": []}, Basket([1]), Basket(["a"], 1.5)]),  # type: ignore[list-item, arg-type]
    "recursive": (Tree, [Tree("a", [Tree("b")]), Tree("a", (Tree(5),))]),  # type: ignore[arg-type]
    "union": (int | str, [1.5, b"1", True, 1 << 70]),
    "classes": (Point | Tree, [basket(count=0), (1, 2.0), "a"]),
}


def app_of(tp: Any, call: Callable[[int], Any]) -> App:
    """in -> `call` of the number that was sent -> out, `kept`, and `last` of each key."""
    app = App("doors")
    numbers = app.stream("in", key=str, value=int)
    kept = app.store("kept", key=str, value=tp)

    def give(number: int) -> Any:
        return call(number)

    def keep(number: int, kept: Any) -> int:
        kept[str(number)] = call(number)
        return number

    numbers.map_values(give, value=tp, name="give").to("out")
    numbers.map_values(keep, store=kept, name="keep").to("kept-out", key=str, value=int)
    numbers.group_by_key().aggregate(
        lambda _, number: call(number), initial=lambda: None, value=tp, name="last"
    )
    app.topic("sent", key=str, value=tp)
    return app


def same(found: list[Any], wanted: list[Any]) -> None:
    """Equal, and of one type: 1, 1.0 and True are not. A Decimal and an instant may be written in another way."""
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert type(one) is type(other)
        assert one == other
        if isinstance(other, Basket):
            assert one.count == other.count


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_comes_back_through_every_door(name: str) -> None:
    tp, values = TAKEN[name]
    with app_of(tp, lambda number: values[number]).test() as t:
        for number, value in enumerate(values):
            t.topic("in").send(str(number), number)
            t.topic("sent").send("k", value)
        t.crash()
        t.restart()
        for topic in ("out", "sent"):
            same([record.value for record in t.topic(topic).records()], values)
        for store in ("kept", "last"):
            rows = t.store(store)
            same([rows[str(number)] for number in range(len(values))], values)


@pytest.mark.parametrize("door", ["out", "kept", "last", "sent"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_taken_is_refused_at_every_door(name: str, door: str) -> None:
    """With its place, or its topic; a handler leaves it out and the good ones are there."""
    tp, wrong = REFUSED[name]
    good = {"union": 1, "classes": Point(1)}.get(name) or TAKEN[name][1][0]
    values = [good, *wrong, good]
    app = App("doors")
    numbers = app.stream("in", key=str, value=int)
    kept = app.store("kept", key=str, value=tp)

    def keep(number: int, kept: Any) -> int:
        kept[str(number)] = values[number]
        return number

    if door == "out":
        numbers.map_values(lambda number: values[number], value=tp, name="give").to("out")
    elif door == "kept":
        numbers.map_values(keep, store=kept, name="keep").to("kept-out", key=str, value=int)
    else:
        numbers.group_by_key().aggregate(
            lambda _, number: values[number], initial=lambda: None, value=tp, name="last"
        )
    app.topic("sent", key=str, value=tp)
    with app.test(processing_exception_handler="continue") as t:
        for number, value in enumerate(values):
            if door != "sent":
                t.topic("in").send(str(number), number)
            elif value is good:
                t.topic("sent").send(str(number), value)
            else:
                with pytest.raises((CodecError, TypeError)) as refused:
                    t.topic("sent").send(str(number), value)
                assert any("sent" in note for note in refused.value.__notes__)
        if door in ("kept", "last"):
            assert sorted(t.store(door)) == ["0", str(len(values) - 1)]
        else:
            assert [record.key for record in t.topic(door).records()] == ["0", str(len(values) - 1)]
        if door != "sent":
            assert t.dropped() == {"error": len(wrong)}


def together(producer: Any, *values: Any) -> None:
    with producer.transaction() as transaction:
        for value in values:
            transaction.send("t", value, key="k")


@pytest.mark.parametrize("name", TAKEN)
def test_a_transaction_and_a_consumer_give_them_back(name: str, tmp_path: Path) -> None:
    tp, values = TAKEN[name]
    app = App("doors", home=tmp_path, durability="process", log_free_bytes=0)
    app.topic("t", key=str, value=tp, partitions=1)
    with app.producer("t", id="doors") as producer:
        together(producer, *values)
        kind, wrong = REFUSED.get(name, (tp, []))
        for value in wrong if kind == tp else ():
            with pytest.raises((StreamzError, TypeError)):
                together(producer, values[0], value)
        producer.send("t", values[0], key="last")
    with app.consumer("t", group="g") as consumer:
        found = consumer.poll(1.0)
        consumer.commit()
    assert [record.key for record in found] == ["k"] * len(values) + ["last"]
    same([record.value for record in found], [*values, values[0]])
