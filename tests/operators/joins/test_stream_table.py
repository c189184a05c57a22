"""Joins of a stream with a table: what is dropped, what a left join keeps."""

import pytest

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


def waiting(grace_ms, *, left=True):
    """A stream that joins a table with a long history, and puts out."""
    shop = Shop()
    users = shop.table("users", "users", history_ms=1000)
    shop.to("out", shop.join("joined", shop.stream("in"), users, left=left, grace_ms=grace_ms))
    return task_of(shop)


def out(task):
    found = task.commit().get("out", [])
    return [
        (key, value, timestamp)
        for (key, value), timestamp in zip(
            ints([one[:2] for one in found]), [one[2] for one in found], strict=True
        )
    ]


@pytest.mark.parametrize("derived", [False, True])
def test_a_stream_meets_what_a_versioned_row_was(derived):
    shop = Shop()
    users = shop.table("users", "users", history_ms=1000)
    if derived:
        users = shop.filter("positive", users)
    shop.to("out", shop.join("joined", shop.stream("in"), users, left=True))
    task = task_of(shop)
    task.run("users", [row("a", 1, 10), row("a", 2, 30), row("a", -3, 20), row("a", None, 40)])
    task.run("in", [row("a", 100, time) for time in (9, 10, 19, 20, 30, 40)])
    before = 100 if derived else 97
    assert [value for _, value, _ in out(task)] == [100, 101, 101, before, 102, 100]


def test_records_wait_for_their_grace_and_meet_what_came_meanwhile():
    task = waiting(10)
    task.run("in", [row("a", 100, 20, (("h", b"1"),)), row("b", 200, 15), row("a", 300, 24)])
    assert out(task) == []
    task.run("users", [row("a", 1, 18), row("a", 2, 21)])
    task.run("in", [row("c", 400, 30)])
    found = task.commit()["out"]
    assert ints([one[:2] for one in found]) == [("b", 200), ("a", 101)]
    assert [one[2:] for one in found] == [(15, ()), (20, (("h", b"1"),))]


def test_who_waited_leaves_in_order_of_time_then_key_then_arrival():
    task = waiting(10)
    rows = [("b", 1, 5), ("a", 2, 5), ("b", 3, 5), ("c", 4, 3), ("z", 5, 15)]
    task.run("in", [row(*one) for one in rows])
    assert [value for _, value, _ in out(task)] == [4, 2, 1, 3]


def test_what_comes_later_than_its_grace_and_what_has_no_key_is_joined_at_once():
    task = waiting(10)
    task.run("users", [row("a", 1, 5)])
    task.run("in", [row("b", 1, 30), row("a", 2, 19), row("a", 3, 20), row(None, 4, 99)])
    assert out(task) == [("a", 3, 19), ("a", 4, 20), (None, 4, 99)]
    task.run("in", [row("b", 9, 20), row("a", 8, 20)])
    assert out(task) == [("b", 9, 20), ("a", 9, 20)]
    task.run("in", [row("c", 5, 40)])
    assert out(task) == [("b", 1, 30)]


@pytest.mark.parametrize("way", ["restart", "restore"])
def test_who_goes_on_after_a_crash_knows_who_waits_and_what_time_it_is(way):
    task = waiting(10)
    again = getattr(task, way)
    task.run("in", [row("a", 1, 30), row("b", 2, 25)])
    assert out(task) == []
    again()
    task.run("in", [row("c", 3, 10)])
    assert out(task) == [("c", 3, 10)]
    task.run("in", [row("c", 4, 40)])
    assert [value for _, value, _ in out(task)] == [2, 1]


def test_an_inner_join_that_waits_drops_what_it_does_not_find():
    task = waiting(0, left=False)
    task.run("users", [row("a", 1, 5)])
    task.run("in", [row("a", 10, 4), row("a", 20, 5), row("b", 30, 6), row("a", 40, 6)])
    assert out(task) == [("a", 21, 5), ("a", 41, 6)]
