"""What a function is, is looked at when the app is built; what stores and keys are, as one expects it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.dsl.declared.windows import session, tumbling
from streamz_core.dsl.faces.stream import Stream
from streamz_core.errors import TopologyError
from streamz_core.operators.processors.context import Context
from streamz_core.record import Windowed
from streamz_core.testing.driver import AppTest


async def later(*_: Any) -> bool:
    return True


async def later_many(*_: Any) -> AsyncIterator[int]:
    yield 1


def yields(*_: Any) -> Iterator[int]:
    yield 1


class Later:
    async def __call__(self, *_: Any) -> bool:
        return True


class LaterMany:
    async def __call__(self, *_: Any) -> AsyncIterator[int]:
        yield 1


class Yields:
    def __call__(self, *_: Any) -> Iterator[int]:
        yield 1


class Methods:
    async def later(self, *_: Any) -> bool:
        return True

    @staticmethod
    async def static(*_: Any) -> bool:
        return True

    def yields(self, *_: Any) -> Iterator[int]:
        yield 1


ASYNC: dict[str, Any] = {
    "a function": later,
    "a generator": later_many,
    "an object": Later(),
    "an object that yields": LaterMany(),
    "a partial": partial(later, 1),
    "a partial of a partial": partial(partial(later, 1), 2),
    "a partial of an object": partial(Later(), 1),
    "a method": Methods().later,
    "a static method": Methods.static,
    "a lambda": lambda *_: later(*_),  # noqa: PLW0108 - as people write it
    "a lambda with a condition": lambda *_: not later(),
}
YIELDS: dict[str, Any] = {
    "a function": yields,
    "an object": Yields(),
    "a partial": partial(yields, 1),
    "a partial of an object": partial(Yields(), 1),
    "a method": Methods().yields,
}
FUNCTIONS: dict[str, Callable[[Stream[str, str], Any], object]] = {
    "filter": lambda s, fn: s.filter(fn, name="f"),
    "filter_not": lambda s, fn: s.filter_not(fn, name="f"),
    "map": lambda s, fn: s.map(fn, name="f"),
    "map_values": lambda s, fn: s.map_values(fn, name="f"),
    "select_key": lambda s, fn: s.select_key(fn, name="f"),
    "peek": lambda s, fn: s.peek(fn, name="f"),
    "foreach": lambda s, fn: s.foreach(fn, name="f"),
    "branch": lambda s, fn: s.split().branch(fn, name="f"),
    "to": lambda s, fn: s.to(fn, name="f"),
    "group_by": lambda s, fn: s.group_by(fn, name="f"),
    "reduce": lambda s, fn: s.group_by_key().reduce(fn, name="f"),
    "aggregate": lambda s, fn: s.group_by_key().aggregate(fn, initial=int, name="f"),
    "initial": lambda s, fn: s.group_by_key().aggregate(lambda a, v: a, initial=fn, name="f"),
    "merge of sessions": lambda s, fn: (
        s.group_by_key()
        .window(session("1m"))
        .aggregate(lambda a, v: a, initial=int, merge=fn, name="f")
    ),
    "join": lambda s, fn: s.join(s.to_table(name="t"), fn, name="f"),
    "join of streams": lambda s, fn: s.join(s, fn, within="1m", name="f"),
    "filter of a table": lambda s, fn: s.to_table(name="t").filter(fn, name="f"),
    "map_values of a table": lambda s, fn: s.to_table(name="t").map_values(fn, name="f"),
    "transform_values": lambda s, fn: s.to_table(name="t").transform_values(fn, name="f"),
    "to_stream": lambda s, fn: s.to_table(name="t").to_stream(fn, name="f"),
}
MANY: dict[str, Callable[[Stream[str, str], Any], object]] = {
    "flat_map": lambda s, fn: s.flat_map(fn, name="f"),
    "flat_map_values": lambda s, fn: s.flat_map_values(fn, name="f"),
    "process": lambda s, fn: s.process(fn, name="f"),
    "process_values": lambda s, fn: s.process_values(fn, name="f"),
}


def stream() -> Stream[str, str]:
    return App("a").stream("in", key=str, value=str)


@pytest.mark.parametrize("step", [*FUNCTIONS, *MANY])
@pytest.mark.parametrize("kind", ASYNC)
def test_nobody_would_await_it(step: str, kind: str) -> None:
    with pytest.raises(TopologyError, match="async"):
        {**FUNCTIONS, **MANY}[step](stream(), ASYNC[kind])


@pytest.mark.parametrize("step", FUNCTIONS)
@pytest.mark.parametrize("kind", YIELDS)
def test_a_step_that_takes_one_result_takes_no_generator(step: str, kind: str) -> None:
    with pytest.raises(TopologyError, match="yields, but this step takes one result"):
        FUNCTIONS[step](stream(), YIELDS[kind])


@pytest.mark.parametrize("kind", [*ASYNC, *YIELDS])
@pytest.mark.parametrize("source", ["stream", "table"])
def test_an_extractor_is_a_function_too(kind: str, source: str) -> None:
    fn = {**YIELDS, **ASYNC}[kind]
    with pytest.raises(TopologyError, match="timestamp="):
        getattr(App("a"), source)("in", key=str, value=str, timestamp=fn)


def test_what_runs_async_functions_by_itself_is_welcome() -> None:
    with_loop = stream().map_values(lambda value: asyncio.run(later(value)), name="run")
    assert with_loop is not None
    assert stream().filter(lambda value: str.isdigit(value) or not value, name="digits") is not None


def test_arguments_are_counted_for_every_function() -> None:
    with pytest.raises(
        TopologyError, match=r"initial=.*does not take what it is called with, \(\)"
    ):
        stream().group_by_key().aggregate(lambda a, v: a, initial=lambda a: a, name="f")
    with pytest.raises(TopologyError, match=r"timestamp=.*\(record, partition time\)"):
        App("a").stream("in", timestamp=lambda record: 0)


# ---- stores as one looks at them


def counting() -> App:
    app = App("a")
    seen = app.store("seen", key=str, value=int)
    lines = app.stream("in", key=str, value=str)

    def remember(value: str, seen: MutableMapping[str, int]) -> str:
        seen[value] = seen.get(value, 0) + 1
        return value

    kept = lines.map_values(remember, store=seen, value=str)
    kept.group_by_key().count(name="counts")
    kept.group_by_key().window(tumbling("1s", grace="1h")).count(name="windows")
    kept.group_by(lambda value: (value, len(value)), name="pairs").count(name="by-pair")
    kept.group_by(lambda value: [value], name="lists").count(name="by-list")
    return app


def fed() -> AppTest:
    t = counting().test(partitions=2)
    for number, key in enumerate("abca"):
        t.topic("in").send(key, f"v{key}", timestamp=number * 500)
    return t


def test_a_store_is_a_mapping() -> None:
    with fed() as t:
        store = t.store("counts")
        assert isinstance(store, Mapping)
        assert "a" in store
        assert "z" not in store
        assert sorted(store) == sorted(store.keys()) == ["a", "b", "c"]
        assert dict(store) == {"a": 2, "b": 1, "c": 1} == {**store}
        assert (len(store), bool(store), store.get("a"), store.get("z", 5)) == (3, True, 2, 5)
        assert sorted(store.values()) == [1, 1, 2]
        assert sorted(store.items()) == [("a", 2), ("b", 1), ("c", 1)]
        assert store == {"a": 2, "b": 1, "c": 1}
        with pytest.raises(KeyError, match="'z'"):
            store["z"]
        assert dict(t.store("seen")) == {"va": 2, "vb": 1, "vc": 1}


@pytest.mark.parametrize("key", [5, None, b"a", ("a",), ["a"], {}, 1.5])
def test_a_key_of_another_type_is_in_no_store(key: Any) -> None:
    with fed() as t:
        assert key not in t.store("counts")
        assert t.store("counts").get(key) is None
        with pytest.raises(KeyError):
            t.store("counts")[key]


def test_keys_of_any_kind_are_found() -> None:
    with fed() as t:
        assert t.store("by-pair")["va", 2] == 2
        assert ("va", 3) not in t.store("by-pair")
        assert t.store("by-list")[["va"]] == 2
        assert sorted(t.store("by-list")) == [["va"], ["vb"], ["vc"]]
        assert t.store("windows")[Windowed("a", 1000, 2000)] == 1
        assert Windowed("a", 1000, 3000) not in t.store("windows")
        assert len(t.store("windows")) == 4


def test_an_empty_store() -> None:
    with counting().test() as t:
        store = t.store("counts")
        assert (list(store), dict(store), len(store), "a" in store) == ([], {}, 0, False)


def test_keys_that_are_equal_in_python_only_are_two() -> None:
    app = App("a")
    made = app.stream("in", key=str, value=str).map_values(
        lambda v: {"t": True, "1": 1, "f": 1.0}[v]
    )
    made.group_by(lambda value: value, name="g").count(name="counts")
    with app.test() as t:
        for value in "t1f1":
            t.topic("in").send("k", value)
        store = t.store("counts")
        assert (store[True], store[1], store[1.0], len(store)) == (1, 2, 1, 3)


# ---- tuples of plain values


@pytest.mark.parametrize(
    "key",
    [
        ("a", 1),
        ("a", ("b", (2, None))),
        (),
        (True, 1.5, b"x", "y"),
        ("a", ["b", 1]),
        (-(2**63), 2**63 - 1),
    ],
)
def test_a_tuple_is_a_key_and_comes_back(key: Any) -> None:
    app = App("a")
    grouped = app.stream("in", key=str, value=str).group_by(lambda _: key, name="g")
    table = grouped.count(name="counts")
    table.to("out")
    table.to_stream().map_values(lambda k, v: (k, v), with_key=True).to("both")
    with app.test(partitions=3) as t:
        for _ in range(2):
            t.topic("in").send("k", "v")
        assert t.store("counts")[key] == 2
        assert [record.key for record in t.topic("out").records()] == [key, key]
        assert t.topic("both").records()[-1].value == (key, 2)
        t.crash()
        t.restart()
        t.topic("in").send("k", "v")
        assert t.store("counts")[key] == 3


@pytest.mark.parametrize("key", [("a", {"b": 1}), ({1, 2},), (object(),), [("a", {})]])
def test_what_is_no_key_is_refused_with_its_step(key: Any) -> None:
    app = App("a")
    app.stream("in", key=str, value=str).group_by(lambda _: key, name="g").count(name="counts")
    with app.test(processing_exception_handler="continue") as t:
        t.topic("in").send("k", "v")
        assert t.dropped()["error"] == 1
    with app.test() as t, pytest.raises(Exception, match="key") as raised:
        t.topic("in").send("k", "v")
    assert "node=" in raised.value.__notes__[0]


def test_tuples_are_values_too() -> None:
    app = App("a")
    lines = app.stream("in", key=str, value=str)
    pairs = lines.map_values(lambda value: (value, {"n": (len(value), [None])}))
    pairs.group_by_key().reduce(lambda _, new: new, name="latest").to("out")
    with app.test() as t:
        t.topic("in").send("k", "v")
        assert t.topic("out").records()[0].value == ("v", {"n": (1, [None])})
        assert t.store("latest")["k"] == ("v", {"n": (1, [None])})


# ---- functions of tables see the record


def test_a_function_of_a_table_sees_time_and_place() -> None:
    app = App("a")
    table = app.table("in", key=str, value=str, materialized=True)

    def told(key: str, value: str | None, context: Context) -> str:
        place = f"{context.topic}[{context.partition}]@{context.offset}"
        return f"{key}={value} {place} {context.timestamp} {context.headers} {context.stream_time}"

    told_table = table.transform_values(
        told, with_key=True, with_context=True, name="told", value=str
    )
    told_table.to_stream().to("out")
    with app.test() as t:
        t.topic("in").send("k", "v", timestamp=7, headers=(("h", b"1"),))
        t.topic("in").send("l", None, timestamp=3)
        t.topic("in").send("k", None, timestamp=9)
        assert [record.value for record in t.topic("out").records()] == [
            "k=v in[0]@0 7 (('h', b'1'),) 7",
            "l=None in[0]@1 3 () 7",
            "k=None in[0]@2 9 () 9",
        ]


def test_it_sees_the_record_that_changed_what_stands_above() -> None:
    app = App("a")
    counts = app.stream("in", key=str, value=str).group_by_key().count(name="counts")

    def told(value: int | None, context: Context) -> str:
        return f"{value} at {context.timestamp} from {context.topic}@{context.offset}"

    counts.transform_values(told, with_context=True, name="told", value=str).to("out")
    with app.test() as t:
        for time in (5, 3):
            t.topic("in").send("k", "v", timestamp=time)
        assert [record.value for record in t.topic("out").records()] == [
            "1 at 5 from in@0",
            "2 at 5 from in@1",
        ]
