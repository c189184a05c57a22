"""A table with a store of its own: the row before a change, and what is stored with it."""

import pytest

from tests.compiler.harness import World, ints, row, task_of
from tests.topology.graphs import Shop, versions


def changes(store, rows):
    """What comes out of a filter over a stored or an unstored one, and the rows of the first."""
    shop = Shop()
    some = shop.filter("some", shop.table("users", "users"), store)
    shop.to("out", some)
    task = task_of(shop)
    task.run("users", rows)
    out = task.commit()["out"]
    return ints([one[:2] for one in out]), task


def test_the_row_before_is_what_was_stored_and_not_what_came():
    rows = [row("a", 1, 5), row("a", -1, 9), row("a", -2, 9), row("b", 2, 3)]
    found, task = changes("some", rows)
    assert found == [("a", 1), ("a", None), ("b", 2)]
    assert task.rows("some") == [("b", 2, 3)]


def test_nothing_is_stored_where_nobody_asked():
    found, task = changes("", [row("a", 1, 5)])
    assert found == [("a", 1)]
    assert [spec.name for spec in task.sub.stores] == ["users"]


@pytest.mark.parametrize("store", ["", "some"])
def test_the_row_before_goes_on_with_the_change(store):
    shop = Shop()
    some = shop.filter("some", shop.table("users", "users"), store)
    shop.to("out", shop.filter("few", some))
    task = task_of(shop)
    task.run("users", [row("a", 1), row("a", -1), row("a", -1)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("a", None)]


OUT_OF_ORDER = [row("a", 1, 20), row("a", 2, 10), row("b", 9, 1020), row("a", 3, 19)]


def passed(node, shop):
    shop.to("out", node)
    task = task_of(shop)
    task.run("users", OUT_OF_ORDER)
    return ints([one[:2] for one in task.commit().get("out", [])]), task


def test_a_version_out_of_order_is_passed_on_and_one_that_is_too_old_is_not():
    shop = Shop()
    found, task = passed(shop.table("users", history_ms=1000), shop)
    assert found == [("a", 1), ("a", 2), ("b", 9)]
    assert task.rows("users") == [("a", 1, 20), ("b", 9, 1020)]
    assert task.dropped == {"expired users": 1}


def test_a_step_with_versions_of_its_own_drops_what_is_too_old_for_them():
    shop = Shop()
    kept = shop.filter("some", shop.table("users"), spec=versions("some", 1000))
    found, task = passed(kept, shop)
    assert found == [("a", 1), ("a", 2), ("b", 9)]
    assert task.dropped == {"expired some": 1}


def test_the_old_value_is_that_of_the_latest_version():
    shop = Shop()
    users = shop.filter("some", shop.table("users", history_ms=1000), spec=versions("some", 1000))
    found, _ = passed(shop.filter("few", users, spec=versions("few", 1000)), shop)
    assert found == [("a", 1), ("a", 2), ("b", 9)]


def joined(shop, users):
    """A step that looks at the latest versions only."""
    return shop.join_tables("joined", users, shop.table("others"), how="left")


def grouped(shop, users):
    return shop.sum_rows("sum", shop.regroup("by", users, lambda _: "all"))


def test_a_join_and_a_grouping_take_the_latest_versions_only():
    shop = Shop()
    found, task = passed(joined(shop, shop.table("users", history_ms=1000)), shop)
    assert found == [("a", 10), ("b", 90)]
    assert task.dropped == {"out-of-order joined": 1, "expired users": 1}


def test_versions_end_where_a_store_keeps_only_rows():
    """As in Kafka: behind a step with a store without versions every change is the latest one."""
    shop = Shop()
    some = shop.filter("some", shop.table("users", history_ms=1000), "some")
    found, task = passed(joined(shop, some), shop)
    assert found == [("a", 10), ("a", 20), ("b", 90)]
    assert task.dropped == {"expired users": 1}


def test_a_grouping_takes_the_latest_versions_only():
    shop = Shop()
    users = shop.table("users", history_ms=1000)
    shop.to("out", grouped(shop, users))
    world = World(shop.graph())
    world.send("users", *OUT_OF_ORDER)
    world.run()
    assert ints([one[:2] for _, one in world.out]) == [("all", 1), ("all", 10)]


def test_a_foreign_key_join_takes_the_latest_versions_of_both_sides_only():
    shop = Shop()
    left, right = shop.table("left", history_ms=1000), shop.table("right", history_ms=1000)
    shop.to("out", shop.refer("joined", left, right))
    world = World(shop.graph())
    for topic, one in (
        ("right", row("1", 5, 20)),
        ("left", row("a", 11, 30)),
        ("left", row("a", 22, 25)),  # referred to another one before that
        ("right", row("1", 6, 10)),
        ("right", row("1", 7, 40)),
    ):
        world.send(topic, one)
        world.run()
    assert ints([one[:2] for _, one in world.out]) == [("a", 1105), ("a", 1107)]


def test_a_filter_tells_deletes_of_what_never_passed_if_there_are_versions():
    """As in Kafka: an earlier version may have passed."""
    for history, expected in ((1000, [("a", None), ("a", None)]), (None, [])):
        shop = Shop()
        users = shop.table("users", "users", history_ms=history)
        shop.to("out", shop.filter("positive", users))
        task = task_of(shop)
        task.run("users", [row("a", -1, 5), row("a", -2, 6)])
        assert ints([one[:2] for one in task.commit().get("out", [])]) == expected


def test_a_versioned_aggregate_goes_on_from_the_latest_version():
    shop = Shop()
    count = shop.count("n", shop.stream("in"), store=versions("n", 1000))
    shop.to("out", count)
    task = task_of(shop)
    task.run("in", [row("a", 1, 20), row("a", 1, 10), row("b", 1, 5)])
    assert [one[2] for one in task.commit()["out"]] == [20, 20, 5]
    assert task.rows("n") == [("a", 2, 20), ("b", 1, 5)]
