"""Splits: the first branch that is true takes the record, the default branch what is left."""

from streamz_core.topology import nodes as n
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop


def test_the_default_branch_comes_last_wherever_it_was_declared():
    shop = Shop()
    split = shop.add(n.Split, "kinds", shop.stream("in"))
    shop.to("rest", shop.add(n.Branch, "rest", split))
    fn = n.Func(lambda value: value > 1, "big")
    shop.to("out", shop.add(n.Branch, "big", split, fn=fn))
    task = task_of(shop)
    task.run("in", [row("a", 1), row("b", 2)])
    found = {topic: [one[0] for one in rows] for topic, rows in task.commit().items()}
    assert found == {"rest": [b"a"], "out": [b"b"]}
