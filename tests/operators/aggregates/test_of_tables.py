"""Aggregates of grouped tables: subtracted, added, stored, passed on."""

import pytest

from streamz_core.codecs.carried.changes import Change, change_codec
from streamz_core.codecs.plain import INT
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import Task, ints
from tests.topology.graphs import Shop

HOP = "shop-sums-repartition"


def change(group, new, old, timestamp=0):
    return group.encode(), change_codec(INT).encode(Change(new, old)), timestamp, ()


def aggregated(rows, *, filtered=False, **more):
    """(group, value, timestamp) of what the aggregate puts out, and its task."""
    shop = Shop()
    sums = shop.sum_rows("sums", shop.regroup("by", shop.table("users")), **more)
    shop.to("out", shop.filter("some", sums) if filtered else sums)
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[1])
    task.run(HOP, rows)
    found = task.commit()["out"]
    return [
        (*pair, one[2]) for pair, one in zip(ints([f[:2] for f in found]), found, strict=True)
    ], task


def test_what_left_is_subtracted_before_what_came_is_added():
    seen = []

    def told(word):
        def fold(total, value):
            seen.append((word, total, value))
            return total + value if word == "add" else total - value

        return n.Func(fold, word)

    rows = [change("a", 5, None, 7), change("a", 6, 5, 3), change("a", None, 6, 9)]
    found, task = aggregated(rows, fn=told("add"), subtract=told("subtract"))
    assert found == [("a", 5, 7), ("a", 6, 7), ("a", 0, 9)]
    assert seen == [("add", 0, 5), ("subtract", 5, 5), ("add", 0, 6), ("subtract", 6, 6)]
    assert task.rows("sums") == [("a", 0, 9)]


def test_nothing_is_subtracted_from_a_group_that_is_not_there():
    found, task = aggregated([change("a", None, 5, 2), change("a", 1, 5, 3)])
    assert found == [("a", None, 2), ("a", 1, 3)]
    assert task.rows("sums") == [("a", 1, 3)]


def test_null_deletes_a_group_and_the_next_value_begins_it_anew():
    gone = n.Func(lambda total, value: None, "gone")
    rows = [change("a", 1, None), change("a", 5, 1), change("a", None, 5)]
    found, task = aggregated(rows, subtract=gone)
    assert [one[1] for one in found] == [1, 5, None]
    assert task.rows("sums") == []


def test_a_reduced_group_begins_with_a_value_itself():
    rows = [change("a", 3, None), change("a", 4, None), change("a", 5, 3)]
    found, _ = aggregated(rows, kind="reduce", initial=None)
    assert [one[1] for one in found] == [3, 7, 9]


def test_a_count_looks_at_no_value():
    shop_rows = [(b"a", b"?\1", 0, ()), (b"a", b"?\1", 0, ()), (b"a", b"\2??\2", 0, ())]
    shop_rows += [(b"a", b"?\0", 0, ()), (b"a", b"?\0", 0, ())]
    found, _ = aggregated(shop_rows, kind="count", fn=None, subtract=None)
    assert [one[1] for one in found] == [1, 2, 2, 1, 0]


def test_old_values_go_to_who_asks_for_them():
    rows = [change("a", -1, None), change("a", 5, None), change("a", None, 5)]
    found, _ = aggregated(rows, filtered=True)
    assert [one[1] for one in found] == [4, None], "below 1 before: nothing to delete"


@pytest.mark.parametrize("tail", [b"", b"\3"])
def test_bytes_that_are_no_change_stop_the_record(tail):
    with pytest.raises(Exception, match="a change ends with"):
        aggregated([(b"a", tail, 0, ())])
