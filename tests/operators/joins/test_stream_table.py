"""Joins of a stream with a table: what is dropped, what a left join keeps."""

from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def test_drops_are_counted_by_reason():
    shop = Shop()
    source = shop.stream("in")
    shop.count("total", source)
    shop.join("joined", source, shop.table("users"))
    task = task_of(shop)
    task.run("in", [row(None, 1), row("a", None)])
    assert task.dropped == {
        "null-key total": 1,
        "null-value total": 1,
        "null-key joined": 1,
        "null-value joined": 1,
    }


def results(left, rows):
    shop = Shop()
    shop.to("out", shop.join("joined", shop.stream("in"), shop.table("users"), left=left))
    task = task_of(shop)
    task.run("users", [row("a", 1, 50)])
    task.run("in", rows)
    return task.commit().get("out", []), task.dropped


def test_an_inner_join_drops_what_it_does_not_find():
    out, dropped = results(False, [row("a", 10, 7), row("b", 10, 8)])
    assert ints([one[:2] for one in out]) == [("a", 11)]
    assert out[0][2] == 7
    assert not dropped


def test_a_left_join_joins_with_none_null_keys_too():
    out, dropped = results(True, [row("b", 10), row(None, 20), row("a", None)])
    assert ints([one[:2] for one in out]) == [("b", 10), (None, 20)]
    assert dropped == {"null-value joined": 1}
