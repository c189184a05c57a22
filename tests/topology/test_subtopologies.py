"""Which nodes run together, and what that is called."""

import pytest

from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.topology.graphs import Shop


def names(shop):
    return {sub.name: [node.name for node in sub.nodes] for sub in make_plan(shop.graph()).subs}


def test_a_hop_cuts():
    shop = Shop()
    shop.to("out", shop.count("hits", shop.rekey("by", shop.stream("clicks"))))
    assert names(shop) == {"clicks": ["clicks", "by"], "hits": ["hits", "to-out"]}


def test_a_hop_begins_at_its_first_record_whatever_its_source_says():
    shop = Shop()
    shop.count("hits", shop.rekey("by", shop.stream("clicks", reset=n.OffsetReset("latest"))))
    resets = {one.topic: one.reset for sub in make_plan(shop.graph()).subs for one in sub.inputs}
    assert resets == {"clicks": n.OffsetReset("latest"), "shop-hits-repartition": n.EARLIEST}


def test_a_joined_table_runs_with_the_stream():
    shop = Shop()
    users = shop.table("users")
    shop.join("enriched", shop.stream("clicks"), users)
    assert names(shop) == {"users": ["users", "clicks", "enriched"]}


def test_a_shared_store_ties_streams_together():
    shop = Shop()
    store = n.StoreSpec("seen", "plain")
    for topic in ("a", "b"):
        fn = n.Func(iter, f"check-{topic}", stores=(store,))
        shop.add(n.Process, f"check-{topic}", shop.stream(topic), fn=fn)
    assert names(shop) == {"check-a": ["a", "check-a", "b", "check-b"]}


def test_streams_that_share_nothing_run_apart():
    shop = Shop()
    shop.to("x", shop.stream("a"))
    shop.to("y", shop.stream("b"))
    assert names(shop) == {"a": ["a", "to-x"], "b": ["b", "to-y"]}


def test_a_topic_of_the_user_cuts_too():
    shop = Shop()
    shop.to("middle", shop.stream("a"))
    shop.to("out", shop.stream("middle"))
    assert list(names(shop)) == ["a", "middle"]


def test_the_step_that_made_the_hop_names_what_is_behind_it():
    shop = Shop()
    by = shop.rekey("by", shop.stream("clicks"))
    hits = shop.count("hits", by, grouping="urls")
    shop.count("again", hits)
    assert list(names(shop)) == ["clicks", "urls"]


def test_else_the_smallest_stateful_step_does():
    shop = Shop()
    clicks = shop.stream("clicks")
    shop.count("views", clicks)
    shop.count("hits", clicks)
    assert list(names(shop)) == ["hits"]


def test_a_stateless_part_gives_way_to_a_stateful_one_of_the_same_name():
    shop = Shop()
    shop.to("hits", shop.count("hits", shop.stream("clicks")))
    shop.to("out", shop.stream("hits"))
    assert list(names(shop)) == ["hits", "hits-topic"]


def test_two_stateful_parts_of_one_name_are_refused():
    shop = Shop()
    shop.count("urls", shop.stream("clicks"))
    by = shop.rekey("by", shop.stream("other"))
    shop.count("hits", by, grouping="urls")
    with pytest.raises(TopologyError, match="'urls'"):
        make_plan(shop.graph())


def test_names_do_not_depend_on_the_order_of_declaration():
    forward, backward = Shop(), Shop()
    for shop, topics in ((forward, ("a", "b")), (backward, ("b", "a"))):
        for topic in topics:
            shop.count(f"count-{topic}", shop.rekey(f"by-{topic}", shop.stream(topic)))
    assert sorted(names(forward)) == sorted(names(backward)) == ["a", "b", "count-a", "count-b"]
