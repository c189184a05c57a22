"""Joins of a stream with a table, and with another stream."""

import pytest

from streamz_core.codecs.plain import STR
from streamz_core.dsl.builder import Builder
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import JoinWindows


def test_joins(app, texts, built):
    users = app.table("users", key=str, value=str)

    @texts.join(users)
    def inner(text, user):
        return text + user

    texts.join(users, lambda key, text, user: text, how="left", with_key=True, name="left")
    assert inner("a", "b") == "ab"
    node = built("inner")
    assert isinstance(node, n.StreamTableJoin)
    assert [parent.name for parent in node.parents] == ["texts", "users"]
    assert (node.left_outer, node.fn.with_key) == (False, False)
    node = built("left")
    assert (node.left_outer, node.fn.with_key) == (True, True)


def test_joins_of_two_streams(app, texts, built):
    clicks = app.stream("clicks", key=str, value=int)

    @texts.join(clicks, within="10s", after="20s", grace="1s")
    def inner(text: str, click: int) -> str:
        return text * click

    texts.join(clicks, lambda k, a, b: k, how="left", with_key=True, name="left", within=1)
    texts.join(texts, lambda a, b: a or b, how="outer", name="itself", before="1s", after="-1s")
    assert inner("a", 2) == "aa"
    node = built("inner")
    assert isinstance(node, n.StreamStreamJoin)
    assert [parent.name for parent in node.parents] == ["texts", "clicks"]
    assert node.windows == JoinWindows(10_000, 20_000, 1_000)
    assert (node.key, node.value) == (STR, STR)
    sides = [
        (each.left_outer, each.right_outer) for each in map(built, ("inner", "left", "itself"))
    ]
    assert sides == [(False, False), (True, False), (True, True)]
    assert built("left").fn.with_key
    assert [parent.name for parent in built("itself").parents] == ["texts", "texts"]


def test_what_cannot_be_joined_is_told(texts, users):
    with pytest.raises(
        TopologyError, match=r"texts.join: 'users' is no table and no global table and no stream"
    ):
        texts.join("users")
    with pytest.raises(TopologyError, match=r"texts.join: a join of two streams needs within="):
        texts.join(texts)
    with pytest.raises(TopologyError, match="how='full'; it can be 'inner' or 'left' or 'outer'"):
        texts.join(texts, how="full", within="1s")
    with pytest.raises(TopologyError, match="are of joins of two streams; users is a table"):
        texts.join(users, within="1s")
    with pytest.raises(TopologyError, match="how='outer'; it can be 'inner' or 'left'"):
        texts.join(users, how="outer")
    other = Builder("other").table("users", key=str, value=str)
    with pytest.raises(TopologyError, match="users belongs to the app 'other'"):
        texts.join(other, lambda a, b: a, name="joined")
