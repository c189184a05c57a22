"""What passes through unchanged: bytes, time, headers, order of parents."""

from streamz_core.topology import nodes as n
from tests.compiler.harness import World, row, task_of
from tests.topology.graphs import Shop

TAGS = (("h", b"x"),)


def test_a_merge_gives_the_records_of_both_as_they_came():
    shop = Shop()
    both = shop.add(n.Merge, "both", shop.stream("one"), shop.stream("two"))
    shop.to("out", both)
    task = task_of(shop)
    task.run("two", [row("a", 2, 5, TAGS)])
    task.run("one", [row(None, None, 4)])
    assert task.commit()["out"] == [row("a", 2, 5, TAGS), row(None, None, 4)]


def test_a_repartition_gives_them_behind_its_topic():
    shop = Shop()
    shop.to("out", shop.add(n.Repartition, "again", shop.stream("in")))
    world = World(shop.graph())
    world.send("in", row("a", 2, 5, TAGS))
    world.run()
    assert world.out == [("out", row("a", 2, 5, TAGS))]
