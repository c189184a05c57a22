"""Observed time of aggregates by window: the largest timestamp, kept in the position."""

from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

WINDOWS = (TimeWindows(10, 10, 5), SlidingWindows(10, 5), SessionWindows(10, 5))


def test_every_kind_knows_what_time_it_was_after_a_new_start():
    for window in WINDOWS:
        shop = Shop()
        shop.to("out", shop.windowed("hits", shop.stream("in"), window))
        task = task_of(shop)
        task.run("in", [row("a", 1, 500), row("b", 1, 499)])
        task.commit()
        task.restore()
        task.run("in", [row("c", 1, 400)])
        assert task.dropped == {"late hits": 1}
        assert task.bound.position() == {"observed:hits": 500}
