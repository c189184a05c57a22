"""Joins of two tables."""

import pytest

from streamz_core.codecs.carried.subscriptions import response_codec, subscription_codec
from streamz_core.codecs.plain import INT, STR
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.faces.table import TableStep
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def users(app):
    return app.table("users", key=str, value=str)


@pytest.fixture
def ages(app):
    return app.table("ages", key=str, value=int)


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


def test_joins_are_methods_and_decorators(app, users, ages):
    @users.join(ages, materialized=memory())
    def inner(user: str, age: int) -> str:
        return user * age

    users.join(ages, lambda key, user, age: key, how="left", with_key=True, name="left")
    users.join(users, lambda one, other: one or other, how="outer", name="itself")
    assert isinstance(inner, TableStep)
    assert inner("a", 2) == "aa"
    nodes = [built(app, name) for name in ("inner", "left", "itself")]
    assert all(type(node) is n.TableTableJoin for node in nodes)
    outer = [(node.left_outer, node.right_outer) for node in nodes]
    assert outer == [(False, False), (True, False), (True, True)]
    assert (nodes[0].key, nodes[0].value) == (STR, STR)
    assert (nodes[0].materialized.name, nodes[0].materialized.memory) == ("inner", True)
    assert [parent.name for parent in nodes[1].parents] == ["users", "ages"]
    assert nodes[1].fn.with_key
    assert [parent.name for parent in nodes[2].parents] == ["users", "users"]


def test_a_join_that_keeps_nothing_needs_no_name_and_one_that_does_has_one(app, users, ages):
    users.join(ages, lambda user, age: user)
    assert built(app, "users.join").materialized is None
    with pytest.raises(TopologyError, match="a materialized join keeps a store under its name"):
        users.join(ages, lambda user, age: user, materialized=True)


def test_what_cannot_be_joined_is_told(app, users, ages):
    stream = app.stream("clicks", key=str, value=str)
    with pytest.raises(TopologyError, match=r"users.join: <Stream clicks> is no table"):
        users.join(stream)
    with pytest.raises(TopologyError, match="how='full'; it can be 'inner' or 'left' or 'outer'"):
        users.join(ages, how="full")
    numbers = app.table("numbers", key=int, value=int)
    users.join(numbers, lambda user, number: user, name="odd")
    with pytest.raises(TopologyError, match="odd: the key of users is written as str, that of nu"):
        app.build()


def test_a_join_by_foreign_key_is_three_steps_and_the_last_one_is_held(app, users, ages):
    @users.join(ages, on=lambda user: user[:1], materialized=True)
    def aged(user: str, age: int) -> str:
        return user * age

    users.join(
        users,
        lambda key, one, two: key,
        on=lambda key, one: key,
        how="left",
        with_key=True,
        name="b",
    )
    assert isinstance(aged, TableStep)
    assert aged("a", 2) == "aa"
    join, last = built(app, "aged"), built(app, "b")
    told, noted = join.parents[0].parents[0], join.parents[0]
    assert [type(one) for one in (told, noted, join)] == [
        n.Subscribe,
        n.Subscriptions,
        n.ForeignKeyJoin,
    ]
    assert [one.name for one in (told, noted)] == ["users.join", "aged-registration"]
    assert [parent.name for parent in noted.parents] == ["users.join", "ages"]
    assert (told.key, told.value, noted.key) == (STR, subscription_codec(STR), STR)
    assert (noted.value, noted.kept.name) == (response_codec(INT), "aged-subscriptions")
    assert (join.parents[1].name, join.key, join.value) == ("users", STR, STR)
    assert (join.materialized.name, join.left_outer, told.left_outer) == ("aged", False, False)
    assert (last.left_outer, last.parents[0].parents[0].left_outer) == (True, True)
    assert last.fn.with_key
    assert last.parents[0].parents[0].fn.with_key
    hops = [hop.topic for hop in make_plan(app.build()).hops]
    assert hops[:2] == ["shop-aged-registration-repartition", "shop-aged-response-repartition"]


def test_two_joins_by_one_function_are_apart_by_their_names(app, users, ages):
    def initial(user: str) -> str:
        return user[:1]

    for name in ("one", "two"):
        users.join(ages, lambda user, age: user, on=initial, name=name)
    assert {"one-registration", "two-registration"} <= {node.name for node in app.build().nodes}


def test_what_cannot_be_joined_by_foreign_key_is_told(app, users, ages):
    with pytest.raises(TopologyError, match="how='outer'; it can be 'inner' or 'left'"):
        users.join(ages, on=len, how="outer")
    with pytest.raises(TopologyError, match="keeps something under its name and has none"):
        users.join(ages, lambda user, age: user, on=lambda user: user)
    with pytest.raises(TopologyError, match=r"users.join: .* does not take what it is called with"):
        users.join(ages, lambda user, age: user, on=lambda: "", name="odd")

    def number(user: str) -> int:
        return len(user)

    users.join(ages, lambda user, age: user, on=number, name="odd")
    with pytest.raises(
        TopologyError, match=r"the key of users.join is written as int, that of ages"
    ):
        app.build()
