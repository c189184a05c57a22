"""Codecs: said, annotated, the parent's, self-describing, in this order; and what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import define, frozen

from streamz_core import json_of
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.extent import Sized
from streamz_core.codecs.free import JSON, is_free
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.windows import tumbling, windowed
from streamz_core.errors import CodecError, TopologyError
from streamz_core.record import Record
from streamz_core.topology.plan import make_plan


class Frame:
    """Something that no codec knows."""


@frozen
class Click:
    url: str


@define
class Total:
    clicks: int = 0

    def add(self, click: Click) -> Total:
        return Total(self.clicks + 1)


class Sum:
    def __init__(self) -> None:
        self.all: list[int] = []

    def add(self, number: int) -> None:
        self.all.append(number)


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def clicks(app):
    return app.stream("clicks", key=str, value=Click)


@pytest.fixture
def texts(app):
    return app.stream("texts", key=str, value=str)


def sides(app, name):
    node = {node.name: node for node in app.build().nodes}[name]
    return node.key, node.value


def store(app, name):
    return {node.name: node for node in app.build().nodes}[name].store


# ---- the order of what counts


def test_a_source_is_bytes_unless_said(app):
    app.stream("raw")
    app.table("table", value=int)
    assert sides(app, "raw") == (BYTES, BYTES)
    assert sides(app, "table") == (BYTES, INT)


def test_what_is_said_counts_before_the_annotation(app, clicks):
    def size(click: Click) -> int: ...

    clicks.map_values(size, value=JSON)
    clicks.map_values(size, name="annotated")
    assert sides(app, "size") == (STR, JSON)
    assert sides(app, "annotated") == (STR, INT)


def test_a_step_that_leaves_a_side_alone_has_its_parents(app, clicks):
    clicks.filter(bool, name="kept").peek(print, name="seen").repartition(name="spread")
    split = clicks.split()
    split.branch(bool, name="one")
    split.default(name="rest")
    for name in ("kept", "seen", "spread", "one", "rest"):
        assert sides(app, name) == (STR, codec_for(Click))


def test_lambdas_are_self_describing(app, clicks):
    clicks.map_values(lambda click: click.url, name="urls")
    clicks.select_key(lambda click: click.url, name="keyed")
    key, value = sides(app, "urls")
    assert key is STR
    assert is_free(value)
    with pytest.raises(CodecError, match=r"annotate the function of urls, or say `value=` there"):
        value.encode(Click("a"))
    key, value = sides(app, "keyed")
    assert value is codec_for(Click)
    with pytest.raises(CodecError, match=r"annotate the function of keyed, or say `key=` there"):
        key.encode(Click("a"))


def test_each_operator_reads_its_own_part_of_the_annotation(app, clicks):
    def mapped(click: Click) -> tuple[int, str]: ...
    def flat(click: Click) -> Iterator[tuple[bytes, Click]]: ...
    def values(click: Click) -> Iterator[int]: ...
    def keyed(click: Click) -> int: ...
    def processed(record: Any, ctx: Any) -> Iterator[Record[int, str]]: ...
    def same_key(record: Any, ctx: Any) -> Iterator[Record[str, float | None]]: ...

    clicks.map(mapped)
    clicks.flat_map(flat)
    clicks.flat_map_values(values)
    clicks.select_key(keyed)
    clicks.process(processed)
    clicks.process_values(same_key)
    click = codec_for(Click)
    assert sides(app, "mapped") == (INT, STR)
    assert sides(app, "flat") == (BYTES, click)
    assert sides(app, "values") == (STR, INT)
    assert sides(app, "keyed") == (INT, click)
    assert sides(app, "processed") == (INT, STR)
    assert sides(app, "same_key") == (STR, codec_for(float))


def test_a_class_gives_itself(app, texts):
    texts.map_values(Click)
    texts.map_values(int, name="number")
    assert sides(app, "Click") == (STR, codec_for(Click))
    assert sides(app, "number") == (STR, INT)


def test_any_is_as_good_as_nothing(app, clicks):
    def anything(click: Click) -> Any: ...

    clicks.map_values(anything)
    clicks.map_values(lambda click: 1, name="said", value=object)
    assert is_free(sides(app, "anything")[1])
    assert is_free(sides(app, "said")[1])


def test_tables(app):
    numbers = app.table("numbers", key=str, value=int)

    def text(number: int) -> str: ...

    def keyed(number: int) -> bytes: ...

    numbers.map_values(text).filter(bool, name="some").to_stream(keyed)
    numbers.transform_values(lambda number: 1, name="loose", value=float)
    assert sides(app, "some") == (STR, STR)
    assert sides(app, "keyed") == (BYTES, STR)
    assert sides(app, "loose") == (STR, codec_for(float))


# ---- topics


def test_a_described_topic_is_known_by_its_name_too(app):
    topic = app.topic("described", key=int, value=Click)
    app.stream("described")
    app.table("table", key=str, value=str).to(app.topic("half", value=str))
    assert sides(app, "described") == (INT, codec_for(Click))
    refs = {ref.name: (ref.key, ref.value) for ref in app.build().topics}
    assert refs == {
        "described": (INT, codec_for(Click)),
        "table": (None, None),
        "half": (None, STR),
    }
    assert app.stream(topic) is not None


def test_a_sink_writes_what_is_said_else_what_the_topic_is_else_what_comes(app, clicks):
    clicks.to("plain", name="a")
    clicks.to(app.topic("typed", value=JSON), name="b")
    text = Serdes.string("ascii")
    clicks.to("said", name="c", key=text, value=JSON)
    click = codec_for(Click)
    assert sides(app, "a") == (STR, click)
    assert sides(app, "b") == (STR, JSON)
    assert sides(app, "c") == (text, JSON)


def test_a_sink_that_contradicts_its_topic_is_told(app, clicks):
    clicks.to(app.topic("typed", value=JSON), value=Click)
    with pytest.raises(TopologyError, match="value= is Click, but the topic is described"):
        app.build()


def test_sources_that_contradict_each_other_are_told(app):
    app.stream("a", key=str)
    app.stream("a", key=int)
    with pytest.raises(TopologyError, match=r"the key of a is said to be str .* and int .*topic"):
        app.build()
    app = Builder("shop")
    app.stream(app.topic("b", value=str), value=int)
    with pytest.raises(
        TopologyError, match=r"the value of b is said to be str by app\.topic\('b'\)"
    ):
        app.build()
    app = Builder("shop")
    app.stream([app.topic("c", value=str), app.topic("d", value=int)])
    with pytest.raises(TopologyError, match=r"the value of c\+d is said to be"):
        app.build()


def test_sources_that_say_the_same_agree(app):
    for _ in range(2):
        app.stream("a", key=str, value=object)
    app.stream(app.topic("b", key=list[int], value=Any), key=list[int], value=object).to("b")
    assert is_free(sides(app, "a")[1])
    assert sides(app, "b")[0] is key_codec_for(list[int])


# ---- joins and merges


def test_a_join_has_the_key_of_the_table(app, clicks):
    by_number = app.table("by-number", key=int, value=str)

    def joined(click: Click, text: str) -> int: ...

    keyed = clicks.select_key(lambda click: 1, name="loose")
    keyed.join(by_number, joined)
    assert sides(app, "joined") == (INT, INT)
    hop = make_plan(app.build()).hops[0]
    assert (hop.key, hop.value) == (INT, codec_for(Click))


def test_sides_of_a_join_with_different_keys_are_told(app, clicks):
    clicks.join(app.table("by-number", key=int, value=str), lambda a, b: a, name="joined")
    with pytest.raises(
        TopologyError,
        match=r"joined: the key of clicks is written as str, that of by-number as int.*select_key",
    ):
        app.build()


def test_a_self_describing_key_that_no_hop_writes_anew_is_told(app):
    loose = app.stream("loose", key=object, value=int)
    loose.join(app.table("users", key=str, value=str), lambda a, b: a, name="joined")
    with pytest.raises(TopologyError, match="loose is written as self-describing"):
        app.build()


def test_typed_and_bytes_keys_do_not_meet(app, clicks):
    app.stream("raw").join(app.table("users", key=str), lambda a, b: a, name="joined")
    with pytest.raises(
        TopologyError, match="the key of raw is written as bytes, that of users as str"
    ):
        app.build()


def test_merged_streams_must_be_written_alike(app, clicks, texts):
    clicks.merge(texts, name="both")
    with pytest.raises(TopologyError, match="both: the value of clicks is written as Click,"):
        app.build()
    app = Builder("shop")
    app.stream("a", key=str).merge(app.stream("b", key=int), name="both")
    with pytest.raises(
        TopologyError, match="both: the key of a is written as str, that of b as int"
    ):
        app.build()


def test_a_merged_stream_that_nobody_typed_follows_the_others(app, texts):
    texts.map_values(lambda text: text, name="loose").merge(texts, name="both")
    texts.merge(app.stream("numbers", key=str, value=int), name="said", value=JSON)
    assert sides(app, "both") == (STR, STR)
    assert sides(app, "said") == (STR, JSON)


# ---- aggregates


def test_an_aggregate_is_what_its_function_gives_else_its_initial_value(app, clicks):
    def folded(total: int, click: Click) -> float: ...

    def empty() -> dict[str, int]: ...

    by_key = clicks.group_by_key()
    by_key.aggregate(folded, initial=int)
    by_key.aggregate(lambda a, v: a, initial=list[int], name="listed")
    by_key.aggregate(lambda a, v: a, initial=empty, name="typed")
    by_key.aggregate(lambda a, v: a, initial=lambda: 0, name="loose")
    by_key.aggregate(lambda a, v: a, initial=int, name="said", value=JSON)
    by_key.count(name="count")
    by_key.reduce(lambda old, new: new, name="reduced")
    assert sides(app, "folded")[1] is codec_for(float)
    assert sides(app, "listed")[1] is codec_for(list[int])
    assert sides(app, "typed")[1] is codec_for(dict[str, int])
    assert is_free(sides(app, "loose")[1])
    assert sides(app, "said")[1] is JSON
    assert sides(app, "count")[1] is INT
    assert sides(app, "reduced")[1] is codec_for(Click)
    assert (store(app, "folded").key, store(app, "folded").value) == (STR, codec_for(float))


def test_a_window_aggregate_has_windowed_keys_and_a_store_without(app, clicks):
    clicks.group_by_key().window(tumbling("10ms")).count(name="hits")
    assert sides(app, "hits") == (windowed_codec(STR, Sized(10)), INT)
    assert store(app, "hits").key is STR
    app.stream("hits-again", key=windowed(str, "10ms"), value=int)
    assert sides(app, "hits-again") == sides(app, "hits")


def test_the_key_of_a_group_is_what_the_key_function_gives(app, clicks):
    def by_size(click: Click) -> int: ...

    clicks.group_by(by_size).count(name="sizes")
    clicks.group_by(lambda click: 1, key=bytes).count(name="said")
    assert store(app, "sizes").key is INT
    assert store(app, "said").key is BYTES
    assert app.build().notes == []


def test_a_group_whose_key_nobody_typed_is_noted(app, clicks):
    clicks.group_by(lambda click: click.url).count(name="hits")
    clicks.select_key(lambda click: 1).to_table(name="latest")
    clicks.select_key(lambda click: 1, name="loose").repartition(name="spread")
    notes = app.build().notes
    assert [note.split(":")[0] for note in notes] == ["hits", "latest", "spread"]
    assert "self-describing" in notes[0]
    assert "key=" in notes[0]
    assert app.build().notes == notes


def test_an_aggregate_that_says_the_key_it_takes_types_it(app, clicks):
    def per_url(url: str, total: int, click: Click) -> int: ...
    def per_click(click: Click, total: int, value: Click) -> int: ...

    clicks.group_by(lambda click: click.url).aggregate(per_url, initial=int, with_key=True)
    clicks.group_by(lambda click: click).aggregate(per_click, initial=int, with_key=True)
    graph = app.build()
    assert store(app, "per_url").key is STR
    assert is_free(store(app, "per_click").key)
    assert [note.split(":")[0] for note in graph.notes] == ["per_click"]
    assert make_plan(graph).hops[0].key is STR


def test_a_class_is_its_own_codec(app, clicks):
    clicks.group_by_key().aggregate(Total)
    assert sides(app, "Total") == (STR, codec_for(Total))


# ---- what has no codec


def frame(click: Click) -> Frame: ...
def missing(click: Click) -> Nowhere: ...  # noqa: F821 - the point


@pytest.mark.parametrize("fn, why", [(frame, "no codec for Frame"), (missing, "'Nowhere'")])
def test_a_value_without_a_codec_may_pass_but_not_be_written(app, clicks, fn, why):
    def length(frame: Frame) -> int: ...

    framed = clicks.map_values(fn, name="framed")
    framed.map_values(length).to("lengths")
    assert sides(app, "framed") == (STR, None)
    framed.filter(bool, name="kept").to("frames")
    with pytest.raises(TopologyError, match=rf"kept.to writes its values, but .*{why}"):
        app.build()


WRITES: dict[str, Callable[[Any], Any]] = {
    "aggregate": lambda s: s.group_by_key().reduce(lambda a, b: a, name="writes"),
    "hop": lambda s: s.select_key(str).group_by_key().count(name="count"),
    "repartition": lambda s: s.repartition(name="writes"),
    "table": lambda s: s.to_table(name="writes"),
    "materialized": lambda s: s.to_table(name="writes", materialized=True),
}


@pytest.mark.parametrize("make", WRITES.values(), ids=WRITES)
def test_where_values_are_written_a_codec_must_be_known(app, clicks, make):
    make(clicks.map_values(frame))
    with pytest.raises(TopologyError, match=r"no codec for Frame.*say value= on frame"):
        app.build()


def test_what_is_neither_a_type_nor_a_codec_is_told(app):
    app.stream("a", key="str", value=Frame)
    with pytest.raises(TopologyError, match=r"app\.stream\('a'\), key=: no codec for 'str'"):
        app.build()
    app = Builder("shop")
    app.store("kept", key=str, value={})
    with pytest.raises(TopologyError, match=r"app\.store\('kept'\): value=\{\} is neither a type"):
        app.build()


def test_an_annotation_may_be_a_codec(app, clicks):
    def text(click) -> json_of(Click):
        return click

    clicks.map_values(text).to("texts", name="texts")
    assert sides(app, "texts") == (STR, json_of(Click))
