"""Which windows a record is in, and until when they take records."""

from streamz_core.codecs.extent import TIME_MAX
from streamz_core.codecs.plain import INT
from streamz_core.operators.aggregates.windows import WINDOWS
from streamz_core.record import Windowed
from streamz_core.topology.windows import (
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
