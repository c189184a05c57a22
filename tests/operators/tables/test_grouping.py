"""Rows by another key: which changes go to which group, and in which order."""

import pytest

from streamz_core.codecs.carried.changes import Change, change_codec
from streamz_core.codecs.plain import INT, STR
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import Task, row
from tests.topology.graphs import Shop

HOP = "shop-sums-repartition"
CHANGES = change_codec(INT)


def grouping(rows, node=lambda shop, users: shop.regroup("by", users)):
    """What goes to the groups of a table: (group, change, timestamp)."""
    shop = Shop()
    shop.sum_rows("sums", node(shop, shop.table("users")))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("users", rows)
    found = task.commit().get(HOP, [])
    return [(key.decode(), CHANGES.decode(value), ts) for key, value, ts, _ in found]


def test_a_row_that_stays_in_its_group_is_one_change():
    rows = [row("a", 11, 1), row("a", 21, 2)]
    assert grouping(rows) == [("1", Change(11, None), 1), ("1", Change(21, 11), 2)]


def test_a_row_that_moves_leaves_before_it_comes():
    rows = [row("a", 11, 1), row("a", 12, 2), row("a", None, 3)]
    assert grouping(rows) == [
        ("1", Change(11, None), 1),
        ("1", Change(None, 11), 2),
        ("2", Change(12, None), 2),
        ("2", Change(None, 12), 3),
    ]


def test_a_delete_of_what_was_not_there_is_nothing_to_groups():
    assert grouping([row("a", None)]) == []


def test_a_row_without_a_key_there_is_in_no_group():
    def odd(value):
        return str(value) if value % 2 else None

    rows = [row("a", 1), row("a", 2), row("a", 3), row("b", 4)]
    found = grouping(rows, lambda shop, users: shop.regroup("by", users, odd))
    assert [one[:2] for one in found] == [
        ("1", Change(1, None)),
        ("1", Change(None, 1)),
        ("3", Change(3, None)),
    ]


def test_functions_may_give_pairs_and_take_the_key():
    def pairs(shop, users):
        fn = n.Func(lambda key, value: (key + "!", value - 1 or None), "by", with_key=True)
        return shop.add(
            n.TableGroupBy, "by", users, fn=fn, pairs=True, key=STR, value=change_codec(INT)
        )

    rows = [row("a", 5), row("a", 1), row("a", 7)]
    assert [one[:2] for one in grouping(rows, pairs)] == [
        ("a!", Change(4, None)),
        ("a!", Change(None, 4)),
        ("a!", Change(6, None)),
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_aggregates_without_a_grouping_have_a_topic_each(times):
    shop = Shop()
    by = shop.regroup("by", shop.table("users"))
    for number in range(times):
        shop.sum_rows(f"sums{number}", by)
    plan = make_plan(shop.graph())
    assert [hop.name for hop in plan.hops] == [f"sums{number}" for number in range(times)]


def test_aggregates_of_one_grouping_share_its_topic():
    shop = Shop()
    by = shop.regroup("by", shop.table("users"))
    for name in ("one", "two"):
        shop.sum_rows(name, by, grouping="groups")
    plan = make_plan(shop.graph())
    assert [hop.topic for hop in plan.hops] == ["shop-groups-repartition"]
    assert [edge.child.name for edge in plan.hops[0].readers] == ["one", "two"]
