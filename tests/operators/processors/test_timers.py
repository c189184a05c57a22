"""Functions that are called when time has come: what they are handed, and what becomes of what they yield."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.ticks import Tick
from streamz_core.errors import Misuse
from streamz_core.record import Record
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop

TIMING = n.Timing(10, by_wall=True)


def alone(fn, stores=()):
    """A timer of its own -> out."""
    shop = Shop()
    fn = n.Func(fn, "tick", stores=stores)
    shop.to("out", shop.add(n.Every, "tick", fn=fn, timing=TIMING))
    return task_of(shop)


def tick(task, now):
    task.bound.entries[Tick("tick")](now)
    return [
        (key and key.decode(), INT.decode(value), *rest)
        for key, value, *rest in task.commit()["out"]
    ]


def test_it_is_handed_the_time_and_a_context_without_a_record():
    seen = []

    def look(time, context):
        seen.append((time, context.timestamp, context.headers, context.topic, context.partition))
        seen.append((context.offset, context.stream_time, context.wall_time, context.task))

    task = alone(look)
    task.now = 99
    assert tick(task, 70) == []
    assert seen == [(70, 70, (), "", -1), (-1, -1, 99, "tick/0")]


def test_what_it_yields_has_its_own_time_and_headers():
    task = alone(lambda time, context: [Record("a", 1, 5, (("h", b"x"),)), Record(None, 2, time)])
    assert tick(task, 70) == [("a", 1, 5, (("h", b"x"),)), (None, 2, 70, ())]


@pytest.mark.parametrize(
    "made, error",
    [("a", TypeError), (Record("a", 1, -1), Misuse), (Record("a", 1, 1, {1: 2}), TypeError)],
)
def test_what_could_not_be_written_is_refused(made, error):
    with pytest.raises(error):
        tick(alone(lambda time, context: [made]), 70)


def test_what_it_writes_to_a_store_has_the_time_that_has_come():
    store = n.StoreSpec("seen", "plain", STR, INT)

    def remember(time, context, seen):
        seen["a"] = time

    task = alone(remember, stores=(store,))
    tick(task, 70)
    assert task.changelogs["seen"] == [(b"a", INT.encode(70), 70)]


def test_on_a_step_that_may_change_keys_what_is_grouped_behind_it_is_repartitioned():
    shop = Shop()
    passed = shop.add(n.Process, "p", shop.stream("in"), fn=n.Func(lambda r, c: [r], "p"))
    fn = n.Func(lambda time, context: [Record("t", time, time)], "tick")
    shop.add(n.Punctuate, "tick", passed, fn=fn, timing=TIMING)
    shop.count("hits", passed)
    from streamz_core.topology.plan import make_plan
    from tests.compiler.harness import Task

    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("in", [row("a", 1, 5)])
    task.bound.entries[Tick("tick")](70)
    assert ints([one[:2] for one in task.commit()["shop-hits-repartition"]]) == [
        ("a", 1),
        ("t", 70),
    ]
