"""Observed time of aggregates by window, and what windows come to when they close."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App, hopping, session, sliding, tumbling
from streamz_core.codecs.plain import INT, STR
from streamz_core.record import Windowed
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

WINDOWS = {
    "tumbling": TimeWindows(10, 10, 5),
    "hopping": TimeWindows(10, 4, 3),
    "sliding": SlidingWindows(10, 5),
    "session": SessionWindows(10, 5),
}
CLOSED = {
    "tumbling": lambda key, time: key.end + 5 <= time,
    "hopping": lambda key, time: key.end + 3 <= time,
    "sliding": lambda key, time: key.end + 5 < time,
    "session": lambda key, time: key.end + 10 + 5 < time,
}


def counting(window, *, final=False):
    shop = Shop()
    shop.to("out", shop.windowed("hits", shop.stream("in"), window, final=final))
    return task_of(shop)


def told(task, window):
    key = window.codec(STR)
    found = task.commit().get("out", [])
    return [(key.decode(one[0]), one[1] and INT.decode(one[1]), *one[2:]) for one in found]


@pytest.mark.parametrize("kind", WINDOWS)
def test_every_kind_knows_what_time_it_was_after_a_new_start(kind):
    task = counting(WINDOWS[kind])
    task.run("in", [row("a", 1, 500), row("b", 1, 499)])
    task.commit()
    task.restore()
    task.run("in", [row("c", 1, 400)])
    assert {reason.split()[0] for reason in task.dropped} == {"late"}
    assert task.bound.position() == {"observed:hits": 500}


def test_final_results_come_by_start_and_key_with_the_headers_of_what_closed_them():
    window = TimeWindows(10, 10, 10)
    task = counting(window, final=True)
    tags = (("h", b"x"),)
    rows = [row("b", 1, 9), row("a", 1, 12), row("b", 1, 3), row("a", 1, 5), row("c", 1, 19)]
    task.run("in", [*rows, row(None, 1, 90)])
    assert told(task, window) == []
    task.run("in", [row("z", 1, 90, tags), row("z", 1, 89)])
    assert told(task, window) == [
        (Windowed("a", 0, 10), 1, 5, tags),
        (Windowed("b", 0, 10), 2, 9, tags),
        (Windowed("a", 10, 20), 1, 12, tags),
        (Windowed("c", 10, 20), 1, 19, tags),
    ]


def test_sessions_come_by_end_then_start_then_key():
    window = SessionWindows(5, 90)
    task = counting(window, final=True)
    rows = [("b", 7), ("a", 3), ("a", 7), ("c", 7), ("d", 6)]
    task.run("in", [row(key, 1, time) for key, time in rows])
    task.run("in", [row("z", 1, 500)])
    assert [(one[0].key, one[0].start, one[0].end, one[1]) for one in told(task, window)] == [
        ("d", 6, 6, 1), ("a", 3, 7, 2), ("b", 7, 7, 1), ("c", 7, 7, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", WINDOWS)
def test_a_final_result_has_no_old_value(kind):
    shop = Shop()
    window = WINDOWS[kind]
    few = shop.filter("few", shop.windowed("hits", shop.stream("in"), window, final=True))
    few.fn = n.Func(lambda count: count > 1, "few")
    shop.to("out", few)
    task = task_of(shop)
    task.run("in", [row("a", 1, 100), row("b", 1, 100), row("a", 1, 100), row("z", 1, 900)])
    assert {(one[0].key, one[1]) for one in told(task, window)} == {("a", 2)}


RECORDS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 25), st.sampled_from([0, 0, 0, 7, 400])),
    min_size=1,
    max_size=30,
)
STARTS = st.sampled_from(["commit", "commit", "restart", "restore"])


@pytest.mark.parametrize("kind", WINDOWS)
@given(records=RECORDS, data=st.data())
def test_each_window_that_took_a_record_comes_out_once_when_it_closes(kind, records, data):
    """Whatever the jumps of time, and whoever goes on after a commit: against all updates."""
    window = WINDOWS[kind]
    updates, finals = counting(window), counting(window, final=True)
    last, closed, time = {}, {}, 0
    for key, offset, jump in records:
        time += jump
        record = row(key, 1, max(time + offset - 12, 0))
        updates.run("in", [record])
        finals.run("in", [record])
        for one in told(updates, window):
            last[one[0]] = one[1:3]
        for one in told(finals, window):
            assert one[0] not in closed
            closed[one[0]] = one[1:3]
        observed = updates.bound.position()["observed:hits"]
        assert closed == {
            one: result
            for one, result in last.items()
            if result[0] is not None and CLOSED[kind](one, observed)
        }
        how = data.draw(STARTS)
        if how != "commit":
            getattr(finals, how)()
    assert finals.dropped == updates.dropped


@pytest.mark.parametrize("kind", WINDOWS)
def test_a_record_that_fails_closes_nothing(kind):
    """Record by record, as after an exception: what is undone is found again."""
    task = counting(WINDOWS[kind], final=True)
    task.run("in", [row("a", 1, 100)])
    told(task, WINDOWS[kind])
    task.run("in", [row("b", 1, 101)])
    (store,) = task.stores.values()
    for undone in (True, True, False):
        position = task.bound.position()
        store.begin()
        task.run("in", [row("z", 1, 900)])
        if undone:
            store.undo()
            task.outputs["out"].clear()
            task.bound.restore(position)
        else:
            store.verify()
            store.keep()
    found = {one[0].key for one in told(task, WINDOWS[kind])}
    assert found == {"a", "b"}
    task.run("in", [row("z", 1, 2000)])
    assert {one[0].key for one in told(task, WINDOWS[kind])} == {"z"}


@pytest.mark.parametrize("emit", ["updates", "final"])
@pytest.mark.parametrize(
    "window",
    [tumbling("10ms"), hopping("10ms", "5ms"), sliding("2ms", grace=0), session("2ms", grace=0)],
    ids=lambda window: type(window).__name__,
)
def test_a_step_that_records_reach_in_several_ways_has_one_time(window, emit):
    """Behind a join it is written several times; what one way closed is closed for the other."""
    app = App("app")
    left = app.stream("in", key=str, value=int)
    even = left.filter(lambda value: value % 2 == 0)
    joined = left.join(even, lambda one, _: one, how="left", within="20ms", name="met", value=int)
    joined.group_by_key().window(window).count(name="hits", emit=emit).to("out")
    with app.test() as t:
        t.topic("in").send("a", 1, timestamp=84)
        assert t.topic("out").records() == []
        # Comes as an even one, and meets what was at 84; then as one of all, and meets itself at 65.
        t.topic("in").send("a", 2, timestamp=65)
        assert t.dropped()["late"] > 0
        assert [one.key.end for one in t.topic("out").records() if one.key.end < 84] == []
