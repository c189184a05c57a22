"""Which windows a record is in, and until when they take records."""

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App, tumbling
from streamz_core.codecs.extent import TIME_MAX
from streamz_core.codecs.plain import INT
from streamz_core.operators.aggregates.windows import WINDOWS
from streamz_core.record import Windowed
from streamz_core.topology.windows import (
    CalendarWindows,
    JoinWindows,
    TimeWindows,
    UnlimitedWindows,
    Window,
)
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop


def counted(window, rows):
    """Windowed keys and counts that come out, and the task."""
    shop = Shop()
    table = shop.windowed("hits", shop.stream("in"), window)
    shop.to("out", table)
    task = task_of(shop)
    task.run("in", rows)
    found = task.commit().get("out", [])
    return [(table.key.decode(one[0]), INT.decode(one[1])) for one in found], task


def test_every_kind_of_window_has_its_lines():
    folded = set(Window.__subclasses__()) - {JoinWindows}
    assert set(WINDOWS) == folded


def test_tumbling_windows_stand_side_by_side():
    found, _ = counted(TimeWindows(10, 10), [row("a", 1, 5), row("a", 1, 9), row("a", 1, 10)])
    first, second = Windowed("a", 0, 10), Windowed("a", 10, 20)
    assert found == [(first, 1), (first, 2), (second, 1)]


def test_a_record_is_in_each_hopping_window_that_holds_it():
    found, _ = counted(TimeWindows(10, 5), [row("a", 1, 3), row("a", 1, 12)])
    assert [(key.start, count) for key, count in found] == [(0, 1), (5, 1), (10, 1)]


def test_a_window_is_closed_when_grace_is_over_and_late_records_are_counted():
    rows = [row("a", 1, 5), row("a", 1, 14), row("a", 1, 6), row("a", 1, 15), row("a", 1, 7)]
    found, task = counted(TimeWindows(10, 10, 5), rows)
    assert [(key.start, count) for key, count in found] == [(0, 1), (10, 1), (0, 2), (10, 2)]
    assert task.dropped == {"late hits": 1}
    assert task.bound.position() == {"observed:hits": 15}


def test_null_keys_are_dropped_and_null_values_count():
    found, task = counted(TimeWindows(10, 10), [row(None, 1, 5), row("a", None, 5)])
    assert found == [(Windowed("a", 0, 10), 1)]
    assert task.dropped == {"null-key hits": 1}


def test_an_unlimited_window_takes_everything_from_its_start_on():
    rows = [row("a", 1, 6), row("a", 1, 4), row("a", 1, 5), row(None, 1, 5), row("a", 1, 2**40)]
    found, task = counted(UnlimitedWindows(5), [*rows, row("a", 1, 7)])
    assert found == [(Windowed("a", 5, TIME_MAX), count) for count in (1, 2, 3, 4)]
    assert task.dropped == {"null-key hits": 1}
    assert task.rows("hits") == [(Windowed("a", 5, TIME_MAX), 4, 2**40)]
    task.restore()
    task.run("in", [row("a", 1, 9)])
    task.commit()
    assert task.rows("hits") == [(Windowed("a", 5, TIME_MAX), 5, 2**40)]


HOUR = 3_600_000
BERLIN = CalendarWindows("Europe/Berlin", "day", 1, 3 * HOUR)
SPRING = 1_774_652_400_000
"""Midnight of 2026-03-28 in Berlin: the next day has 23 hours."""


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(-30, 90)), min_size=1, max_size=40),
    st.sets(st.integers(0, 40), max_size=3),
    st.booleans(),
)
@hypothesis.settings(deadline=None, max_examples=60)
def test_days_of_a_calendar_against_a_plain_loop_whatever_crashes(rows, crashes, final):
    """A day takes records until three hours after its end; finals come out once, when it is over."""
    shop = Shop()
    table = shop.windowed("hits", shop.stream("in"), BERLIN, final=final)
    shop.to("out", table)
    task, begins = task_of(shop), [-48, -24, 0, 24, 47, 71, 95, 10_000]
    observed, counts, expected, dropped, found = -(10**9), {}, [], 0, []
    for index, (key, hour) in enumerate([*rows, ("c", 200)]):
        observed = max(observed, hour)
        if final:
            over = [each for each in counts if each[2] <= observed - 3]
            expected += [
                (each, counts.pop(each)) for each in sorted(over, key=lambda w: (w[1], w[0]))
            ]
        at = max(begin for begin in begins if begin <= hour)
        day = (key, at, begins[begins.index(at) + 1])
        if day[2] <= observed - 3:
            dropped += 1
        else:
            counts[day] = counts.get(day, 0) + 1
            expected += [] if final else [(day, counts[day])]
        task.run("in", [row(key, 1, SPRING + hour * HOUR)])
        for raw, value, *_ in task.commit().get("out", []):
            window = table.key.decode(raw)
            ends = [(time - SPRING) // HOUR for time in (window.start, window.end)]
            found.append(((window.key, *ends), INT.decode(value)))
        if index in crashes:
            task.restart() if index % 2 else task.restore()
    assert [each for each in found if each[0][0] != "c"] == [
        each for each in expected if each[0][0] != "c"
    ]
    assert task.dropped["late hits"] == dropped


@pytest.mark.parametrize("workers", [1, 2])
def test_days_of_a_calendar_go_on_after_a_crash_on_a_disk(workers):
    app = App("shop")
    days = app.stream("in", key=str, value=int).group_by_key()
    days.window(tumbling("1d", tz="Europe/Berlin")).count(name="daily", emit="final").to("out")
    with app.test(stores="rocksdb", workers=workers) as t:
        for hour in (0, 23, 24, 46, 47, 60, 71):
            if hour in (24, 60):
                t.crash(0)
                t.restart()
            t.topic("in").send("a", hour, timestamp=SPRING + hour * HOUR)
        days_of = [(0, 24, 2), (24, 47, 2), (47, 71, 2)]
        assert [
            ((one.key.start - SPRING) // HOUR, (one.key.end - SPRING) // HOUR, one.value)
            for one in t.topic("out").records()
        ] == days_of
        open_now = Windowed("a", SPRING + 71 * HOUR, SPRING + 95 * HOUR)
        assert t.store("daily")[open_now] == 1
