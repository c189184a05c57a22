"""Local functions: where lines are too deep, or are reached on more than one way."""

import re

from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.entries import BatchEntry
from streamz_core.compiler.function import reached_twice
from streamz_core.topology import nodes as n
from streamz_core.topology.edges import Edge
from streamz_core.topology.plan import make_plan
from streamz_core.topology.windows import TimeWindows
from tests.compiler.harness import ints, row, run, task_of
from tests.topology.graphs import Shop


def test_a_local_function_takes_only_what_its_lines_use():
    shop = Shop()
    shop.add(n.Peek, "look", shop.stream("in"), fn=n.Func(lambda value: None, "look"))
    text = task_of(shop, fused=False).program.text
    assert re.search(r"def look2?\(value\w*\):", text), text


def test_ways_are_counted_by_port_and_end_at_hops():
    shop = Shop()
    source = shop.stream("in")
    both = shop.add(n.Merge, "both", source, source)
    last = shop.filter("last", both)
    shop.count("hits", shop.rekey("by", last))
    plan = make_plan(shop.graph())
    found = reached_twice(BatchEntry(plan.subs[0].inputs[0]), plan.children)
    assert found == {Edge(both)}


def test_what_is_handed_on_in_two_places_is_reached_twice():
    for how, behind, expected in (
        ("inner", True, False),
        ("left", True, True),
        ("left", False, False),  # what nothing is behind is written again
    ):
        shop = Shop()
        joined = shop.meet("joined", shop.stream("a"), shop.stream("b"), how=how)
        last = shop.filter("last", joined)
        if behind:
            shop.to("out", last)
        plan = make_plan(shop.graph())
        found = reached_twice(BatchEntry(plan.subs[0].inputs[0]), plan.children)
        assert (Edge(last) in found) is expected


def test_a_long_chain_is_no_problem():
    shop = Shop()
    node = shop.stream("in")
    for at in range(120):
        node = shop.add(n.FlatMapValues, f"f{at}", node, fn=n.Func(lambda value: [value + 1], "f"))
    shop.to("out", node)
    assert ints(run(shop, "in", [row("a", 0)])) == [("a", 120)]


def test_a_node_reached_twice_is_one_function():
    shop = Shop()
    source = shop.stream("in")
    more = shop.add(n.MapValues, "more", source, fn=n.Func(lambda value: value + 1, "more"))
    both = shop.add(n.Merge, "both", source, more)
    shop.to("out", shop.add(n.MapValues, "tens", both, fn=n.Func(lambda v: v * 10, "tens")))
    task = task_of(shop)
    task.run("in", [row("a", 1), row("b", 2)])
    got = [written[:2] for written in task.commit()["out"]]
    assert ints(got) == [("a", 20), ("a", 10), ("b", 30), ("b", 20)]


def test_operator_time_is_kept_inside_a_function():
    shop = Shop()
    source = shop.stream("in")
    both = shop.add(n.Merge, "both", source, shop.filter("some", source))
    spec = n.StoreSpec("w", "window", STR, INT, retention_ms=10, window=TimeWindows(10, 10))
    shop.add(n.Aggregate, "w", both, kind="count", store=spec, window=TimeWindows(10, 10))
    task = task_of(shop)
    task.run("in", [row("a", 1, 35), row("a", 1, 5)])
    assert task.dropped == {"late w": 2}
    assert task.bound.position() == {"observed:w": 35}


def test_unfused_text_has_a_function_for_each_node():
    shop = Shop()
    shop.to("out", shop.filter("some", shop.stream("in")))
    fused, unfused = (task_of(shop, fused=fused).program.text for fused in (True, False))
    for name in ("in2", "some", "to_out"):
        assert f"def {name}(" in unfused
        assert f"def {name}(" not in fused
