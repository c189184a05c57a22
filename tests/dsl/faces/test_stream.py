"""Operators of streams: methods and decorators alike, callable as plain functions, in order."""

import inspect
from collections.abc import Iterator

import pytest

from streamz_core.dsl.builder import Builder
from streamz_core.dsl.faces.stream import SinkStep, Step, Stream
from streamz_core.errors import TopologyError
from streamz_core.record import Record
from streamz_core.topology import nodes as n


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def texts(app):
    return app.stream("texts", key=str, value=str)


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


def short(text: str) -> bool:
    """Whether it is short."""
    return len(text) < 5


VALUE_STEPS = {
    "filter": n.Filter,
    "filter_not": n.Filter,
    "peek": n.Peek,
    "map_values": n.MapValues,
    "flat_map_values": n.FlatMapValues,
    "map": n.Map,
    "flat_map": n.FlatMap,
    "select_key": n.SelectKey,
}


@pytest.mark.parametrize("op, kind", VALUE_STEPS.items())
def test_an_operator_is_a_method_and_a_decorator_with_and_without_options(app, texts, op, kind):
    def make(name):
        def fn(text):
            return [(text, text)]

        fn.__name__ = name
        return fn

    method = getattr(texts, op)
    steps = [
        method(make("called")),
        method(lambda text: text, name="named"),
        method()(make("bare")),
        method(name="chosen")(make("other")),
    ]
    assert all(isinstance(step, Step) and isinstance(step, Stream) for step in steps)
    found = [node for node in app.build().nodes if isinstance(node, kind)]
    assert [(node.name, node.named) for node in found] == [
        ("called", True),
        ("named", True),
        ("bare", True),
        ("chosen", True),
    ]
    assert not any(node.fn.with_key for node in found)
    assert all(node.parents[0].name == "texts" for node in found)


@pytest.mark.parametrize("op", VALUE_STEPS)
def test_key_and_stores_are_handed_over_where_they_are_asked_for(app, texts, op):
    one = app.store("one", key=str, value=int)
    two = app.store("two", key=str, value=int)
    getattr(texts, op)(with_key=True, store=one)(lambda key, value, one: [])
    getattr(texts, op)(lambda value, one, two: [], stores=(one, two))
    first, second = (node.fn for node in app.build().nodes[1:])
    assert first.with_key
    assert [store.name for store in first.stores] == ["one"]
    assert not second.with_key
    assert [store.name for store in second.stores] == ["one", "two"]
    assert first.stores[0] is second.stores[0], "one store is one object in a graph"


def test_the_decorated_name_stays_the_function(texts):
    step = texts.filter(short)
    assert step("abc") is True
    assert step("abcdef") is False
    assert step.__wrapped__ is short
    assert (step.__name__, step.__doc__, step.__module__) == ("short", short.__doc__, __name__)
    assert inspect.signature(step) == inspect.signature(short)
    assert repr(step) == "<Step short>"
    assert repr(texts) == "<Stream texts>"


def test_a_decorated_function_may_be_used_again_as_a_function(app, texts):
    step = texts.filter(short)
    app.stream("more", value=str).filter(step, name="again")
    assert built(app, "again").fn.call is short


def test_the_user_functions_go_in_unwrapped(app, texts):
    texts.filter(short)
    assert built(app, "short").fn.call is short


def test_nodes_stand_in_order_of_declaration(app, texts):
    late = texts.filter(short)
    texts.map_values(str.upper, name="upper")
    late.to("out")
    texts.merge(late).to("all")
    graph = app.build()
    assert [node.order for node in graph.nodes] == list(range(6))
    assert [node.name for node in graph.nodes] == [
        "texts",
        "short",
        "upper",
        "short.to",
        "texts.merge",
        "texts.merge.to",
    ]
    assert [parent.name for parent in graph.nodes[4].parents] == ["texts", "short"]


def test_build_is_pure(app, texts):
    texts.filter(short).to("out")
    one, two = app.build(), app.build()
    assert [node.name for node in one.nodes] == [node.name for node in two.nodes]
    assert not set(one.nodes) & set(two.nodes)
    texts.peek(print)
    assert len(app.build().nodes) == len(one.nodes) + 1


def test_filter_not_negates(app, texts):
    texts.filter_not(short)
    assert built(app, "short").negate


def test_repartition(app, texts):
    texts.repartition(name="spread", partitions=3)
    node = built(app, "spread")
    assert isinstance(node, n.Repartition)
    assert node.partitions == 3


def test_joins(app, texts):
    users = app.table("users", key=str, value=str)

    @texts.join(users)
    def inner(text, user):
        return text + user

    texts.join(users, lambda key, text, user: text, how="left", with_key=True, name="left")
    assert inner("a", "b") == "ab"
    node = built(app, "inner")
    assert isinstance(node, n.StreamTableJoin)
    assert [parent.name for parent in node.parents] == ["texts", "users"]
    assert (node.left_outer, node.fn.with_key) == (False, False)
    node = built(app, "left")
    assert (node.left_outer, node.fn.with_key) == (True, True)


def test_processors(app, texts):
    seen = app.store("seen", key=str, value=int)

    @texts.process(store=seen)
    def relabel(record, context, seen) -> Iterator[Record[int, str]]:
        yield record

    texts.process_values(lambda record, context: [], name="same")
    assert list(relabel("record", None, {})) == ["record"]
    node = built(app, "relabel")
    assert type(node) is n.Process
    assert [store.name for store in node.fn.stores] == ["seen"]
    assert type(built(app, "same")) is n.ProcessValues


def test_sinks(app, texts):
    assert texts.to("fixed") is None
    texts.to(app.topic("described", partitions=2))

    @texts.to
    def chosen(text: str) -> str:
        return f"topic-{text}"

    texts.to(lambda key, text: key, with_key=True, name="by-key")
    assert isinstance(chosen, SinkStep)
    assert chosen("a") == "topic-a"
    graph = app.build()
    sinks = [node for node in graph.nodes if isinstance(node, n.Sink)]
    assert [sink.topic.name if sink.topic else sink.choose.name for sink in sinks] == [
        "fixed",
        "described",
        "chosen",
        "by-key",
    ]
    assert [sink.choose.with_key for sink in sinks[2:]] == [False, True]
    assert {topic.name: topic.partitions for topic in graph.topics} == {
        "texts": None,
        "fixed": None,
        "described": 2,
    }


def test_branches_come_in_order_and_the_default_last(app, texts):
    kinds = texts.split()

    @kinds.branch
    def empty(text):
        return not text

    kinds.branch(lambda key, text: key == text, with_key=True, name="same")
    rest = kinds.default(name="rest")
    rest.to("out")
    assert empty("")
    graph = app.build()
    split = next(node for node in graph.nodes if isinstance(node, n.Split))
    branches = [node for node in graph.nodes if node.parents == (split,)]
    assert [(node.name, node.fn is None) for node in branches] == [
        ("empty", False),
        ("same", False),
        ("rest", True),
    ]
    with pytest.raises(TopologyError, match="after the default, rest"):
        kinds.branch(short)
    with pytest.raises(TopologyError, match="has a default already: rest"):
        kinds.default()


def test_an_unknown_option_is_a_type_error_that_lists_the_known(texts):
    with pytest.raises(
        TypeError, match=r"filter\(\) got an unexpected option 'keep'; it takes name"
    ):
        texts.filter(short, keep=True)
    with pytest.raises(TypeError, match="unexpected option 'with_key'"):
        texts.process(with_key=True)
    with pytest.raises(TypeError, match="unexpected option 'value'"):
        texts.select_key(value=str)


def test_what_is_no_stream_or_table_is_refused_where_one_is_needed(app, texts):
    users = app.table("users", key=str, value=str)
    with pytest.raises(TopologyError, match=r"texts.merge: <Table users> is no stream"):
        texts.merge(users)
    with pytest.raises(TopologyError, match=r"texts.join: <Stream texts> is no table"):
        texts.join(texts)
    with pytest.raises(TopologyError, match="how='outer'; it can be 'inner' or 'left'"):
        texts.join(users, how="outer")
    with pytest.raises(TopologyError, match="0 partitions; a topic has at least one"):
        texts.repartition(name="none", partitions=0)


def test_steps_of_two_apps_do_not_mix(app, texts):
    other = Builder("other")
    foreign = other.stream("foreign", key=str, value=str)
    with pytest.raises(
        TopologyError, match="foreign belongs to the app 'other', this step to 'shop'"
    ):
        texts.merge(foreign)
    with pytest.raises(TopologyError, match="users belongs to the app 'other'"):
        texts.join(other.table("users", key=str, value=str), lambda a, b: a, name="joined")
