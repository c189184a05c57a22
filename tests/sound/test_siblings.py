"""Each branch has its own value: what one does to it in place, no other one sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from attrs import define, frozen

from streamz_core.app import App
from streamz_core.codecs.free import JSON
from streamz_core.dsl.faces.stream import Stream
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record


@define
class Cart:
    items: list[str]


@frozen
class Sealed:
    """Frozen, but what it holds is not."""

    items: list[str]


class Untyped:
    """A value that no codec knows."""

    def __init__(self, items: list[str]) -> None:
        self.items = items


def of_items(value: Any) -> list[str]:
    """The list that a value of any of these kinds holds."""
    if isinstance(value, dict):
        value = value["items"]
    elif not isinstance(value, list):
        value = value.items
    return value  # type: ignore[no-any-return]


def spoil(value: Any) -> None:
    """What no other branch may see."""
    of_items(value).append("spoiled")


def shown(value: Any) -> str:
    return ",".join(of_items(value))


# How a mutable value comes to be: decoded by a source, or made by a step, with a type or without one.
def source_of(kind: Any) -> Callable[[App], Stream[str, Any]]:
    return lambda app: app.stream("in", key=str, value=kind)


def made_as(
    make: Callable[[list[str]], Any], kind: Any = None
) -> Callable[[App], Stream[str, Any]]:
    def stream(app: App) -> Stream[str, Any]:
        given = app.stream("in", key=str, value=list[str])
        return given.map_values(make, name="made", value=kind)  # type: ignore[no-any-return]

    return stream


START: dict[str, tuple[Callable[[App], Stream[str, Any]], Any]] = {
    "list": (source_of(list[str]), ["a"]),
    "json": (source_of(JSON), {"items": ["a"]}),
    "class": (source_of(Cart), Cart(["a"])),
    "frozen around a list": (source_of(Sealed), Sealed(["a"])),
    "made list": (made_as(list, list[str]), ["a"]),
    "made class": (made_as(Cart, Cart), ["a"]),
    "made dict without a type": (made_as(lambda items: {"items": items}), ["a"]),
    "made object that no codec knows": (made_as(Untyped), ["a"]),
}


# What a branch may do; each puts what it sees into the topic "out" under its own name.
def out(stream: Stream[str, str], name: str) -> None:
    stream.map(lambda value: (name, value), key=str, value=str).to("out")


def maps(stream: Stream[str, Any], name: str) -> None:
    def fn(value: Any) -> str:
        seen = shown(value)
        spoil(value)
        return seen

    out(stream.map_values(fn, name=f"{name}-map", value=str), name)


def filters(stream: Stream[str, Any], name: str) -> None:
    seen: list[str] = []

    def fn(value: Any) -> bool:
        seen.append(shown(value))
        spoil(value)
        return True

    out(stream.filter(fn, name=f"{name}-filter").map_values(lambda _: seen[-1], value=str), name)


def peeks(stream: Stream[str, Any], name: str) -> None:
    seen: list[str] = []

    def fn(value: Any) -> None:
        seen.append(shown(value))
        spoil(value)

    out(stream.peek(fn, name=f"{name}-peek").map_values(lambda _: seen[-1], value=str), name)


def processes(stream: Stream[str, Any], name: str) -> None:
    def fn(record: Record[str, Any], _: Context) -> Iterator[Record[str, str]]:
        yield record.with_value(shown(record.value))
        spoil(record.value)

    out(stream.process(fn, name=f"{name}-process", value=str), name)


def flattens(stream: Stream[str, Any], name: str) -> None:
    def fn(value: Any) -> list[str]:
        seen = shown(value)
        spoil(value)
        return [seen]

    out(stream.flat_map_values(fn, name=f"{name}-flat", value=str), name)


def splits(stream: Stream[str, Any], name: str) -> None:
    """The test of the first branch spoils it, the second one takes it."""
    kinds = stream.split()

    def first(value: Any) -> bool:
        spoil(value)
        return False

    def second(value: Any) -> bool:
        return True

    kinds.branch(first, name=f"{name}-first")
    taken = kinds.branch(second, name=f"{name}-second")
    maps(taken, name)


def rekeys(stream: Stream[str, Any], name: str) -> None:
    seen: list[str] = []

    def fn(value: Any) -> str:
        seen.append(shown(value))
        spoil(value)
        return "k"

    key = stream.select_key(fn, name=f"{name}-key", key=str)
    out(key.map_values(lambda _: seen[-1], value=str), name)


def goes_through_others(stream: Stream[str, Any], name: str) -> None:
    """Nothing looks at it before the third step."""
    maps(stream.merge(stream).filter(lambda _: True).peek(lambda _: None), name)


BRANCHES = [maps, filters, peeks, processes, flattens, splits, rekeys]


def seen(start: str, *branches: Any) -> list[tuple[str, str]]:
    """What each branch, declared in this order, saw of one record."""
    made, value = START[start]
    app = App("a")
    stream = made(app)
    for at, branch in enumerate(branches):
        branch(stream, f"{branch.__name__}{at}")
    with app.test() as t:
        t.topic("in").send("k", value)
        return [(record.key, record.value) for record in t.topic("out").records()]


@pytest.mark.parametrize("start", START)
@pytest.mark.parametrize("branch", BRANCHES)
def test_a_sibling_sees_nothing_of_it(start: str, branch: Any) -> None:
    assert seen(start, branch, maps, branch) == [
        (f"{branch.__name__}0", "a"),
        ("maps1", "a"),
        (f"{branch.__name__}2", "a"),
    ]


@pytest.mark.parametrize("start", START)
def test_in_whatever_order_they_are_declared(start: str) -> None:
    for branches in permutations([filters, splits, processes]):
        assert [value for _, value in seen(start, *branches)] == ["a"] * 3


@pytest.mark.parametrize("start", START)
def test_a_record_that_arrives_on_two_ways(start: str) -> None:
    values = [value for _, value in seen(start, maps, goes_through_others)]
    assert values == ["a"] * 3, "it merges the stream with itself"


def of_out(app: App, value: Any, *topics: str) -> list[list[Any]]:
    with app.test() as t:
        t.topic("in").send("k", value)
        return [[record.value for record in t.topic(topic).records()] for topic in topics]


@pytest.mark.parametrize("spoils_first", [True, False])
def test_what_is_written_is_what_came(spoils_first: bool) -> None:
    app = App("a")
    stream = app.stream("in", key=str, value=list[str])
    made = stream.map_values(lambda items: [*items, "b"], value=list[str])
    if not spoils_first:
        made.to("out")
    made.foreach(spoil, name="spoiling")
    if spoils_first:
        made.to("out")
    made.repartition(name="again").to("hopped")
    made.group_by_key().reduce(lambda _, new: new, name="latest").to("kept")
    assert of_out(app, ["a"], "out", "hopped", "kept") == [[["a", "b"]]] * 3


def test_branches_below_a_step_that_only_looks_see_the_same() -> None:
    """Whatever it did in place, and in whatever order they are declared."""
    app = App("a")
    stream = app.stream("in", key=str, value=list[str])
    looked = stream.peek(spoil, name="spoiling").filter(lambda items: spoil(items) is None)
    looked.map_values(lambda items: [*items], name="one", value=list[str]).to("one")
    looked.map_values(lambda items: [*items], name="two", value=list[str]).to("two")
    looked.to("three")
    assert of_out(app, ["a"], "one", "two", "three") == [[["a"]]] * 3


def test_a_table_and_a_stream_of_the_same_records() -> None:
    app = App("a")
    stream = app.stream("in", key=str, value=list[str])
    stream.foreach(spoil, name="spoiling")
    table = stream.to_table(name="latest", materialized=True)
    table.to_stream().foreach(spoil, name="again")
    table.map_values(lambda items: [*items], value=list[str]).to("derived")
    stream.join(table, lambda ours, theirs: f"{ours} {theirs}", name="both", value=str).to("joined")
    with app.test() as t:
        t.topic("in").send("k", ["a"])
        assert t.topic("derived").records()[0].value == ["a"]
        assert t.topic("joined").records()[0].value == "['a'] ['a']"
        assert t.store("latest")["k"] == ["a"]


def test_joins_that_change_what_they_get() -> None:
    app = App("a")
    stream = app.stream("in", key=str, value=list[str])
    table = app.table("table", key=str, value=list[str])

    def join(ours: list[str], theirs: list[str]) -> str:
        found = f"{ours} {theirs}"
        spoil(ours)
        spoil(theirs)
        return found

    for name in ("one", "two"):
        stream.join(table, join, name=name, value=str).to(name)
    stream.join(stream, join, within="1m", name="self", value=str).to("self")
    with app.test() as t:
        t.topic("table").send("k", ["t"])
        for _ in range(2):
            t.topic("in").send("k", ["a"])
        for name in ("one", "two"):
            values = [record.value for record in t.topic(name).records()]
            assert values == ["['a'] ['t']"] * 2
        assert {record.value for record in t.topic("self").records()} == {"['a'] ['a']"}


def test_keys_too() -> None:
    app = App("a")
    stream = app.stream("in", key=list[str], value=str)
    stream.map_values(lambda key, _: spoil(key) or "", with_key=True, name="one", value=str).to(
        "one"
    )
    stream.map_values(lambda key, _: shown(key), with_key=True, name="two", value=str).to("two")
    stream.to("three")
    with app.test() as t:
        t.topic("in").send(["a"], "v")
        assert t.topic("two").records()[0].value == "a"
        assert t.topic("three").records()[0].key == ["a"]


def test_aggregates_that_share_a_hop() -> None:
    app = App("a")
    grouped = app.stream("in", key=str, value=list[str]).group_by(
        lambda _: "all", key=str, name="g"
    )

    def adds(total: list[str], value: list[str]) -> list[str]:
        spoil(value)
        return [*total, "x"]

    grouped.aggregate(adds, initial=list[str], name="first")
    grouped.aggregate(lambda total, value: total + value, initial=list[str], name="second").to(
        "out"
    )
    assert of_out(app, ["a"], "out") == [[["a"]]]


def lines_of(app: App) -> str:
    (program,) = app.job().programs.values()
    return program.text


@pytest.mark.parametrize("kind", [str, int, tuple[int, str], bytes])
def test_it_costs_nothing_where_nothing_can_be_changed(kind: Any) -> None:
    app = App("a")
    stream = app.stream("in", key=str, value=kind)
    for name in ("one", "two", "three"):
        stream.filter(bool, name=name).to("out")
    text = lines_of(app)
    assert "decode_" not in text.replace("decode_column", "").replace("decode_all", "")
    assert "copied" not in text


def test_it_costs_nothing_where_one_uses_it() -> None:
    app = App("a")
    stream = app.stream("in", key=str, value=list[str])
    kept = stream.filter(bool, name="kept").map_values(lambda items: {"a": items}, name="dict")
    kept.filter(bool, name="some").foreach(print, name="end")
    text = lines_of(app)
    assert "copied" not in text
    assert "encode" not in text
