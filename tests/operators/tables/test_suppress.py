"""Changes that are held back: what comes out, when, and what of it old values and lookups see."""

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.codecs.carried.changes import Change, change_codec
from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.errors import TooLarge
from streamz_core.operators.tables.suppress import refuse
from streamz_core.topology.plan import make_plan
from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
from tests.compiler.harness import Task, row
from tests.topology.graphs import Shop


def task_of(shop):
    plan = make_plan(shop.graph())
    return Task(plan, plan.subs[0])


def held_back(wait_ms, **more):
    """A table whose changes are held back, and put out."""
    shop = Shop()
    shop.to("out", shop.suppress("late", shop.table("users"), wait_ms, **more))
    return task_of(shop)


def out(task, topic="out"):
    found = task.commit().get(topic, [])
    return [
        (key.decode(), None if value is None else INT.decode(value), ts, headers)
        for key, value, ts, headers in found
    ]


def test_the_last_change_comes_out_when_the_first_is_due_with_its_own_time_and_headers():
    task = held_back(9)
    task.run("users", [row("a", 1, 0, (("h", b"1"),)), row("a", 2, 3, (("h", b"2"),))])
    assert out(task) == []
    task.run("users", [row("b", 9, 9), row("b", 8, 10)])
    assert out(task) == [("a", 2, 3, (("h", b"2"),))]


def test_deletes_come_out_too_and_a_limit_of_nothing_holds_nothing_back():
    task = held_back(-1)
    rows = [row("a", 1, 5), row("a", None, 3), row("b", None, 4)]
    task.run("users", rows)
    assert [one[:3] for one in out(task)] == [("a", 1, 5), ("a", None, 3), ("b", None, 4)]


def test_a_full_buffer_without_room_fails_the_record():
    task = held_back(99, max_records=2, stops=True)
    task.run("users", [row("a", 1), row("b", 1), row("a", 2)])
    with pytest.raises(TooLarge, match=r"late holds 3 rows of \d+ bytes back"):
        task.run("users", [row("c", 1)])
    task = held_back(99, max_bytes=40, stops=True)
    task.run("users", [row("a", 1)])
    with pytest.raises(TooLarge, match="late holds 2 rows of"):
        task.run("users", [row("b", 1)])


def test_what_is_due_leaves_before_a_full_buffer_refuses():
    task = held_back(9, max_records=1, stops=True)
    task.run("users", [row("a", 1, 0), row("b", 2, 20)])
    assert [one[0] for one in out(task)] == ["a"]


def test_the_error_names_the_step_and_the_ways_out():
    class Full:
        count, size = 5, 70

    with pytest.raises(
        TooLarge, match=r"^late holds 5 rows of 70 bytes .*max_records= or max_bytes="
    ):
        refuse("late", Full)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 9), st.integers(0, 40)),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, 15),
    st.none() | st.integers(1, 3),
    st.sets(st.integers(0, 30), max_size=3),
)
@hypothesis.settings(deadline=None, max_examples=60)
def test_against_a_plain_loop_whatever_crashes(rows, limit, most, crashes):
    """The changes of a table by Kafka's rules; behind some records the task starts anew."""
    task, expected, held, observed = held_back(limit - 1, max_records=most), [], {}, -1
    found = []
    for index, (key, value, time) in enumerate(rows):
        observed = max(observed, time)
        held[key] = (held[key][0] if key in held else time, value, time)
        while held:
            first = min(held, key=lambda one: (held[one][0], one))
            if held[first][0] > observed - limit and not (most and len(held) > most):
                break
            expected.append((first, *held.pop(first)[1:]))
        task.run("users", [row(key, value, time)])
        found += [one[:3] for one in out(task)]
        if index in crashes:
            task.restart() if index % 2 else task.restore()
    assert found == expected


def test_old_values_are_those_that_came_out_last():
    shop = Shop()
    late = shop.suppress("late", shop.table("users"), 9)
    shop.sum_rows("sums", shop.regroup("by", late, lambda _: "all"))
    task = task_of(shop)
    rows = [row("a", 1, 0), row("a", 2, 5), row("b", 7, 11), row("a", 3, 12), row("a", 4, 13)]
    task.run("users", [*rows, row("b", 8, 50)])
    changes = [
        change_codec(INT).decode(value) for _, value, *_ in task.commit()["shop-sums-repartition"]
    ]
    # b leaves with 8, which came while 7 was held back.
    assert changes == [Change(2, None), Change(8, None), Change(4, 2)]


def test_a_lookup_sees_what_came_out_last():
    shop = Shop()
    late = shop.suppress("late", shop.table("users"), 9)
    joined = shop.join("joined", shop.stream("clicks"), late, left=True)
    shop.to("out", joined)
    task = task_of(shop)

    def seen():
        task.run("clicks", [row("a", 1000, 99)])
        return out(task)[0][1]

    task.run("users", [row("a", 1, 0)])
    assert seen() == 1000
    task.run("users", [row("b", 0, 10)])
    assert seen() == 1001
    task.run("users", [row("a", 2, 12), row("a", 3, 13)])
    assert seen() == 1001
    task.run("users", [row("b", 0, 40)])
    assert seen() == 1003


WINDOWS = [
    TimeWindows(10, 10, 3),
    TimeWindows(10, 4),
    SlidingWindows(6, 4),
    SessionWindows(4, 3),
]


@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60)), min_size=1, max_size=40),
    st.sets(st.integers(0, 40), max_size=3),
)
@hypothesis.settings(deadline=None, max_examples=40)
def test_a_window_gives_its_final_result_once_as_the_aggregate_itself_would(window, rows, crashes):
    finals = [finals_of(window, rows, crashes, suppressed=one) for one in (True, False)]
    keys = [key for key, _ in finals[0]]
    assert len(keys) == len(set(keys))
    assert dict(finals[0]) == dict(finals[1])


def finals_of(window, rows, crashes, *, suppressed):
    """(windowed key, count) of all windows that closed."""
    shop = Shop()
    counts = shop.windowed("counts", shop.stream("clicks"), window, final=not suppressed)
    if suppressed:
        counts = shop.suppress("closed", counts, window.open_ms, until_closed=True)
    shop.to("out", counts)
    task = task_of(shop)
    codec, found = windowed_codec(STR, window.extent), []
    for index, (key, time) in enumerate([*rows, ("c", 10_000)]):
        task.run("clicks", [row(key, 1, time)])
        found += [
            (codec.decode(key), INT.decode(value))
            for key, value, *_ in task.commit().get("out", [])
        ]
        if index in crashes:
            task.restart() if index % 2 else task.restore()
    return found


def test_windows_come_out_in_order_of_end_then_key():
    shop = Shop()
    window = TimeWindows(10, 10)
    counts = shop.windowed("counts", shop.stream("clicks"), window)
    shop.to("out", shop.suppress("closed", counts, window.open_ms, until_closed=True))
    task = task_of(shop)
    task.run("clicks", [row("b", 1, 12), row("b", 1, 13), row("a", 1, 19), row("c", 1, 20)])
    codec = windowed_codec(STR, window.extent)
    found = [(codec.decode(key).key, INT.decode(value)) for key, value, *_ in task.commit()["out"]]
    assert found == [("a", 1), ("b", 2)]
