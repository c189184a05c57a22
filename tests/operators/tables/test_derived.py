"""Tables that follow from others row by row: deletes, old values, stores, the context."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def changes(shop, rows):
    task = task_of(shop)
    task.run("users", rows)
    return ints([one[:2] for one in task.commit()["out"]]), task


@pytest.mark.parametrize("store", ["", "some"])
def test_what_no_longer_passes_a_filter_is_deleted_once(store):
    shop = Shop()
    shop.to("out", shop.filter("some", shop.table("users", "users"), store))
    rows = [row("a", 1), row("a", -1), row("a", -2), row("b", -1)]
    found, task = changes(shop, rows)
    assert found == [("a", 1), ("a", None)]
    if store:
        assert task.rows("some") == []


def test_mapped_values_leave_deletes_alone_and_are_stored():
    shop = Shop()
    spec = n.StoreSpec("more", "timestamped", STR, INT)
    fn = n.Func(lambda value: value + 1, "more")
    users = shop.table("users")
    shop.to("out", shop.add(n.TableMapValues, "more", users, fn=fn, materialized=spec))
    found, task = changes(shop, [row("a", 1), row("b", 1), row("b", None)])
    assert found == [("a", 2), ("b", 2), ("b", None)]
    assert task.rows("more") == [("a", 2, 0)]


def test_transform_values_is_called_for_deletes_and_may_ask_the_context():
    seen = []

    def look(key, value, context):
        place = (context.topic, context.offset, context.timestamp, context.headers)
        seen.append((key, value, *place))
        return 5

    shop = Shop()
    fn = n.Func(look, "seen", with_key=True)
    users = shop.table("users")
    shop.to(
        "out", shop.add(n.TableMapValues, "seen", users, fn=fn, on_null=True, with_context=True)
    )
    tags = (("h", b"x"),)
    found, _ = changes(shop, [row("a", 1, 3, tags), row("a", None, 4)])
    assert found == [("a", 5), ("a", 5)]
    assert seen == [("a", 1, "users", 0, 3, tags), ("a", None, "users", 1, 4, ())]


def test_a_row_made_of_a_deleted_one_has_no_time_whether_the_delete_is_at_hand_or_not():
    """As in Kafka, whose store knows nothing of a deleted row: KTableTransformValues, UNKNOWN."""
    seen = []

    def look(value, context):
        seen.append((value, context.timestamp))
        return 5

    shop = Shop()
    users = shop.table("users", "users")
    fn = n.Func(look, "seen")
    made = shop.add(n.TableMapValues, "seen", users, fn=fn, on_null=True, with_context=True)
    asks = shop.stream("asks")
    pair = n.Func(lambda ask, user: ask + user, "pair")
    shop.to("out", shop.add(n.StreamTableJoin, "pair", asks, made, fn=pair, left_outer=False))
    task = task_of(shop)
    task.run("users", [row("a", 1, 3), row("a", None, 4)])
    task.run("asks", [row("a", 1, 1)])
    assert seen[-1] == (None, -1)
    task.commit()
    task.run("asks", [row("a", 1, 1)])
    assert seen[-1] == (None, -1)
