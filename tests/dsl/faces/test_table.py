"""Operators of tables."""

import pytest

from streamz_core import App
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.faces.stream import Step, Stream
from streamz_core.dsl.faces.table import Table, TableStep
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def users(app):
    return app.table("users", key=str, value=str)


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


STEPS = {
    "filter": (n.TableFilter, "negate", False),
    "filter_not": (n.TableFilter, "negate", True),
    "map_values": (n.TableMapValues, "on_null", False),
    "transform_values": (n.TableMapValues, "on_null", True),
}


@pytest.mark.parametrize("op", STEPS)
def test_an_operator_is_a_method_and_a_decorator_with_and_without_options(app, users, op):
    kind, flag, value = STEPS[op]

    def bare(user):
        return user

    @getattr(users, op)(with_key=True, materialized=True)
    def kept(key, user):
        """What is kept."""
        return key + user

    steps = [
        getattr(users, op)(bare),
        kept,
        getattr(users, op)(lambda user: user, materialized=memory(), name="quick"),
    ]
    assert all(isinstance(step, TableStep) and isinstance(step, Table) for step in steps)
    assert kept("a", "b") == "ab"
    assert (kept.__name__, kept.__doc__) == ("kept", "What is kept.")
    assert repr(kept) == "<TableStep kept>"
    found = [built(app, name) for name in ("bare", "kept", "quick")]
    assert all(type(node) is kind and getattr(node, flag) is value for node in found)
    assert [node.fn.with_key for node in found] == [False, True, False]
    assert found[0].materialized is None
    assert (found[1].materialized.name, found[1].materialized.memory) == ("kept", False)
    assert (found[2].materialized.name, found[2].materialized.memory) == ("quick", True)


def test_a_value_may_be_transformed_with_its_context(app, users):
    @users.transform_values(with_context=True, with_key=True)
    def placed(key, user, context):
        return context.topic

    users.transform_values(lambda user: "", name="alone")
    assert (built(app, "placed").with_context, built(app, "placed").on_null) == (True, True)
    assert not built(app, "alone").with_context
    with pytest.raises(TopologyError, match=r"called with, \(value, context\)"):
        users.transform_values(lambda user: "", with_context=True)


def test_materialized_false_keeps_nothing(app, users):
    users.filter(bool, materialized=False)
    assert built(app, "bool").materialized is None


def test_a_table_becomes_a_stream_with_its_keys_or_others(app, users):
    plain = users.to_stream()
    named = users.to_stream(name="changes")

    @users.to_stream(with_key=True)
    def rekeyed(key, user):
        return key + user

    lengths = users.to_stream(len, key=int)
    assert all(isinstance(stream, Stream) for stream in (plain, named, lengths))
    assert isinstance(rekeyed, Step)
    assert rekeyed("a", "b") == "ab"
    nodes = app.build().nodes[1:]
    streams = [node.name for node in nodes if type(node) is n.ToStream]
    assert streams == ["users.to_stream", "changes", "users.to_stream", "users.to_stream"]
    keys = [node for node in nodes if type(node) is n.SelectKey]
    assert [(node.name, node.fn.with_key) for node in keys] == [("rekeyed", True), ("len", False)]


def test_a_new_key_is_made_of_what_the_function_asks_for():
    app = App("keys")
    users = app.table("users", key=str, value=str)
    users.to_stream(lambda user: user.upper(), key=str).to("by-value")
    users.to_stream(lambda key, user: key + user, with_key=True, key=str).to("by-both")
    with app.test() as test:
        test.topic("users").send("a", "b", timestamp=0)
        assert [record.key for record in test.topic("by-value").records()] == ["B"]
        assert [record.key for record in test.topic("by-both").records()] == ["ab"]


def test_a_stream_out_of_a_table_is_rekeyed_only_with_a_function(app, users):
    users.to_stream().to_table()
    with pytest.raises(TopologyError, match=r"the keys were changed.*say name="):
        users.to_stream(lambda user: user).to_table()


def test_sinks_of_tables(app, users):
    users.to("out")
    users.to(lambda user: user, name="chosen")
    fixed, chosen = app.build().nodes[1:]
    assert isinstance(fixed, n.Sink)
    assert fixed.topic.name == "out"
    assert chosen.topic is None
    assert chosen.choose is not None


def test_a_stream_as_a_table(app):
    clicks = app.stream("clicks", key=str, value=str)
    clicks.to_table(name="plain")
    clicks.to_table(name="kept", materialized=True)
    assert built(app, "plain").materialized is None
    assert built(app, "kept").materialized.name == "kept"
    assert isinstance(built(app, "kept"), n.ToTable)


def test_unknown_options_are_type_errors(users):
    for make in (
        lambda: users.filter(bool, store=1),
        lambda: users.to_stream(materialized=True),
        lambda: users.map_values(key=str),
    ):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            make()


def test_the_context_tells_time_and_place_of_what_changed_the_row():
    app = App("places")
    users = app.table("users", key=str, value=str)

    @users.transform_values(with_context=True, value=str)
    def placed(user, context):
        return f"{user} {context.topic}/{context.partition}@{context.offset} {context.timestamp}"

    placed.to("placed")
    with app.test() as test:
        test.topic("users").send("u", "ann", timestamp=7)
        test.topic("users").send("u", None, timestamp=9)
        found = [record.value for record in test.topic("placed").records()]
    assert found == ["ann users/0@0 7", "None users/0@1 9"]
