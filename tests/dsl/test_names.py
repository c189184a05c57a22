"""Names come from functions, topics and name=; two of the same in an app are told with a way out."""

import pytest

from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.declared.windows import tumbling
from streamz_core.errors import TopologyError


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def texts(app):
    return app.stream("texts", key=str, value=str)


@pytest.fixture
def users(app):
    return app.table("users", key=str, value=str)


def names(app):
    return [node.name for node in app.build().nodes]


def short(text):
    return len(text) < 5


def test_unnamed_steps_show_where_they_hang(app, texts):
    texts.filter(lambda text: True).map_values(lambda text: text).to("out")
    nodes = app.build().nodes
    assert [(node.name, node.named) for node in nodes] == [
        ("texts", True),
        ("texts.filter", False),
        ("texts.filter.map_values", False),
        ("texts.filter.map_values.to", False),
    ]


def test_a_name_does_not_depend_on_what_stands_before(app, texts):
    one = names(app)
    other = Builder("shop")
    other.stream("more").peek(print).to("elsewhere")
    texts = other.stream("texts", key=str, value=str)
    texts.filter(lambda text: True)
    assert [name for name in names(other) if name.startswith("texts")] == [*one, "texts.filter"]


def test_an_underscore_names_nothing(app, texts):
    for _ in range(2):

        @texts.filter
        def _(text):
            return True

    assert names(app)[1:] == ["texts.filter", "texts.filter"]


def test_a_stream_of_several_topics_is_named_by_all(app):
    app.stream(["a", "b"])
    assert names(app) == ["a+b"]


STATEFUL = {
    "count": lambda s, t: s.group_by_key().count(),
    "reduce": lambda s, t: s.group_by_key().reduce(lambda a, b: b),
    "aggregate": lambda s, t: s.group_by_key().aggregate(lambda a, v: a, initial=int),
    "window": lambda s, t: s.group_by_key().window(tumbling("1m")).count(),
    "join": lambda s, t: s.join(t, lambda a, b: a),
    "repartition": lambda s, t: s.repartition(),
    "to_table": lambda s, t: s.select_key(lambda v: v).to_table(),
    "materialized to_table": lambda s, t: s.to_table(materialized=True),
    "materialized filter": lambda s, t: t.filter(lambda v: True, materialized=True),
    "materialized map": lambda s, t: t.map_values(lambda v: v, materialized=memory()),
}


@pytest.mark.parametrize("make", STATEFUL.values(), ids=STATEFUL)
def test_what_keeps_something_needs_a_name(texts, users, make):
    with pytest.raises(TopologyError, match=r"say name="):
        make(texts, users)


def test_a_table_out_of_a_stream_whose_keys_stayed_needs_none(app, texts):
    texts.to_table()
    assert names(app) == ["texts", "texts.to_table"]


def test_two_steps_of_one_name_are_told_with_their_places(app, texts, users):
    def other():
        def short(text):
            return text

        return short

    texts.filter(short)
    users.filter(other())
    with pytest.raises(
        TopologyError,
        match=r"texts\.filter and users\.filter are both named 'short'; rename .* name=\.\.\.",
    ):
        app.build()


def test_two_aggregates_of_one_name_are_an_error_even_of_one_function(app, texts):
    def fold(total, text):
        return total

    for stream in (texts, texts.filter(short)):
        stream.group_by_key().aggregate(fold, initial=int)
    with pytest.raises(TopologyError, match="are both named 'fold'"):
        app.build()


def test_one_function_in_several_steps_that_keep_nothing_names_none_of_them(app, texts, users):
    for parent in (texts, users, texts.peek(print, name="peeked")):
        parent.filter(short)
    assert names(app) == [
        "texts",
        "users",
        "peeked",
        "texts.filter",
        "users.filter",
        "peeked.filter",
    ]


def test_but_not_if_one_of_them_keeps_something(app, texts, users):
    texts.filter(short)
    users.filter(short, materialized=True)
    with pytest.raises(TopologyError, match="are both named 'short'"):
        app.build()


def test_a_step_and_a_topic_or_a_store_of_one_name_are_told(app, texts):
    texts.filter(short, name="texts")
    with pytest.raises(TopologyError, match=r"app\.stream\('texts'\) and texts\.filter are both"):
        app.build()
    app = Builder("shop")
    app.store("kept", key=str, value=str)
    app.stream("topic").filter(short, name="kept")
    with pytest.raises(
        TopologyError, match=r"topic.filter and a declared store are both named 'kept'"
    ):
        app.build()


def grouping(node):
    return node.grouping


def test_a_named_grouping_is_known_to_its_aggregates(app, texts):
    @texts.group_by
    def by_size(text):
        return len(text)

    by_size.count(name="sizes")
    by_size.reduce(lambda old, new: new, name="latest")
    texts.group_by_key(name="same").count(name="counts")
    texts.group_by(lambda text: text).count(name="plain")
    assert by_size("abc") == 3
    found = {node.name: node for node in app.build().nodes}
    assert [found[name].grouping for name in ("sizes", "latest", "counts", "plain")] == [
        "by_size",
        "by_size",
        "same",
        None,
    ]
    assert "texts.group_by" in found, "the step that makes the key is no thing of its own"
    assert found["sizes"].parents == found["latest"].parents


def test_an_aggregate_may_be_called_as_its_own_grouping(app, texts):
    texts.group_by(short).count(name="short")
    app.build()


def test_groupings_of_one_name_are_told(app, texts):
    texts.group_by(short).count(name="one")
    texts.filter(len).group_by(short).count(name="two")
    with pytest.raises(TopologyError, match=r"the groupings .* are both named 'short'.*group once"):
        app.build()


def test_a_grouping_named_as_another_step_is_told(app, texts):
    texts.group_by(short).count(name="one")
    texts.filter(short)
    with pytest.raises(
        TopologyError, match=r"the grouping .* and texts.filter are both named 'short'"
    ):
        app.build()


def test_a_grouping_named_as_the_aggregate_of_another_is_told(app, texts):
    texts.group_by(short).count(name="one")
    texts.group_by_key().count(name="short")
    with pytest.raises(TopologyError, match=r"the grouping .* are both named 'short'"):
        app.build()


ILLEGAL = ["", ".", "..", "a/b", "../a", "a b", "ä", "a\0", "x" * 101, 5]


@pytest.mark.parametrize("name", ILLEGAL, ids=repr)
def test_names_that_cannot_be_topics_are_refused(app, texts, name):
    for make in (
        lambda: Builder(name),
        lambda: app.store(name, key=str, value=str),
        lambda: texts.group_by_key().count(name=name),
        lambda: texts.repartition(name=name),
        lambda: texts.group_by_key(name=name),
        lambda: texts.to_table(name=name, materialized=True),
    ):
        with pytest.raises(TopologyError, match=r"names consist of letters|say name="):
            make()


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 250])
def test_topics_are_called_as_on_kafka(app, texts, name):
    for make in (app.topic, app.stream, app.table, texts.to):
        with pytest.raises(TopologyError, match="a topic is named"):
            make(name)
    app.topic("x" * 249)
