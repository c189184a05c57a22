"""Partition counts of internal topics, and joins of topics that are not partitioned alike."""

import pytest

from streamz_core.errors import TopologyError, UnknownTopic
from streamz_core.topology import nodes as n
from streamz_core.topology.partitions import resolve_partitions
from streamz_core.topology.plan import make_plan
from tests.topology.graphs import Shop


def resolve(shop, **counts):
    return resolve_partitions(make_plan(shop.graph()), counts)


def test_a_hop_is_as_wide_as_the_widest_input_of_its_writers():
    shop = Shop()
    both = shop.add(n.Merge, "both", shop.stream("a"), shop.stream("b"))
    shop.count("hits", shop.rekey("by", both))
    found = resolve(shop, a=2, b=5)
    assert found.hops == {"shop-hits-repartition": 5}
    assert found.tasks == {"a": 5, "hits": 5}
    assert found.changelogs == {"shop-hits-changelog": 5}


def test_what_the_user_said_wins_and_goes_on_downstream():
    shop = Shop()
    spread = shop.add(n.Repartition, "spread", shop.stream("a"), partitions=7)
    shop.count("hits", shop.rekey("by", spread))
    found = resolve(shop, a=2)
    assert found.hops == {"shop-spread-repartition": 7, "shop-hits-repartition": 7}


def test_a_hop_before_a_join_is_as_wide_as_the_table():
    shop = Shop()
    shop.join("enriched", shop.rekey("by", shop.stream("a")), shop.table("users"))
    found = resolve(shop, a=2, users=3)
    assert found.hops == {"shop-enriched-left-repartition": 3}
    assert found.tasks == {"a": 2, "enriched": 3}


def test_what_a_foreign_key_join_tells_is_as_wide_as_the_table_it_goes_to():
    shop = Shop()
    shop.refer("joined", shop.table("orders"), shop.table("products"))
    found = resolve(shop, orders=2, products=5)
    assert found.hops == {
        "shop-joined-registration-repartition": 5,
        "shop-joined-response-repartition": 2,
    }
    assert found.tasks == {"joined": 2, "joined-registration": 5}


def test_tables_behind_hops_of_their_own_decide_how_wide_that_is():
    shop = Shop()
    orders = shop.count("orders", shop.rekey("a", shop.stream("in")))
    products = shop.count("products", shop.rekey("b", shop.stream("other")))
    shop.refer("joined", orders, products)
    found = resolve(shop, **{"in": 2, "other": 5})
    assert found.hops == {
        "shop-orders-repartition": 2,
        "shop-products-repartition": 5,
        "shop-joined-registration-repartition": 5,
        "shop-joined-response-repartition": 2,
    }


def test_joined_topics_must_have_equally_many_partitions():
    shop = Shop()
    shop.join("enriched", shop.stream("clicks"), shop.table("users"))
    with pytest.raises(TopologyError, match="not partitioned alike"):
        resolve(shop, clicks=2, users=3)
    assert resolve(shop, clicks=3, users=3).tasks == {"users": 3}


def test_the_error_names_both_topics_with_their_counts():
    shop = Shop()
    shop.join("enriched", shop.stream("clicks"), shop.table("users"))
    with pytest.raises(TopologyError) as caught:
        resolve(shop, clicks=2, users=3)
    for word in ("enriched", "clicks has 2", "users has 3"):
        assert word in str(caught.value)


def test_joins_that_share_a_table_are_one_group():
    shop = Shop()
    users = shop.table("users")
    shop.join("one", shop.rekey("by1", shop.stream("a")), users)
    shop.join("two", shop.stream("b"), users)
    with pytest.raises(TopologyError, match="users has 4 partitions, b has 2"):
        resolve(shop, a=1, b=2, users=4)
    assert resolve(shop, a=1, b=4, users=4).hops == {"shop-one-left-repartition": 4}


def test_a_table_behind_a_hop_takes_the_width_of_the_stream():
    shop = Shop()
    table = shop.add(n.ToTable, "last", shop.rekey("by", shop.stream("a")))
    shop.join("enriched", shop.stream("clicks"), table)
    assert resolve(shop, a=2, clicks=6).hops == {"shop-last-repartition": 6}


def test_two_hops_into_one_join_are_as_wide_as_the_wider_source():
    shop = Shop()
    table = shop.add(n.ToTable, "last", shop.rekey("by", shop.stream("a")))
    shop.join("enriched", shop.rekey("by2", shop.stream("b")), table)
    found = resolve(shop, a=2, b=6)
    assert found.hops == {"shop-last-repartition": 6, "shop-enriched-left-repartition": 6}


def test_what_lies_before_a_hop_is_not_tied_by_the_join_behind_it():
    shop = Shop()
    store = n.StoreSpec("seen", "plain")
    check = n.Func(iter, "check", stores=(store,))
    checked = shop.add(n.FlatMapValues, "check", shop.stream("a"), fn=check)
    joined = shop.join("enriched", shop.rekey("by", checked), shop.table("users"))
    shop.add(n.FlatMapValues, "again", joined, fn=check)
    found = resolve(shop, a=2, users=3)
    assert found.hops == {"shop-enriched-left-repartition": 3}


def test_a_merge_ties_nothing():
    shop = Shop()
    shop.to("out", shop.add(n.Merge, "both", shop.stream("a"), shop.stream("b")))
    assert resolve(shop, a=1, b=4).tasks == {"a": 4}


def test_a_missing_topic_is_named_with_its_reader():
    shop = Shop()
    shop.stream("clicks")
    with pytest.raises(UnknownTopic, match="clicks"):
        resolve(shop)


def test_a_hop_that_comes_back_to_where_it_began_is_as_wide_as_what_is_known():
    """As in Kafka: `stream.merge(stream.repartition())`, and a table beside a grouping of its own rows."""
    shop = Shop()
    stream = shop.stream("a")
    shop.add(n.Merge, "both", stream, shop.add(n.Repartition, "spread", stream))
    found = resolve(shop, a=3)
    assert found.hops == {"shop-spread-repartition": 3}
    assert found.tasks == {"spread": 3}
