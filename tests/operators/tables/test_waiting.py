"""Tables whose changes go on at the commit: the last one of each row, in order, with what it came from."""

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.app import App
from streamz_core.codecs.carried.changes import Change, change_codec
from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.operators.tables.waiting import due
from streamz_core.topology.nodes import Func, StoreSpec, TableFilter
from streamz_core.topology.plan import make_plan
from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
from tests.compiler.harness import Task, row
from tests.topology.graphs import Shop


def task_of(shop, *, fused=True):
    plan = make_plan(shop.graph())
    return Task(plan, plan.subs[0], fused=fused)


def a_table(**more):
    shop = Shop()
    shop.to("out", shop.table("users", store="rows", at_commit=True, **more))
    return task_of(shop)


def out(task, topic="out"):
    return [
        (key.decode(), None if value is None else INT.decode(value), ts, headers)
        for key, value, ts, headers in task.commit().get(topic, [])
    ]


def test_the_last_change_of_each_row_goes_on_in_the_order_of_the_last_changes():
    task = a_table()
    one, two = (("h", b"1"),), (("h", b"2"),)
    task.run("users", [row("a", 1, 1, one), row("b", 2, 2), row("a", 3, 3, two)])
    task.run("users", [row("c", 4, 4)])
    assert out(task) == [("b", 2, 2, ()), ("a", 3, 3, two), ("c", 4, 4, ())]
    assert out(task) == []


def test_a_row_that_was_nothing_and_is_nothing_does_not_go_on():
    task = a_table()
    task.run("users", [row("a", None, 1), row("b", 1, 2), row("b", None, 3), row("c", 1, 4)])
    assert out(task) == [("c", 1, 4, ())]
    task.run("users", [row("c", 2, 5), row("c", None, 3)])
    assert out(task) == [("c", None, 3, ())]


def test_what_waits_is_given_once_and_flat():
    waiting = {b"a": (None, 1, 5, (), "t", 3), b"b": (None, None, 6, (), "t", 4)}
    assert due(waiting) == [(b"a", None, 1, 5, (), "t", 3)]
    assert waiting == {}


def test_what_a_restart_finds_has_nothing_waiting():
    task = a_table()
    task.run("users", [row("a", 1, 1)])
    task.restart()
    assert out(task) == []
    task.run("users", [row("a", 1, 1)])
    task.bound.forget()
    assert out(task) == []


def test_the_old_value_is_the_one_that_went_on_before():
    shop = Shop()
    table = shop.table("users", store="rows", at_commit=True)
    shop.sum_rows("sums", shop.regroup("by", table, lambda _: "all"))
    task = task_of(shop)
    sent = []
    for rows in ([row("a", 1), row("a", 2)], [row("a", 3), row("a", 4)], [row("a", None)]):
        task.run("users", rows)
        sent += [
            change_codec(INT).decode(value)
            for _, value, *_ in task.commit()["shop-sums-repartition"]
        ]
    assert sent == [Change(2, None), Change(4, 2), Change(None, 4)]


@pytest.mark.parametrize("asked, time", [(False, 3), (True, 2)])
def test_a_delete_is_told_again_unless_somebody_asks_for_old_values(asked, time):
    """As in Kafka, where a filter compares with the old value only then."""
    shop = Shop()
    kept = StoreSpec("big", "timestamped", STR, INT)
    fn = Func(lambda value: value > 5, "big")
    big = shop.add(
        TableFilter, "big", shop.table("users"), fn=fn, materialized=kept, at_commit=True
    )
    shop.to("out", big)
    if asked:
        shop.regroup("by", big)
    task = task_of(shop)
    task.run("users", [row("a", 9, 1)])
    task.commit()
    task.run("users", [row("a", 2, 2), row("a", 3, 3)])
    assert [one[:3] for one in out(task)] == [("a", None, time)]


@pytest.mark.parametrize("fused", [True, False])
def test_tables_further_down_are_part_of_the_same_commit(fused):
    """Both sides wait, and the join: it is made anew for each side in turn, and goes on once."""
    shop = Shop()
    left = shop.table("left", store="l", at_commit=True)
    right = shop.table("right", store="r", at_commit=True)
    joined = shop.join_tables("joined", left, right, store="j", how="outer")
    joined.at_commit = True
    shop.to("out", joined)
    task = task_of(shop, fused=fused)
    task.run("left", [row("a", 1, 1), row("b", 2, 2)])
    task.run("right", [row("a", 5, 9), row("c", 6, 3)])
    # What the right side changes comes after all of the left one: "a" was changed last but one.
    assert [one[:3] for one in out(task)] == [("b", 20, 2), ("a", 15, 9), ("c", 6, 3)]
    task.run("left", [row("a", None, 10)])
    task.run("right", [row("a", None, 11)])
    assert [one[:3] for one in out(task)] == [("a", None, 11)]


def test_a_delete_of_an_aggregate_has_the_time_of_the_record_behind_it():
    for at_commit, time in ((True, 4), (False, 9)):
        shop = Shop()
        grouped = shop.regroup("by", shop.table("users"), lambda _: "all")
        total = shop.sum_rows("sums", grouped, at_commit=at_commit)
        total.subtract.call = lambda total, value: (total - value) or None
        shop.to("out", total)
        plan = make_plan(shop.graph())
        task = Task(plan, plan.subs[1])
        changes = [(Change(5, None), 9), (Change(None, 5), 4)]
        for change, ts in changes:
            raw = change_codec(INT).encode(change)
            task.run("shop-sums-repartition", [(b"all", raw, ts, ())])
            found = out(task)
        assert found == [("all", None, time, ())]


def test_a_value_that_may_be_changed_is_written_down_when_it_waits():
    """The next record's function gets an object of its own, and what looks at one changes no other."""
    app, seen = App("shop"), []
    clicks = app.stream("clicks", key=str, value=int)
    grouped = clicks.group_by_key()

    @grouped.aggregate(initial=list[int], emit="commit")
    def lists(held: list[int], value: int) -> list[int]:
        held.append(value)
        return held

    changes = lists.to_stream()

    @changes.peek
    def look(value: list[int]) -> None:
        seen.append(list(value))
        value.append(99)

    changes.to("out")
    with app.test() as t:
        for key, value in (("a", 1), ("b", 2), ("a", 3)):
            t.topic("clicks").send(key, value, run=False)
        t.run()
        assert seen == [[2], [1, 3]]
        assert [one.value for one in t.topic("out").records()] == [[2], [1, 3]]


WINDOWS = [
    None,
    TimeWindows(10, 10, 5),
    TimeWindows(10, 4, 5),
    SlidingWindows(6, 8),
    SessionWindows(4, 8),
]


@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40)), min_size=1, max_size=6),
        min_size=1,
        max_size=12,
    ),
    st.sets(st.integers(0, 12), max_size=3),
)
@hypothesis.settings(deadline=None, max_examples=60)
def test_each_commit_has_the_last_of_what_would_have_gone_on(window, commits, crashes):
    """Against the same aggregate that passes on every change. A window that came and went leaves no trace."""
    waiting, every = counted(window, at_commit=True), counted(window, at_commit=False)
    known = {}
    for index, rows in enumerate(commits):
        for task in (waiting, every):
            task.run("clicks", [row(key, 1, time) for key, time in rows])
        last = {}
        for key, value, ts, _ in found(every, window):
            last.pop(key, None)
            last[key] = (value, ts)
        expected = [
            (key, *change)
            for key, change in last.items()
            if change[0] is not None or known.get(key) is not None
        ]
        known |= {key: value for key, value, _ in expected}
        assert [one[:3] for one in found(waiting, window)] == expected
        if index in crashes:
            waiting.restart() if index % 2 else waiting.restore()


def counted(window, *, at_commit):
    shop = Shop()
    clicks = shop.stream("clicks")
    made = shop.windowed("counts", clicks, window) if window else shop.count("counts", clicks)
    made.at_commit = at_commit
    shop.to("out", made)
    return task_of(shop)


def found(task, window):
    codec = STR if window is None else windowed_codec(STR, window.extent)
    return [
        (codec.decode(key), None if value is None else INT.decode(value), ts, headers)
        for key, value, ts, headers in task.commit().get("out", [])
    ]


def test_a_session_of_one_moment_that_is_overwritten_keeps_its_old_value():
    shop = Shop()
    counts = shop.windowed("counts", shop.stream("clicks"), SessionWindows(4, 8))
    counts.at_commit = True
    shop.sum_rows("sums", shop.regroup("by", counts, lambda _: "all"))
    task = task_of(shop)
    sent = []
    for _ in range(2):
        task.run("clicks", [row("a", 1, 5)])
        sent += [
            change_codec(INT).decode(value)
            for _, value, *_ in task.commit()["shop-sums-repartition"]
        ]
    assert sent == [Change(1, None), Change(2, 1)]
