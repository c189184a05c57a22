"""The plan as a whole: inputs, outputs, stores, and what is refused."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.topology.graphs import Shop


def shop_of_hits():
    shop = Shop()
    users = shop.table("users")
    clicks = shop.stream("clicks")
    joined = shop.join("enriched", clicks, users, left=True)
    shop.to("out", shop.count("hits", shop.rekey("by", joined)))
    return shop


def test_inputs_outputs_and_stores_of_each_part():
    plan = make_plan(shop_of_hits().graph())
    first, second = plan.subs
    assert [entry.topic for entry in first.inputs] == ["users", "clicks"]
    assert first.outputs == ["shop-hits-repartition"]
    assert [spec.name for spec in first.stores] == ["users"]
    assert [entry.topic for entry in second.inputs] == ["shop-hits-repartition"]
    assert second.outputs == ["out"]
    assert [spec.name for spec in second.stores] == ["hits"]
    assert list(plan.stores) == ["users", "hits"]


def test_the_hop_knows_both_ends():
    plan = make_plan(shop_of_hits().graph())
    (hop,) = plan.hops
    assert (plan.source(hop).name, plan.target(hop).name) == ("users", "hits")
    assert plan.changelog("hits") == "shop-hits-changelog"


def test_every_topic_is_written_by_steps_whose_names_are_known():
    shop = shop_of_hits()
    shop.add(n.Sink, "chosen", shop.nodes[-1], choose=n.Func(str, "choose"))
    shop.add(n.Sink, "again", shop.nodes[-2], topic=n.TopicRef("out"))
    plan = make_plan(shop.graph())
    first, second = plan.subs
    assert plan.writers(first) == {
        "shop-users-changelog": ["users"],
        "shop-hits-repartition": ["by"],
    }
    assert plan.writers(second) == {
        "shop-hits-changelog": ["hits"],
        "out": ["to-out", "again"],
        "": ["chosen"],
    }


def test_a_hidden_store_has_the_codecs_of_its_table():
    spec = make_plan(shop_of_hits().graph()).stores["users"]
    assert (spec.kind, spec.key, spec.value) == ("timestamped", STR, INT)


def test_an_extractor_belongs_to_the_topic_of_the_user():
    shop = Shop()
    clicks = shop.stream("clicks", extractor=max)
    shop.count("hits", shop.rekey("by", clicks))
    first, second = make_plan(shop.graph()).subs
    assert first.inputs[0].extractor is max
    assert second.inputs[0].extractor is None


def test_a_chosen_topic_makes_the_outputs_unknown():
    shop = Shop()
    shop.add(n.Sink, "to", shop.stream("clicks"), choose=n.Func(str, "choose"))
    assert make_plan(shop.graph()).subs[0].dynamic


def test_two_stores_of_one_name_are_refused_and_both_steps_named():
    shop = Shop()
    clicks = shop.stream("clicks")
    shop.count("hits", clicks)
    shop.table("users", store="hits")
    with pytest.raises(TopologyError, match="hits and users both have a store named 'hits'"):
        make_plan(shop.graph())


def test_a_topic_is_read_once():
    shop = Shop()
    shop.stream("clicks")
    shop.table("clicks")
    with pytest.raises(TopologyError, match="topic clicks is read by clicks and by clicks"):
        make_plan(shop.graph())


def test_a_source_without_codecs_is_refused():
    shop = Shop()
    shop.stream("clicks", value=None)
    with pytest.raises(TopologyError, match="topic clicks: no codec"):
        make_plan(shop.graph())
