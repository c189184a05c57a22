"""Sessions: what becomes one, what is taken out, what is late, and in which order it is told."""

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.record import Windowed
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import SessionWindows
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

KEY = SessionWindows(10).codec(STR)


LONG = SessionWindows(10, 90)


def visits(window=LONG, *, value=JSON, **more):
    """The task of an aggregate that lists what came, and what was merged, in order."""
    shop = Shop()
    store = n.StoreSpec(
        "visits", "session", STR, value, retention_ms=window.least_retention_ms, window=window
    )
    options = {
        "kind": "aggregate",
        "initial": lambda: ["begin"],
        "fn": n.Func(lambda held, value: [*held, value], "visits"),
        "merge": n.Func(lambda one, other: [*one, "+", *other], "visits"),
        **more,
    }
    table = shop.add(
        n.Aggregate, "visits", shop.stream("in"), store=store, window=window, key=KEY, value=value,
        **options,
    )  # fmt: skip
    shop.to("out", table)
    return task_of(shop)


def told(task, value=JSON):
    """What came out: start and end, value, timestamp."""
    found = []
    for raw_key, raw, timestamp, _ in task.commit().get("out", []):
        key = KEY.decode(raw_key)
        found.append((key.start, key.end, raw and value.decode(raw), timestamp))
    return found


def test_a_session_that_grows_is_taken_out_and_put_in_again():
    task = visits()
    task.run("in", [row("a", 1, 100), row("a", 2, 105), row("a", 3, 102)])
    assert told(task) == [
        (100, 100, ["begin", 1], 100),
        (100, 100, None, 100),
        (100, 105, ["begin", "+", "begin", 1, 2], 105),
        (100, 105, None, 105),
        (100, 105, ["begin", "+", "begin", "+", "begin", 1, 2, 3], 105),
    ]


def test_a_record_between_two_sessions_brings_them_together_the_earlier_first():
    task = visits()
    task.run("in", [row("a", 1, 100), row("a", 2, 120), row("b", 9, 110), row("a", 3, 110)])
    found = told(task)
    assert [each[:2] for each in found] == [
        (100, 100), (120, 120), (110, 110), (100, 100), (120, 120), (100, 120)
    ]  # fmt: skip
    assert found[-1][2] == ["begin", "+", "begin", 1, "+", "begin", 2, 3]


def test_a_record_of_the_same_moment_overwrites():
    task = visits(kind="count", value=INT)
    task.run("in", [row("a", 1, 100), row("a", 2, 100), row("a", 3, 111)])
    assert told(task, INT) == [(100, 100, 1, 100), (100, 100, 2, 100), (111, 111, 1, 111)]


def test_reduced_sessions_begin_with_the_first_value():
    task = visits(kind="reduce", value=INT, fn=n.Func(lambda one, other: one * 10 + other, "r"))
    task.run("in", [row("a", 1, 100), row("a", 2, 120), row("a", 3, 110)])
    assert [each[2] for each in told(task, INT)] == [1, 2, None, None, 123]


def test_late_is_what_ends_before_the_gap_and_grace_unless_it_joins_a_live_one():
    task = visits(SessionWindows(10, 5), kind="count", value=INT)
    task.run("in", [row("a", 1, 100), row("b", 1, 85), row("b", 1, 84), row("b", 1, 75)])
    assert [each[:3] for each in told(task, INT)] == [
        (100, 100, 1), (85, 85, 1), (85, 85, None), (84, 85, 2), (84, 85, None), (75, 85, 3)
    ]  # fmt: skip
    task.run("in", [row("c", 1, 84), row(None, 1, 500)])
    assert task.dropped == {"late visits": 1, "null-key visits": 1}
    assert task.bound.position() == {"observed:visits": 100}


def test_what_a_function_deletes_is_no_session_any_more():
    task = visits(value=INT, fn=n.Func(lambda held, value: None, "visits"), initial=int)
    task.run("in", [row("a", 1, 100), row("a", 2, 105)])
    assert told(task, INT) == [(100, 100, None, 100), (105, 105, None, 105)]
    assert task.rows("visits") == []


@pytest.mark.parametrize("how", ["restart", "restore"])
def test_sessions_are_found_again_after_a_new_start(how):
    task = visits(kind="count", value=INT)
    task.run("in", [row("a", 1, 100), row("b", 1, 100), row("a", 1, 105)])
    task.commit()
    assert task.rows("visits") == [(Windowed("b", 100, 100), 1), (Windowed("a", 100, 105), 2)] or (
        task.rows("visits") == [(Windowed("a", 100, 105), 2), (Windowed("b", 100, 100), 1)]
    )
    getattr(task, how)()
    task.run("in", [row("a", 1, 95)])
    assert [each[:3] for each in told(task, INT)] == [(100, 105, None), (95, 105, 3)]


def test_a_session_that_no_commit_has_heard_of_leaves_nothing_in_the_changelog():
    task = visits(kind="count", value=INT)
    task.run("in", [row("a", 1, at) for at in range(100, 140, 5)])
    task.commit()
    assert len(task.changelogs["visits"]) == 1
    task.run("in", [row("a", 1, 140)])
    task.commit()
    assert [value is None for _, value, _ in task.changelogs["visits"]] == [False, False, True]


def test_old_values_go_to_who_asks_for_them():
    shop = Shop()
    few = shop.filter("few", shop.windowed("hits", shop.stream("in"), SessionWindows(10, 90)))
    few.fn = n.Func(lambda count: count < 2, "few")
    shop.to("out", few)
    task = task_of(shop)
    task.run("in", [row("a", 1, 100), row("a", 1, 101), row("a", 1, 102)])
    # The third record takes out a session that never passed: no delete of what was never there.
    assert told(task, INT) == [(100, 100, 1, 100), (100, 100, None, 100)]
