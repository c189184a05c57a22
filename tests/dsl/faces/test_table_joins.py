"""Joins of two tables."""

import pytest

from streamz_core.codecs.plain import STR
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.faces.table import TableStep
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n


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
