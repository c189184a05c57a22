"""Joins of a stream with a table."""

import pytest

from streamz_core.dsl.builder import Builder
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n


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


def test_what_cannot_be_joined_is_told(texts, users):
    with pytest.raises(TopologyError, match=r"texts.join: <Stream texts> is no table"):
        texts.join(texts)
    with pytest.raises(TopologyError, match="how='outer'; it can be 'inner' or 'left'"):
        texts.join(users, how="outer")
    other = Builder("other").table("users", key=str, value=str)
    with pytest.raises(TopologyError, match="users belongs to the app 'other'"):
        texts.join(other, lambda a, b: a, name="joined")
