"""Aggregates by key: what is dropped, what is stored, what goes on."""

from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def test_null_keys_and_values_are_dropped_by_reason():
    shop = Shop()
    shop.to("out", shop.count("hits", shop.stream("in")))
    task = task_of(shop)
    task.run("in", [row("a", 1, 5), row(None, 1), row("a", None), row("b", 1), row("a", 1, 3)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("b", 1), ("a", 2)]
    assert task.rows("hits") == [("a", 2, 5), ("b", 1, 0)]
    assert task.dropped == {"null-key hits": 1, "null-value hits": 1}


def test_old_values_go_to_who_asks_for_them():
    shop = Shop()
    shop.to("out", shop.filter("few", shop.count("hits", shop.stream("in"))))
    task = task_of(shop)
    task.run("in", [row("a", 1), row("a", 1)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("a", 2)]
