"""Sliding windows: which ones a record changes, against what is in them."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App, sliding
from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import STR
from streamz_core.operators.aggregates.sliding import changes
from streamz_core.record import Windowed
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import SlidingWindows
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

DIFFERENCE = 10
KEY = SlidingWindows(DIFFERENCE).codec(STR)


def listing(grace=90, retention=2000):
    """The task of an aggregate that keeps what came, in order."""
    window = SlidingWindows(DIFFERENCE, grace)
    shop = Shop()
    store = n.StoreSpec("seen", "ordered", STR, JSON, retention_ms=retention, window=window)
    table = shop.add(
        n.Aggregate, "seen", shop.stream("in"), kind="aggregate", store=store, window=window,
        fn=n.Func(lambda held, value: [*held, value], "seen"), initial=list, key=KEY, value=JSON,
    )  # fmt: skip
    shop.to("out", table)
    return task_of(shop)


def told(task):
    found = task.commit().get("out", [])
    return [(KEY.decode(one[0]).start, JSON.decode(one[1]), one[2]) for one in found]


def test_both_ends_belong_to_a_window_and_a_later_record_makes_a_right_one():
    task = listing()
    task.run("in", [row("a", 1, 100), row("a", 2, 110)])
    assert told(task) == [(90, [1], 100), (101, [2], 110), (100, [1, 2], 110)]


def test_a_record_that_is_too_late_for_all_its_windows_is_dropped_and_so_are_nulls():
    task = listing(grace=5)
    task.run("in", [row("a", 1, 100), row("b", 2, 95), row("b", 3, 84), row("b", None, 500)])
    assert told(task) == [(90, [1], 100), (85, [2], 95)]
    assert task.dropped == {"late seen": 1, "null-value seen": 1}
    assert task.bound.position() == {"observed:seen": 100}


def test_windows_that_are_closed_keep_what_they_have():
    task = listing(grace=0)
    task.run("in", [row("a", 1, 84), row("a", 2, 100), row("a", 3, 92)])
    # [74, 84] and [82, 92] are closed at 100; [85, 95] would hold 92 alone.
    assert task.dropped == {"late seen": 2}
    assert told(task)[-1] == (93, [2], 100)


def test_a_record_sees_nothing_twice():
    old = ("x", 95, None)
    found = [(85, 0, old)]
    kept = changes(found, 100, DIFFERENCE)
    assert [(start, base[0], old[0]) for start, base, old, _ in kept] == [
        (96, None, None),
        (90, "x", None),
    ]


TIMES = st.lists(st.integers(0, 60), min_size=1, max_size=25)


@given(TIMES)
def test_each_window_holds_the_records_in_it_and_each_record_has_its_windows(times):
    task = listing()
    task.run("in", [row("a", at, time) for at, time in enumerate(times)])
    task.commit()
    found = {key.start: (held, time) for key, held, time in task.rows("seen")}
    assert {key.end - key.start for key, *_ in task.rows("seen")} == {DIFFERENCE}
    for start, (held, time) in found.items():
        inside = [at for at, when in enumerate(times) if start <= when <= start + DIFFERENCE]
        assert sorted(held) == inside
        assert time == max(times[at] for at in inside)
    for time in times:
        assert max(time - DIFFERENCE, 0) in found
        later = [when for when in times if time < when <= time + 1 + DIFFERENCE]
        assert (time + 1 in found) >= bool(later)


def test_a_window_is_told_by_its_start_and_the_difference():
    task = listing()
    task.run("in", [row("a", 1, 3)])
    task.commit()
    assert task.rows("seen") == [(Windowed("a", 0, DIFFERENCE), [1], 3)]


def test_a_window_that_is_told_twice_was_there_the_second_time():
    """It begins 1 ms behind the record before, and ends with this one. Who subtracts what was would count it twice."""
    app = App("app")
    clicks = app.stream("clicks", key=str, value=str).group_by_key()
    counts = clicks.window(sliding("2ms", grace="20ms")).count(name="counts")
    changes = counts.group_by(
        lambda window, count: (window.key, count), with_key=True, pairs=True, key=str, value=int
    )
    changes.aggregate(
        lambda total, count: total + count,
        subtract=lambda total, count: total - count,
        initial=int,
        name="sums",
    ).to("sums")
    with app.test() as t:
        for at in (0, 3):
            t.topic("clicks").send("a", "x", timestamp=at)
        windows = [value for _, value, _ in t.store("counts").rows()]
        assert (windows, t.store("sums")["a"]) == ([1, 1], 2)
