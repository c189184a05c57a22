"""Splits: the first branch that is true takes the record, the default branch what is left."""

from streamz_core.codecs.free import JSON
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


def test_no_branch_sees_what_the_test_of_another_did():
    shop = Shop()
    split = shop.add(n.Split, "kinds", shop.stream("in", value=JSON))

    def first(value):
        value.append(1)
        return value[0] == "first"

    def second(value):
        value.append(2)
        return value == ["second", 2]

    for fn in (first, second):
        arm = shop.add(n.Branch, fn.__name__, split, fn=n.Func(fn, fn.__name__))
        same = shop.add(n.MapValues, f"{fn.__name__}-map", arm, fn=n.Func(list, "same"))
        shop.to(fn.__name__, same)
    shop.to("rest", shop.add(n.Branch, "rest", split))
    task = task_of(shop)
    task.run("in", [(b"k", b'["%s"]' % word, 0, ()) for word in (b"first", b"second", b"other")])
    found = {topic: [one[1] for one in rows] for topic, rows in task.commit().items()}
    assert found == {
        "first": [b'["first",1]'],
        "second": [b'["second",2]'],
        "rest": [b'["other"]'],
    }
