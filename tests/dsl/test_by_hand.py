"""A topology written by hand: what becomes of it, and what is refused, and by which words."""

from collections.abc import Iterator, Mapping

import pytest

from streamz_core import App, Processor, Record, TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan


class Upper(Processor[str, str, str, str]):
    def process(self, record):
        self.context.forward(record.with_value(record.value.upper()))


class Counting(Processor[str, str, str, int]):
    def process(self, record):
        counts = self.context.get_state_store("counts")
        counts[record.key] = counts.get(record.key, 0) + 1
        self.context.forward(record.with_value(counts[record.key]))


@pytest.fixture
def app():
    return App("shop")


@pytest.fixture
def topology(app):
    app.topology.add_source("source", "in", key=str, value=str)
    return app.topology


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


def shown(app):
    return make_plan(app.build()).describe().splitlines()[1:]


def test_it_is_made_of_the_same_nodes(app, topology):
    app.store("counts", key=str, value=int)
    topology.add_processor("upper", Upper, "source")
    topology.add_processor("counting", Counting, "upper", "source")
    topology.connect_processor_and_state_stores("counting", "counts")
    topology.add_sink("sink", "out", "counting")
    assert [(type(node), node.name) for node in app.build().nodes] == [
        (n.Source, "source"),
        (n.Processor, "upper"),
        (n.Processor, "counting"),
        (n.Sink, "sink"),
    ]
    assert shown(app) == [
        "   Sub-topology: 0 (counting)",
        "    Source: source (topics: [in])",
        "      --> upper, counting",
        "    Processor: upper (stores: [])",
        "      --> counting",
        "      <-- source",
        "    Processor: counting (stores: [counts])",
        "      --> sink",
        "      <-- source, upper",
        "    Sink: sink (topic: out)",
        "      <-- counting",
    ]
    with app.test() as t:
        t.topic("in").send("a", "x")
        assert [one.value for one in t.topic("out").records()] == [1, 2]
        assert dict(t.store("counts")) == {"a": 2}


def test_types_are_those_of_the_class_or_what_is_said(app, topology):
    topology.add_processor("counting", Counting, "source")
    topology.add_processor("said", Upper, "source", key=int, value=bytes)
    assert [built(app, "counting").key.name, built(app, "counting").value.name] == ["str", "int"]
    assert [built(app, "said").key.name, built(app, "said").value.name] == ["int", "bytes"]


def test_both_ways_of_writing_go_together(app, topology):
    users = app.table("users", key=str, value=str, materialized=True)

    @app.stream("lines", key=str, value=str).filter
    def long(line: str) -> bool:
        return len(line) > 1

    class Named(Processor[str, str, str, str]):
        def process(self, record):
            users = self.context.get_state_store("users")
            assert not hasattr(users, "pop")
            self.context.forward(record.with_value(f"{users.get(record.key)}: {record.value}"))

    named = topology.add_processor("named", Named, long, "source", stores=[users.store])
    loud = topology.add_processor("loud", Upper, named.filter(lambda text: "None" not in text))
    loud.group_by_key().count(name="hits")
    loud.map_values(lambda text: text + "!", value=str).to("out")
    with app.test() as t:
        t.topic("users").send("a", "ann")
        t.topic("lines").send("a", "hi")
        t.topic("in").send("a", "ho")
        t.topic("lines").send("b", "he")
        t.topic("lines").send("a", "x")
        assert [one.value for one in t.topic("out").records()] == ["ANN: HI!", "ANN: HO!"]
        assert dict(t.store("hits")) == {"a": 2}


def test_a_sink_may_choose_the_topic_and_the_partitions(app, topology):
    for topic in ("x-out", "y-out"):
        app.topic(topic, key=str, value=str)

    def chosen(key: str, value: str) -> str:
        return f"{value}-out"

    topology.add_sink("chosen", chosen, "source", with_key=True)
    topology.add_sink("spread", "all", "source", partitioner=lambda topic, key, value, n: range(n))
    with app.test(partitions=2) as t:
        t.topic("in").send("a", "x")
        t.topic("in").send("a", "y")
        assert [len(t.topic(topic).records()) for topic in ("x-out", "y-out", "all")] == [1, 1, 4]


def test_several_topics_and_where_a_source_begins(app):
    app.topology.add_source(
        "both", "a", "b", key=str, value=str, timestamp=lambda record, _: 7, offset_reset="latest"
    )
    app.topology.add_sink("sink", "out", "both")
    source = built(app, "both")
    assert [topic.name for topic in source.topics] == ["a", "b"]
    assert source.reset.policy == "latest"
    with app.test() as t:
        for topic in "ab":
            t.topic(topic).send("k", topic)
        assert [(one.value, one.timestamp) for one in t.topic("out").records()] == [
            ("a", 7),
            ("b", 7),
        ]


def test_processors_with_a_store_in_common_run_together(app, topology):
    counts = app.store("counts", key=str, value=int)
    topology.add_source("other", "in2", key=str, value=str)
    topology.add_processor("one", Counting, "source")
    topology.add_processor("two", Counting, "other")
    assert len(make_plan(app.build()).subs) == 2
    topology.add_state_store(counts, "one", "two")
    (sub,) = make_plan(app.build()).subs
    assert [one.topic for one in sub.inputs] == ["in", "in2"]
    topology.add_state_store(counts, "one")  # once more is no harm
    assert [store.name for store in built(app, "one").fn.stores] == ["counts"]


# ---- what is refused


def test_a_parent_must_be_there_before(app, topology):
    with pytest.raises(TopologyError, match=r"there is no step 'later' to hang it on.*\(source\)"):
        topology.add_processor("upper", Upper, "later")
    with pytest.raises(TopologyError, match="there is no step 'upper'"):
        topology.add_processor("upper", Upper, "upper")
    with pytest.raises(TopologyError, match="there is no step 5"):
        topology.add_sink("sink", "out", 5)


def test_it_hangs_on_something(topology):
    with pytest.raises(
        TopologyError, match=r"topology.add_processor\('upper'\): it hangs on nothing"
    ):
        topology.add_processor("upper", Upper)
    with pytest.raises(TopologyError, match="it hangs on nothing"):
        topology.add_sink("sink", "out")


def test_only_streams_have_steps_behind(app, topology):
    users = app.table("users", key=str, value=str)
    topology.add_sink("sink", "out", "source")
    with pytest.raises(TopologyError, match="sink gives no stream but an end"):
        topology.add_processor("upper", Upper, "sink")
    with pytest.raises(TopologyError, match="users gives no stream but a table"):
        topology.add_processor("upper", Upper, users)


def test_a_name_is_taken_once(app, topology):
    app.store("counts", key=str, value=int)
    for add in (
        lambda name: topology.add_source(name, "other"),
        lambda name: topology.add_processor(name, Upper, "source"),
        lambda name: topology.add_sink(name, "out", "source"),
    ):
        with pytest.raises(
            TopologyError, match=r"there is a step, topology.add_source of that name"
        ):
            add("source")
        with pytest.raises(TopologyError, match="there is a declared store of that name"):
            add("counts")
        with pytest.raises(TopologyError, match="is named 'a b'"):
            add("a b")


def test_a_source_reads_topics_that_nobody_reads(app, topology):
    with pytest.raises(TopologyError, match=r"add_source\('none'\): a source reads at least one"):
        topology.add_source("none")
    with pytest.raises(TopologyError, match="the topic 'in' is read by source already"):
        topology.add_source("again", "other", "in")
    app.stream("in", key=str, value=str)
    with pytest.raises(TopologyError, match="the topic 'in' is read by"):
        app.build()


def test_a_store_and_its_processor_must_be_there(app, topology):
    counts = app.store("counts", key=str, value=int)
    topology.add_processor("upper", Upper, "source")
    with pytest.raises(TopologyError, match="there is no processor 'lower'"):
        topology.add_state_store(counts, "lower")
    with pytest.raises(TopologyError, match="there is no processor 'source'"):
        topology.connect_processor_and_state_stores("source", counts)
    with pytest.raises(TopologyError, match="there is no store 'sums'"):
        topology.connect_processor_and_state_stores("upper", "sums")
    with pytest.raises(TopologyError, match="no store of the app 'shop'"):
        topology.connect_processor_and_state_stores(
            "upper", App("other").store("counts", key=str, value=int)
        )
    with pytest.raises(TopologyError, match="no store of the app 'shop'"):
        topology.add_processor("lower", Upper, "source", stores=[5])


def test_rows_of_a_table_that_comes_later_are_refused(app, topology):
    topology.add_processor("upper", Upper, "source")
    users = app.table("users", key=str, value=str, materialized=True)
    topology.connect_processor_and_state_stores("upper", users.store)
    with pytest.raises(
        TopologyError, match="upper is connected with the store 'users', which a step behind"
    ):
        app.build()


def test_sinks_of_steps_that_write_differently_must_say_how(app, topology):
    topology.add_processor("counting", Counting, "source")
    topology.add_sink("sink", "out", "source", "counting")
    with pytest.raises(
        TopologyError, match="the value of source is written as str, that of counting"
    ):
        app.build()


def test_a_processor_that_is_said_to_forward_nothing_has_nothing_behind(app, topology):
    class Last(Processor[str, str, None, None]):
        def process(self, record):
            pass

    topology.add_processor("last", Last, "source")
    app.build()
    topology.add_sink("sink", "out", "last")
    with pytest.raises(
        TopologyError, match="sink writes its keys, but it is said to forward no key"
    ):
        app.build()


def test_functions_are_of_the_dsl(app, topology):
    def fn(record: Record[str, str]) -> Iterator[Record[str, str]]:
        yield record

    with pytest.raises(TopologyError, match="does not take what it is called with"):
        topology.add_processor("fn", fn, "source")
    assert isinstance(app.topology, type(topology))
    assert isinstance(topology._stores, Mapping)
