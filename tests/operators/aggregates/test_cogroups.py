"""Several streams into one table: each by its function and its own time."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def cogrouped(window=None, *, behind=lambda shop, table: table, fused=True, **more):
    shop = Shop()
    table = shop.cogroup("sums", [shop.stream("a"), shop.stream("b")], window, **more)
    shop.to("out", behind(shop, table))
    return task_of(shop, fused=fused)


def told(task):
    return [value for _, value in ints([(b"", one[1]) for one in task.commit().get("out", [])])]


@pytest.mark.parametrize("fused", [True, False])
def test_each_stream_is_folded_by_its_own_function(fused):
    task = cogrouped(fused=fused)
    task.run("a", [row("k", 1, 5), row("k", None), row(None, 1)])
    task.run("b", [row("k", 2, 3), row("l", 3, 9)])
    task.run("a", [row("l", 4, 1)])
    assert told(task) == [1, 201, 300, 304]
    assert task.rows("sums") == [("k", 201, 5), ("l", 304, 9)]
    assert task.dropped == {"null-value sums": 1, "null-key sums": 1}


def test_old_values_go_to_who_asks_for_them():
    task = cogrouped(behind=lambda shop, table: shop.filter("some", table))
    task.run("a", [row("k", -1)])
    task.run("b", [row("k", 1), row("k", -2)])
    assert told(task) == [99, None], "nothing is deleted that did not come out"


def test_each_stream_has_its_own_time():
    task = cogrouped(TimeWindows(10, 10, 100))
    task.run("a", [row("k", 1, 195)])
    task.run("b", [row("k", 2, 105)])
    task.run("a", [row("k", 4, 84)])
    assert told(task) == [1, 200], "84 is late by the time of a alone"
    assert task.dropped == {"late sums": 1}
    assert task.bound.position() == {
        "observed:sums/a": 195,
        "observed:sums/b": 105,
        "newest:sums": 190,
    }


def test_a_window_that_the_other_stream_has_passed_begins_anew_for_each_record():
    """As in Kafka: the store hides it, though it is open in this stream."""
    task = cogrouped(TimeWindows(10, 10, 0))
    task.run("b", [row("k", 1, 5), row("k", 2, 6)])
    task.run("a", [row("k", 1, 100)])
    task.run("b", [row("k", 3, 7), row("k", 4, 8)])
    assert told(task) == [100, 300, 1, 300, 400]
    assert [one[1] for one in task.rows("sums")] == [1]


@pytest.mark.parametrize("start", ["restart", "restore"])
def test_it_is_passed_after_a_new_start_too(start):
    task = cogrouped(TimeWindows(10, 10, 0))
    task.run("a", [row("k", 1, 100)])
    told(task)
    getattr(task, start)()
    task.run("b", [row("k", 3, 7), row("k", 4, 8)])
    assert told(task) == [300, 400]


def test_sessions_that_the_other_stream_has_passed_are_not_met():
    merge = n.Func(lambda one, other: one + other, "sums")
    task = cogrouped(SessionWindows(10, 0), merge=merge)
    task.run("b", [row("k", 1, 50), row("k", 2, 55)])
    assert told(task) == [100, None, 300]
    task.run("a", [row("k", 1, 66)])
    task.run("b", [row("k", 1, 57)])
    assert told(task) == [1, None, 101], "55 is more than 10 before 66; 66 touches 57"


def test_sliding_windows_take_both():
    task = cogrouped(SlidingWindows(10, 100))
    task.run("a", [row("k", 1, 20)])
    task.run("b", [row("k", 2, 25)])
    assert told(task) == [1, 200, 201], "that from 21 on, that up to 25"
    assert INT.decode(INT.encode(201)) == 201
