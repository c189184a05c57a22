"""Further inputs of the kinds that once went wrong: headers, borders, keys, topics of two apps, bytes that are none."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from attrs import frozen

from streamz_core import (
    App,
    Serdes,
    expiring,
    json_of,
    session,
    tumbling,
    versioned,
    windowed,
)
from streamz_core.errors import CodecError, Misuse, TopologyError
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record
from streamz_core.testing.driver import AppTest


class Name(str):
    """Text with a class of its own."""

    __slots__ = ()


class Moment(IntEnum):
    NOON = 43_200_000


class Index:
    def __index__(self) -> int:
        return 5


def failing() -> Iterator[tuple[str, bytes]]:
    yield "a", b"1"
    raise KeyError("b")


# ---- headers

HEADERS: dict[str, tuple[Any, list[tuple[str, bytes | None]] | None]] = {
    "a view": ({"a": memoryview(b"xy")}, [("a", b"xy")]),
    "a name of a subclass": ({Name("a"): b"1"}, [("a", b"1")]),
    "nothing": ([], []),
    "an empty name": ({"": ""}, [("", b"")]),
    "a generator of pairs": (lambda: ((n, n) for n in "ab"), [("a", b"a"), ("b", b"b")]),
    "a generator that fails": (failing, None),
    "a set of names": ({"a", "b"}, None),
    "a list in a value": ({"a": [1, 2]}, None),
    "a pair of two pairs": ((("a", b"1"), ("a", "é")), [("a", b"1"), ("a", "é".encode())]),
    "one pair": (("a", b"1"), None),
    "a nested pair": ([(("a",), b"1")], None),
    "true": (True, None),
}


@pytest.mark.parametrize("door", ["test", "step", "input"])
@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str, door: str) -> None:
    said, wanted = HEADERS[name]
    given = said() if callable(said) else said
    app = App("headers")

    def step(record: Record[str, int], _: Context) -> Iterator[Record[str, int]]:
        yield record.with_headers(said() if callable(said) else said) if door == "step" else record

    app.stream("in", key=str, value=int).process(step, key=str, value=int).to("out")
    with app.test(processing_exception_handler="continue") as t:
        t.topic("in").send("k", 1)
        if door == "step" or wanted is not None:
            send(t, door, given)
        else:
            with pytest.raises((TypeError, KeyError)):
                send(t, door, given)
        t.topic("in").send("k", 3)
        found = [list(record.headers) for record in t.topic("out").records()]
    if door == "step":
        assert found == ([wanted] * 3 if wanted is not None else [])
    else:
        assert found == ([[], wanted, []] if wanted is not None else [[], []])


def send(t: AppTest, door: str, headers: Any) -> None:
    if door == "input":
        t.input_topic("in").pipe_input("k", 2, headers=headers)
    else:
        t.topic("in").send("k", 2, headers=headers if door == "test" else ())


# ---- numbers at the border

TIMES: list[tuple[Any, int | None]] = [
    (Moment.NOON, None),
    (Index(), None),
    (43_200_000, 43_200_000),
    (Fraction(5), None),
    (Decimal(5), None),
    (5 + 0j, None),
    (datetime(2026, 1, 1, tzinfo=UTC), None),
    (-0.0, None),
    ((1 << 63) - 1, (1 << 63) - 1),
    (1 << 63, None),
    (b"5", None),
    ([5], None),
]


@pytest.mark.parametrize("given, wanted", TIMES, ids=lambda one: repr(one)[:30])
def test_times(given: Any, wanted: int | None) -> None:
    """Sent, given by a step, and extracted."""
    app = App("times")

    def step(record: Record[str, int], _: Context) -> Iterator[Record[str, int]]:
        yield record.with_timestamp(given) if record.value == 1 else record

    app.stream("in", key=str, value=int).process(step, key=str, value=int).to("out")
    app.stream(
        "own", key=str, value=int, timestamp=lambda record, _: given if record.value == 1 else 7
    ).to("timed")
    with app.test(processing_exception_handler="continue") as t:
        for topic in ("in", "own"):
            for number in range(3):
                t.topic(topic).send("k", number, timestamp=7)
        if wanted is None:
            with pytest.raises((TypeError, Misuse), match="a timestamp"):
                t.topic("in").send("k", 9, timestamp=given)
        else:
            t.topic("in").send("k", 9, timestamp=given)
        for topic in ("out", "timed"):
            found = [r.timestamp for r in t.topic(topic).records() if r.value in (0, 1, 2)]
            assert found == ([7, 7] if wanted is None else [7, wanted, 7])
        assert all(type(r.timestamp) is int for r in t.topic("out").records())


# ---- keys that are equal


class Unit(Enum):
    KM = Decimal("1.0")
    MILE = Decimal("1.609")


class Spot(NamedTuple):
    at: Decimal
    when: datetime


@frozen
class Place:
    spot: Spot
    more: tuple[timedelta, ...] = ()


NOON = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SUMMER = timezone(timedelta(hours=2))
EQUAL: list[tuple[Any, list[Any]]] = [
    (float, [0.0, -0.0]),
    (Decimal, [Decimal(10), Decimal("1E+1"), Decimal("10.000")]),
    (Decimal, [Decimal(0), Decimal("-0.00"), Decimal("0E+5")]),
    (datetime, [NOON, NOON.astimezone(SUMMER), NOON.replace(fold=1)]),
    (timedelta, [timedelta(days=1), timedelta(hours=24), timedelta(milliseconds=86_400_000)]),
    (Unit, [Unit.KM, Unit(Decimal("1.00"))]),
    (Spot, [Spot(Decimal(1), NOON), Spot(Decimal("1.0"), NOON.astimezone(SUMMER))]),
    (
        Place,
        [
            Place(Spot(Decimal("1E2"), NOON), (timedelta(minutes=60),)),
            Place(Spot(Decimal(100), NOON.astimezone(SUMMER)), (timedelta(hours=1),)),
        ],
    ),
    (tuple[float, Decimal], [(0.0, Decimal(1)), (-0.0, Decimal("1.0"))]),
    (Decimal | str, [Decimal(1), Decimal("1.00")]),
    (datetime | None, [NOON, NOON.astimezone(SUMMER)]),
    (UUID, [UUID(int=5), UUID("00000000-0000-0000-0000-000000000005")]),
    (json_of(Decimal), [Decimal("2.50"), Decimal("2.5")]),
    (json_of(datetime), [NOON, NOON.astimezone(SUMMER)]),
]


@pytest.mark.parametrize("tp, keys", EQUAL, ids=lambda one: repr(one)[:40])
def test_keys_that_are_equal_are_one(tp: Any, keys: list[Any]) -> None:
    """In a source, behind a hop, in a store, in a window, in a table that is joined; however many partitions."""
    app = App("equal")
    stream = app.stream("in", key=tp, value=int)
    stream.group_by_key().count(name="of-source")
    stream.group_by(lambda number: keys[number], key=tp, name="hop").count(name="of-hop")
    stream.group_by_key().window(tumbling("1d")).count(name="of-window")
    table = app.table("table", key=tp, value=int)
    stream.join(table, lambda number, row: row, value=int, name="met").to("met")
    kept = app.store("kept", key=tp, value=int)

    def keep(number: int, kept: Any) -> int:
        kept[keys[number]] = kept.get(keys[number], 0) + 1
        return number

    stream.map_values(keep, store=kept, name="keep").to("done")
    with app.test(partitions=5) as t:
        t.topic("table").send(keys[-1], 7)
        for number, key in enumerate(keys):
            t.topic("in").send(key, number, timestamp=number)
        for store in ("of-source", "of-hop", "kept"):
            assert list(t.store(store).values()) == [len(keys)]
        assert [row[1] for row in t.store("of-window").items()] == [len(keys)]
        assert [record.value for record in t.topic("met").records()] == [7] * len(keys)


def bytes_app(make: Callable[[App], object]) -> App:
    app = App("bytes", topic_partitions=1)
    make(app)
    return app


@frozen
class Item:
    n: int
    note: str = ""


def kept(table: Any) -> None:
    table.to_stream().to("out")


ENTERS: dict[str, tuple[Callable[[App], object], list[tuple[bytes | None, bytes | None]]]] = {
    "a table": (lambda a: kept(a.table("in", key=str, value=int)), [(b"\xff", b"\0" * 8)]),
    "a table with versions": (
        lambda a: kept(a.table("in", key=str, value=int, materialized=versioned("1h"))),
        [(b"k", b"\0" * 7), (b"\x80", b"\0" * 8)],
    ),
    "a table whose rows end": (
        lambda a: kept(a.table("in", key=str, value=float, materialized=expiring("1h"))),
        [(b"k", b""), (b"k", b"\0" * 9)],
    ),
    "windowed keys": (
        lambda a: a.stream("in", key=windowed(str, tumbling("1m")), value=int).to("out"),
        [(b"k", b"\0" * 8), (struct.pack(">q", -1), b"\0" * 8), (b"\xff" + b"\0" * 8, b"\0" * 8)],
    ),
    "keys of sessions": (
        lambda a: a.stream("in", key=windowed(str, session("1m")), value=int).to("out"),
        [(b"k" + b"\0" * 8, b"\0" * 8), (struct.pack(">1sqq", b"k", 1, 2), b"\0" * 8)],
    ),
    "json": (
        lambda a: a.stream("in", key=str, value=json_of(Item)).to("out"),
        [
            (b"k", b""),
            (b"k", b"{}"),
            (b"k", b'{"n": 1, "n2": 2}'),
            (b"k", b'{"n": NaN}'),
            (b"k", b'{"n": 1.0}'),
            (b"k", b'{"n": 1} x'),
            (b"k", b'\xef\xbb\xbf{"n": 1}'),
            (b"k", b'{"n": 1, "note": "\\ud800"}'),
        ],
    ),
    "a class": (
        lambda a: a.stream("in", key=str, value=Item).to("out"),
        [(b"k", b"\x02"), (b"k", b"\x02abcd\x92\x01\xa0"), (b"k", b"\x01\x05"), (b"k", b"{}")],
    ),
    "kafka's numbers": (
        lambda a: a.stream("in", key=Serdes.integer(), value=Serdes.short()).to("out"),
        [(b"\0" * 3, b"\0" * 2), (b"\0" * 4, b"\0" * 3), (b"", b"\0" * 2)],
    ),
    "anything": (
        lambda a: a.stream("in", key=str, value=Any).to("out"),
        [(b"k", b""), (b"k", b"\xc1"), (b"k", b"\x93\x01\x02"), (b"k", b"\x01\x02")],
    ),
    "a union": (
        lambda a: a.stream("in", key=str, value=int | str | None).to("out"),
        [(b"k", b"\xc3"), (b"k", b"\xff" * 9 + b"\xff")],
    ),
}


@pytest.mark.parametrize("name", ENTERS)
def test_bytes_that_are_none_of_the_type_never_enter(name: str) -> None:
    make, wrong = ENTERS[name]
    app = bytes_app(make)
    for handler in ("continue", "fail"):
        with app.test(deserialization_exception_handler=handler) as t:
            raw = t.input_topic("in", key=bytes, value=bytes)
            for at, (key, value) in enumerate(wrong):
                if handler == "continue":
                    raw.pipe_input(key, value)
                elif at == 0:
                    with pytest.raises(CodecError) as failed:
                        raw.pipe_input(key, value)
                    assert failed.value.__notes__[0].startswith("at in[0]@0 key=")
            if handler == "continue":
                assert t.topic("out").records() == []
                assert sum(t.dropped().values()) == len(wrong)


# ---- what is not said, or said twice

SAID: dict[str, Callable[[App], object]] = {
    "a store and a step of one name": lambda a: (
        a.store("n", key=str, value=int),
        a.stream("in", key=str, value=str).group_by_key().count(name="n"),
    ),
    "a branch that takes no value": lambda a: a.stream("in").split().branch(lambda: True, name="b"),
    "a window for a table": lambda a: (
        a.table("in", key=str, value=int).group_by(str, key=str, name="g").window(tumbling("1m"))
    ),  # type: ignore[attr-defined]
    "an aggregate without a beginning": lambda a: (
        a.stream("in", key=str, value=str)
        .group_by_key()
        .aggregate(lambda total, value: total, name="n")
    ),
    "a join without a reach": lambda a: a.stream("in", key=str, value=str).join(
        a.stream("other", key=str, value=str), lambda one, two: one
    ),
    "a merge of a table": lambda a: a.stream("in").merge(a.table("t")),  # type: ignore[arg-type]
    "a timer of nothing": lambda a: a.every("0s", per="task")(lambda now, context: None),
    "a codec that is none": lambda a: a.stream("in", value=json_of),
}


def built(name: str) -> None:
    app = App("said")
    SAID[name](app)
    app.build()


@pytest.mark.parametrize("name", SAID)
def test_what_cannot_be_is_told_when_it_is_built(name: str) -> None:
    with pytest.raises((TopologyError, Misuse, TypeError, AttributeError)):
        built(name)
