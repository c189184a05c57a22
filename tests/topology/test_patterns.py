"""What an app with patterns is when these topics are there: another one, with the same names."""

from __future__ import annotations

import re

import pytest

from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.partitions import resolve_partitions
from streamz_core.topology.patterns import matched_topics, patterned, source_of, with_topics
from streamz_core.topology.plan import make_plan
from tests.topology.graphs import Shop

ORDERS = re.compile("orders-.*")


def shop(*patterns: tuple[str, str]) -> tuple[Shop, list[n.Source]]:
    made = Shop()
    found = [
        made.add(n.Source, name, topics=(), pattern=re.compile(pattern))
        for name, pattern in patterns or [("orders", "orders-.*")]
    ]
    return made, found


def test_each_source_reads_what_its_pattern_matches_as_a_whole() -> None:
    made, (orders, users) = shop(("orders", "orders-.*"), ("users", "users|people"))
    made.stream("clicks")
    names = ["users", "orders-b", "orders", "my-orders-c", "orders-a", "people", "clicks"]
    found = matched_topics(made.graph(), names)
    assert found == {orders: ["orders-a", "orders-b"], users: ["people", "users"]}


def test_a_topic_that_two_patterns_match_is_told() -> None:
    made, _ = shop(("orders", "orders-.*"), ("new", ".*-new"))
    with pytest.raises(TopologyError, match=r"orders-new matches the pattern of orders and .* new"):
        matched_topics(made.graph(), ["orders-new"])


def test_the_app_with_topics_has_new_nodes_and_the_old_stores() -> None:
    made, (orders,) = shop()
    made.count("hits", made.rekey("by", orders))
    graph = made.graph()
    graph.topics.append(n.TopicRef("orders-a", partitions=3))
    found = with_topics(graph, {orders: ["orders-a", "orders-b"]})
    source, by, hits = found.nodes
    assert not set(found.nodes) & set(graph.nodes)
    assert (by.parents, hits.parents) == ((source,), (by,))
    assert hits.store is graph.nodes[2].store
    assert [(one.name, one.partitions) for one in source.topics] == [
        ("orders-a", 3),
        ("orders-b", None),
    ]
    assert [one.name for one in found.topics] == ["orders-a", "orders-b"]
    assert orders.topics == ()
    assert patterned(found) == [source]


def test_names_of_what_runs_do_not_depend_on_what_matches() -> None:
    made, (orders,) = shop()
    made.to("out", made.add(n.Merge, "both", orders, made.stream("zebras")))
    graph = made.graph()
    for topics in ([], ["orders-a"], ["aaa"]):
        plan = make_plan(with_topics(graph, {orders: topics}))
        assert [sub.name for sub in plan.subs] == ["orders"]
        assert [one.topic for one in plan.subs[0].inputs] == [*topics, "zebras"]
        assert "Source: orders (topics: orders-.*)" in plan.describe()


def test_a_source_is_found_by_a_name() -> None:
    made, (orders,) = shop()
    made.stream("clicks")
    assert source_of(made.graph(), "orders-x") is orders
    assert source_of(made.graph(), "clicks") is None


def test_as_long_as_nothing_matches_it_is_as_wide_as_a_topic_would_be() -> None:
    made, (orders,) = shop()
    made.count("hits", made.rekey("by", orders))
    graph = made.graph()
    nothing = resolve_partitions(make_plan(graph), {}, 4)
    assert (nothing.tasks, nothing.hops) == (
        {"orders": 4, "hits": 4},
        {"shop-hits-repartition": 4},
    )
    plan = make_plan(with_topics(graph, {orders: ["orders-a", "orders-b"]}))
    some = resolve_partitions(plan, {"orders-a": 2, "orders-b": 3}, 4)
    assert some.tasks == {"orders": 3, "hits": 3}
    stays = {"orders-a": 2, "orders-b": 3, "shop-hits-repartition": 2}
    assert resolve_partitions(plan, stays, 4).tasks == {"orders": 3, "hits": 2}
