"""Streams merged, split and partitioned anew."""

import pytest

from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n


def short(text: str) -> bool:
    """Whether it is short."""
    return len(text) < 5


def test_repartition(texts, built):
    texts.repartition(name="spread", partitions=3)
    node = built("spread")
    assert isinstance(node, n.Repartition)
    assert node.partitions == 3


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


def test_merged_streams_are_of_one_kind_and_app(texts, users):
    with pytest.raises(TopologyError, match=r"texts.merge: <Table users> is no stream"):
        texts.merge(users)
    with pytest.raises(TopologyError, match=r"texts.merge: 'more' is no stream"):
        texts.merge("more")


def test_a_topic_has_partitions(texts):
    with pytest.raises(TopologyError, match="none: partitions=0; it is a whole number from 1 to"):
        texts.repartition(name="none", partitions=0)
    with pytest.raises(TopologyError, match="say name="):
        texts.repartition(partitions=2)
