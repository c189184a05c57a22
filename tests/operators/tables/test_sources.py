"""Tables of a topic or a stream: every row that comes is the row, deletes too."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import Task, ints, row, task_of
from tests.topology.graphs import Shop


def test_rows_are_stored_in_order_of_arrival_and_null_keys_dropped():
    shop = Shop()
    shop.table("users", "users")
    task = task_of(shop)
    task.run("users", [row("a", 1, 9), row("a", 2, 5), row("b", 3), row("b", None), row(None, 1)])
    task.commit()
    assert task.rows("users") == [("a", 2, 5)]
    assert task.dropped == {"null-key users": 1}


def test_a_table_that_nobody_asks_keeps_no_rows_and_passes_changes_on():
    shop = Shop()
    shop.to("out", shop.table("users"))
    task = task_of(shop)
    task.run("users", [row("a", 1), row("a", None)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("a", None)]
    assert task.stores == {}


def test_a_stream_becomes_a_table():
    shop = Shop()
    spec = n.StoreSpec("last", "timestamped", shop.stream("in").key, INT)
    shop.add(n.ToTable, "last", shop.nodes[0], materialized=spec)
    task = task_of(shop)
    task.run("in", [row("a", 1, 3), row("a", 2, 4)])
    task.commit()
    assert task.rows("last") == [("a", 2, 4)]


@pytest.mark.parametrize("how", ["go on", "restart"])
def test_who_asks_for_the_old_value_gets_it_as_it_came(how):
    """Whether its row was in memory or not."""
    shop = Shop()
    shop.sum_rows("sums", shop.regroup("by", shop.table("users"), lambda value: "one"))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("users", [row("a", 1)])
    task.commit()
    if how == "restart":
        task.restart()
    task.run("users", [row("a", 2)])
    ((_, change, *_),) = task.commit()["shop-sums-repartition"]
    assert change == b"\x10" + INT.encode(2) + INT.encode(1) + b"\2"


def test_old_values_of_a_table_of_objects_have_bytes_made_for_them():
    shop = Shop()
    doubled = shop.add(
        n.MapValues, "doubled", shop.stream("in"), fn=n.Func(lambda value: value * 2, "doubled")
    )
    table = shop.add(n.ToTable, "last", doubled)
    shop.sum_rows("sums", shop.regroup("by", table, lambda value: "one"))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("in", [row("a", 1), row("a", 2)])
    changes = [change for _, change, *_ in task.commit()["shop-sums-repartition"]]
    assert changes[1] == b"\x10" + INT.encode(4) + INT.encode(2) + b"\2"
