"""Entries of timers: what a batch does between two records, whatever it keeps at hand."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.ticks import Tick, timers_of
from streamz_core.record import Record
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import TimeWindows
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop

TEN_MS = n.Timing(10)


def timed(shop, name, parent, fn, timing=TEN_MS, stores=()):
    return shop.add(n.Punctuate, name, parent, fn=n.Func(fn, name, stores=stores), timing=timing)


def beats(time, context):
    yield Record("beat", time, time)


def passing():
    """in -> the same -> out, and a beat between two records."""
    shop = Shop()
    passed = shop.add(n.Process, "p", shop.stream("in"), fn=n.Func(lambda r, c: [r], "p"))
    timed(shop, "beats", passed, beats)
    shop.to("out", passed)
    return shop


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("cuts", [(), (1,), (2, 3)])
def test_time_comes_between_two_records_however_they_are_cut(fused, cuts):
    task = task_of(passing(), fused=fused)
    rows = [row("a", at, time) for at, time in enumerate((20, 25, 30, 7))]
    for start, stop in zip((0, *cuts), (*cuts, len(rows)), strict=True):
        task.run("in", rows[start:stop], start)
    assert ints([one[:2] for one in task.commit()["out"]]) == [
        ("a", 0),
        ("beat", 20),
        ("a", 1),
        ("a", 2),
        ("beat", 30),
        ("a", 3),
    ]


@pytest.mark.parametrize("fused", [True, False])
def test_what_a_timer_does_to_times_the_rest_of_the_batch_knows(fused):
    shop = Shop()
    source = shop.stream("in")
    timed(shop, "late", source, lambda time, context: [Record("a", 1, time + 100)])
    spec = n.StoreSpec("w", "window", STR, INT, retention_ms=10, window=TimeWindows(10, 10))
    shop.add(n.Aggregate, "w", source, kind="count", store=spec, window=TimeWindows(10, 10))
    task = task_of(shop, fused=fused)
    task.run("in", [row("a", 1, 5), row("a", 1, 6), row("a", 1, 105)])
    assert task.dropped == {"late w": 1}
    assert task.bound.position()["observed:w"] == 205


def test_a_timer_forwards_to_what_is_declared_behind_it_too():
    shop = passing()
    passed = next(node for node in shop.nodes if node.name == "p")
    shop.to("again", passed)
    task = task_of(shop)
    task.run("in", [row("a", 1, 5)])
    assert len(task.commit()["again"]) == 2


def test_a_timer_by_the_wall_clock_costs_a_batch_nothing():
    shop = Shop()
    source = shop.stream("in")
    timed(shop, "beats", source, beats, n.Timing(10, by_wall=True))
    shop.to("out", source)
    task = task_of(shop)
    assert "due" not in task.program.text
    task.run("in", [row("a", 1, 5)])
    task.bound.entries[Tick("beats")](70)
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("beat", 70)]


def test_one_for_the_whole_app_is_a_timer_of_the_first_task():
    shop = Shop()
    source = shop.stream("in")
    timed(shop, "each", source, beats)
    timed(shop, "one", source, beats, n.Timing(5, once=True))
    (sub,) = (task_of(shop).sub,)
    assert [list(timers_of(sub, partition)) for partition in (0, 1)] == [["each", "one"], ["each"]]
