"""Where the records go that functions make: to all steps behind, or to one by its name."""

import pytest

from streamz_core.errors import Misuse
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def routed(children, *, rekey=False):
    """in -> the child that the value names -> out0, out1."""
    shop = Shop()
    fn = n.Func(lambda record, _: [record.to(children[record.value])], "route")
    route = shop.add(n.Process, "route", shop.stream("in"), fn=fn)
    for at in range(2):
        child = shop.add(n.MapValues, f"c{at}", route, fn=n.Func(lambda value: value + 10, "c"))
        shop.to(f"out{at}", child)
    return shop


@pytest.mark.parametrize("fused", [True, False])
def test_one_child_by_its_name(fused):
    task = task_of(routed(["c0", "c1", None]), fused=fused)
    task.run("in", [row("a", 0), row("b", 1), row("c", 2)])
    written = {topic: ints([one[:2] for one in rows]) for topic, rows in task.commit().items()}
    assert written == {"out0": [("a", 10), ("c", 12)], "out1": [("b", 11), ("c", 12)]}


def test_what_reads_behind_a_hop_is_named_as_well():
    shop = Shop()
    fn = n.Func(lambda record, _: [record.to("hits")], "route")
    route = shop.add(n.Process, "route", shop.stream("in"), fn=fn)
    shop.count("hits", route)
    shop.to("out", route)
    from streamz_core.topology.plan import make_plan
    from tests.compiler.harness import Task

    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("in", [row("a", 0)])
    assert {topic: len(rows) for topic, rows in task.commit().items()} == {
        "shop-hits-repartition": 1,
        "out": 0,
    }


def test_a_step_that_is_not_behind_is_refused_with_those_that_are():
    task = task_of(routed(["in"]))
    with pytest.raises(Misuse, match=r"route gives a record to the step 'in', .* \(c0, c1 is\)"):
        task.run("in", [row("a", 0)])


def test_a_record_that_goes_on_names_nobody_any_more():
    shop = Shop()
    seen = []
    route = shop.add(
        n.Process, "route", shop.stream("in"), fn=n.Func(lambda r, _: [r.to("look")], "route")
    )
    look = n.Func(lambda record, _: seen.append(record.child), "look")
    shop.add(n.Process, "look", route, fn=look)
    task_of(shop).run("in", [row("a", 0)])
    assert seen == [None]
