"""Hops: records without a key end here, unless a left join keeps them."""

from tests.compiler.harness import World, row
from tests.topology.graphs import Shop


def test_null_keys_end_at_a_hop_and_are_counted():
    shop = Shop()
    shop.count("hits", shop.rekey("by", shop.stream("in"), lambda value: None))
    world = World(shop.graph())
    world.send("in", row("a", 1))
    world.run()
    assert world.tasks["in"].dropped == {"null-key-repartition by": 1}


def test_a_left_join_behind_keeps_them():
    shop = Shop()
    stream = shop.rekey("by", shop.stream("in"), lambda value: None)
    shop.to("out", shop.join("joined", stream, shop.table("users"), left=True))
    world = World(shop.graph())
    world.send("in", row("a", 1))
    world.run()
    assert [(topic, one[0]) for topic, one in world.out] == [("out", None)]
