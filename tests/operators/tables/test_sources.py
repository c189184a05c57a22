"""Tables of a topic or a stream: every row that comes is the row, deletes too."""

from streamz_core.codecs.plain import INT
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
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
