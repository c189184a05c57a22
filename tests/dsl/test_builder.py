"""The app as it is declared: topics, stores, sources; nothing happens before build()."""

import re
import subprocess
import sys
from collections.abc import MutableMapping

import pytest

from streamz_core import App
from streamz_core.codecs.plain import INT, STR
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n


@pytest.fixture
def app():
    return Builder("shop")


def when(record, partition_time):
    return 0


def test_an_empty_app_builds(app):
    graph = app.build()
    assert (graph.app, graph.nodes, graph.stores, graph.topics, graph.notes) == (
        "shop",
        [],
        [],
        [],
        [],
    )


def test_sources_know_their_topics_and_extractors(app):
    app.stream(["a", "b"], timestamp=when)
    app.table("c", timestamp=when)
    stream, table = app.build().nodes
    assert isinstance(stream, n.Source)
    assert [topic.name for topic in stream.topics] == ["a", "b"]
    assert stream.extractor is when
    assert isinstance(table, n.TableSource)
    assert table.topic.name == "c"
    assert table.extractor is when
    assert table.materialized is None


def test_a_topic_streamed_twice_is_one_source(app):
    one, two = app.stream("a", key=str), app.stream("a")
    one.to("b")
    two.to("c")
    source, *sinks = app.build().nodes
    assert [sink.parents for sink in sinks] == [(source,), (source,)]
    app.stream(["x", "y"])
    app.stream(["y", "x"])
    assert [node.name for node in app.build().nodes if isinstance(node, n.Source)] == ["a", "x+y"]


def test_a_table_declared_twice_is_one(app):
    app.table("a", materialized=True).to("b")
    app.table("a", materialized=True).to("c")
    assert len(app.build().nodes) == 3
    for another in ({}, {"materialized": True, "emit": "commit"}):
        with pytest.raises(
            TopologyError, match="stands twice, with another name=, materialized= or"
        ):
            app.table("a", **another)
    for another in ({"timestamp": when}, {"offset_reset": "latest"}, {"idle": "1s"}):
        with pytest.raises(TopologyError, match="twice, with another timestamp=, offset_reset= or"):
            app.table("a", materialized=True, **another)


def test_a_stream_and_a_table_of_one_topic_are_an_error(app):
    app.stream("a")
    app.table("a")
    with pytest.raises(
        TopologyError,
        match=r"the topic 'a' is read by app\.stream\('a'\) and by app\.table\('a'\);.*to_table\(\)",
    ):
        app.build()


def test_streams_that_share_some_topics_are_an_error(app):
    app.stream(["a", "b"])
    app.stream(["b", "c"])
    with pytest.raises(TopologyError, match=r"the topic 'b' is read by .*merge\(\)"):
        app.build()


def test_a_pattern_stands_for_topics_under_a_name(app):
    pattern = re.compile("orders-.*")
    one = app.stream(pattern, key=str, value=int, name="orders", offset_reset="latest")
    app.stream(pattern, name="orders", offset_reset="latest").to("b")
    one.to("a")
    (source, *_) = app.build().nodes
    assert (source.name, source.topics, source.pattern) == ("orders", (), pattern)
    assert (source.key, source.value, source.reset.policy) == (STR, INT, "latest")
    with pytest.raises(TopologyError, match="stands twice, with another name="):
        app.stream(pattern, name="others", offset_reset="latest")
    app.stream(re.compile("users-.*"), name="orders")
    with pytest.raises(TopologyError, match="both named 'orders'"):
        app.build()


def test_a_pattern_needs_a_name_and_topics_have_theirs(app):
    with pytest.raises(TopologyError, match=r"'orders-\.\*'\): topics come and go.*name="):
        app.stream(re.compile("orders-.*"))
    with pytest.raises(TopologyError, match="is named 'no name'"):
        app.stream(re.compile("orders-.*"), name="no name")
    with pytest.raises(TopologyError, match="names of topics are text"):
        app.stream(re.compile(b"orders"), name="orders")
    with pytest.raises(TopologyError, match="named by its topics; leave name= out"):
        app.stream("orders", name="others")


@pytest.mark.parametrize("other", ["stream", "table", "global_table"])
def test_a_pattern_that_matches_a_topic_of_another_source_is_an_error(app, other):
    app.stream(re.compile("orders-.*"), name="orders")
    getattr(app, other)("orders-eu")
    with pytest.raises(
        TopologyError,
        match=rf"'orders-eu', which app\.{other}\('orders-eu'\) reads, matches the pattern of",
    ):
        app.build()


def test_topics_that_are_described_and_match_have_the_types_of_the_stream(app):
    app.topic("orders-eu", key=str, value=int)
    app.topic("users", key=bytes)
    app.stream(re.compile("orders-.*"), name="orders")
    (source,) = app.build().nodes
    assert (source.key, source.value) == (STR, INT)
    app.topic("orders-us", value=str)
    with pytest.raises(TopologyError, match="the value of orders is said to be int"):
        app.build()


def test_a_stream_of_nothing_is_refused(app):
    with pytest.raises(TopologyError, match="at least one topic"):
        app.stream([])


def test_a_table_is_kept_under_its_topics_name_or_another(app):
    app.table("a", key=str, value=int, materialized=True)
    app.table("b", key=str, value=int, materialized=memory(), name="kept")
    one, two = (node.materialized for node in app.build().nodes)
    assert (one.name, one.kind, one.memory, one.key, one.value) == (
        "a",
        "timestamped",
        False,
        STR,
        INT,
    )
    assert (two.name, two.memory) == ("kept", True)
    assert [node.name for node in app.build().nodes] == ["a", "kept"]


@pytest.mark.parametrize("asked", ["yes", 1, "users"])
def test_materialized_is_yes_or_one_of_the_ways(app, asked):
    with pytest.raises(
        TopologyError, match=r"it takes True, memory\(\), versioned\(history\) or expiring\(ttl\)"
    ):
        app.table("a", materialized=asked)


def test_stores_are_declared_once_and_typed(app):
    app.store("kept", key=str, value=int)
    app.store("quick", key=bytes, value=dict[str, int], memory=True)
    one, two = app.build().stores
    assert (one.name, one.kind, one.key, one.value, one.memory) == (
        "kept",
        "plain",
        STR,
        INT,
        False,
    )
    assert two.memory
    with pytest.raises(TopologyError, match="the store 'kept' is declared twice"):
        app.store("kept", key=str, value=str)


def test_a_store_is_a_dict_in_a_test(app):
    kept = app.store("kept", key=str, value=int)

    @app.stream("a", value=str).map_values(store=kept)
    def counted(text: str, kept: MutableMapping[str, int]) -> int:
        kept[text] = kept.get(text, 0) + 1
        return kept[text]

    rows = {}
    assert [counted(text, rows) for text in "aab"] == [1, 2, 1]
    assert rows == {"a": 2, "b": 1}


def test_a_topic_is_described_once(app):
    app.topic("a", partitions=8)
    with pytest.raises(TopologyError, match="the topic 'a' is described twice"):
        app.topic("a")


@pytest.mark.parametrize("wrong", [0, -1, "4", 4.0, True, 10_001, float("nan")])
def test_what_is_no_number_of_partitions_is_refused(app, wrong):
    told = "partitions=.*; it is a whole number from 1 to 10000"
    with pytest.raises(TopologyError, match=f"topic b: {told}"):
        app.topic("b", partitions=wrong)
    with pytest.raises(TopologyError, match=f"spread: {told}"):
        app.stream("a").repartition(name="spread", partitions=wrong)


@pytest.mark.parametrize("wrong", ["retention.ms=5", [("retention.ms", 5)], 5])
def test_settings_of_a_topic_that_are_no_dict_are_refused(app, wrong):
    with pytest.raises(TypeError, match=r"topic b: its settings are .*; they have to be a dict"):
        app.topic("b", config=wrong)
    with pytest.raises(TypeError, match=r"s: its settings are .*; they have to be a dict"):
        app.store("s", key=str, value=int, changelog=wrong)


def test_every_topic_of_the_app_is_listed_once_what_it_reads_first(app):
    only = app.topic("only-described", partitions=2)
    app.stream("read").to("written")
    app.table("table").to("written")
    Builder("other").stream(only)
    assert [(topic.name, topic.partitions) for topic in app.build().topics] == [
        ("read", None),
        ("table", None),
        ("written", None),
        ("only-described", 2),
    ]


def test_a_description_may_be_shared_by_two_apps():
    shared = Builder("one").topic("shared", key=str, value=int, partitions=3)
    other = Builder("two")
    other.stream(shared)
    assert other.build().topics[0].partitions == 3
    assert other.build().nodes[0].value is INT


def test_importing_and_declaring_starts_nothing():
    program = (
        "import sys, threading, streamz_core.dsl.builder as b\n"
        "b.Builder('a').stream('x').group_by_key().count(name='n')\n"
        "heavy = {'asyncio', 'http', 'multiprocessing', 'rocksdict', 'sqlite3'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert threading.active_count() == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_topic_that_is_made_gets_what_was_said_of_it():
    app = App("shop")
    users = app.topic("users", key=str, value=int, config={"cleanup": "compact", "segment_ms": 9})
    app.stream(users).to("out")
    with app.test() as t:
        topics = t._workers[0].backend.topics()
    assert topics["users"].config == {"cleanup.policy": "compact", "segment.ms": 9}
    assert topics["out"].config == {"cleanup.policy": "delete"}
    with pytest.raises(TopologyError, match=r"topic t: unknown .* did you mean retention.ms"):
        app.topic("t", config={"retension.ms": 5})
