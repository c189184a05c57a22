"""A table with a store of its own: the row before a change, and what is stored with it."""

import hypothesis
import pytest
from hypothesis import strategies as st

from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.topology.nodes import Func
from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
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


def shown(task, codec=STR):
    return [
        (codec.decode(key), None if value is None else INT.decode(value), ts)
        for key, value, ts, _ in task.commit().get("out", [])
    ]


@pytest.mark.parametrize("fused", [True, False])
def test_what_leaves_the_bytes_of_a_row_as_they_were_does_not_go_on(fused):
    shop = Shop()
    shop.to("out", shop.table("users", store="rows", on_change=True))
    task = task_of(shop, fused=fused)
    task.run("users", [row("a", 1, 1), row("a", 1, 2), row("b", None, 3), row("a", 2, 4)])
    task.run("users", [row("a", 2, 3), row("a", None, 5), row("a", None, 6)])
    assert shown(task) == [("a", 1, 1), ("a", 2, 4), ("a", None, 5)]


def test_the_row_has_the_time_of_the_update_that_did_not_go_on():
    shop = Shop()
    shop.to("out", shop.table("users", store="rows", on_change=True))
    task = task_of(shop)
    task.run("users", [row("a", 1, 1), row("a", 1, 9)])
    task.commit()
    assert task.rows("rows") == [("a", 1, 9)]


def test_rows_of_joins_and_of_maps_that_come_to_the_same_do_not_go_on():
    shop = Shop()
    left, right = shop.table("left", store="l"), shop.table("right", store="r")
    joined = shop.join_tables(
        "joined", left, right, fn=lambda a, b: a // 10 + b // 10, store="joined"
    )
    joined.on_change = True
    shop.to("out", joined)
    task = task_of(shop)
    task.run("left", [row("a", 10, 1)])
    task.run("right", [row("a", 20, 2), row("a", 25, 3), row("a", 30, 4)])
    task.run("left", [row("a", 11, 5), row("a", None, 6)])
    assert shown(task) == [("a", 3, 2), ("a", 4, 4), ("a", None, 6)]


WINDOWS = [None, TimeWindows(10, 10), SlidingWindows(5, 5), SessionWindows(4, 8)]


@hypothesis.given(
    st.sampled_from(WINDOWS),
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 40)),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=10,
    ),
    st.sets(st.integers(0, 10), max_size=3),
)
@hypothesis.settings(deadline=None, max_examples=60)
def test_what_goes_on_is_what_differs_from_what_went_on_before(window, commits, crashes):
    """Against the same aggregate that passes on every update: the largest value of each key and window."""
    changing, every = largest(window, on_change=True), largest(window, on_change=False)
    codec = STR if window is None else windowed_codec(STR, window.extent)
    known = {}
    for index, rows in enumerate(commits):
        for task in (changing, every):
            task.run("clicks", [row(key, value, time) for key, value, time in rows])
        expected = []
        for key, value, ts in shown(every, codec):
            if known.get(key) != value:
                expected.append((key, value, ts))
            known[key] = value
        assert shown(changing, codec) == expected
        if index in crashes:
            changing.restart() if index % 2 else changing.restore()


def largest(window, *, on_change):
    shop = Shop()
    clicks = shop.stream("clicks")
    made = shop.windowed("top", clicks, window) if window else shop.count("top", clicks)
    made.kind, made.fn, made.on_change = "reduce", Func(max, "top"), on_change
    made.merge = Func(max, "top")
    shop.to("out", made)
    return task_of(shop)
