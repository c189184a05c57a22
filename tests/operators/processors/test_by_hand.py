"""Processors that are objects: what they forward is done with when forward() returns."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse
from streamz_core.operators.processors.processor import Processor
from streamz_core.record import Record
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop

SEEN = n.StoreSpec("seen", "plain", STR, INT)


def made_by(process, *names):
    """A class whose `process(self, record)` is this; with the stores of these names as `self.stores`."""

    class Made(Processor):
        def init(self, context):
            super().init(context)
            self.stores = [context.get_state_store(name) for name in names]

    Made.process = process
    Made.__abstractmethods__ = frozenset()
    return Made


def hang(shop, name, process, *parents, stores=(), **more):
    supplier = made_by(process, *(store.name for store in stores))
    return shop.add(n.Processor, name, *parents, fn=n.Func(supplier, name, stores=stores), **more)


def written(task, topic="out"):
    return ints([one[:2] for one in task.commit()[topic]])


@pytest.mark.parametrize("fused", [True, False])
def test_the_steps_behind_are_done_before_the_next_statement(fused):
    shop, done = Shop(), []

    def parent(self, record):
        done.append(f"begin {record.value}")
        self.context.forward(record)
        self.context.forward(record.with_value(record.value + 1))
        done.append(f"end {record.value}")

    def child(self, record):
        done.append(f"child {record.value}")
        self.context.forward(record)

    top = hang(shop, "top", parent, shop.stream("in"))
    shop.to("out", hang(shop, "left", child, top))
    shop.add(n.Peek, "right", top, fn=n.Func(lambda value: done.append(f"right {value}"), "right"))
    task = task_of(shop, fused=fused)
    task.run("in", [row("a", 1), row("a", 5)])
    assert done == [
        *("begin 1", "child 1", "right 1", "child 2", "right 2", "end 1"),
        *("begin 5", "child 5", "right 5", "child 6", "right 6", "end 5"),
    ]
    assert written(task) == [("a", 1), ("a", 2), ("a", 5), ("a", 6)]


@pytest.mark.parametrize("fused", [True, False])
def test_what_a_step_behind_writes_is_there_when_forward_returns(fused):
    shop = Shop()

    def parent(self, record):
        (seen,) = self.stores
        seen[record.key] = record.value
        self.context.forward(record.with_timestamp(99))
        self.context.forward(record.with_value(seen[record.key]).with_timestamp(98))
        seen["last"] = record.value

    def child(self, record):
        (seen,) = self.stores
        seen[record.key] += 100
        self.context.forward(record)

    top = hang(shop, "top", parent, shop.stream("in"), stores=(SEEN,))
    shop.to("out", hang(shop, "below", child, top, stores=(SEEN,)))
    task = task_of(shop, fused=fused)
    task.run("in", [row("a", 1, 5)])
    assert written(task) == [("a", 1), ("a", 101)]
    assert task.rows("seen") == [("a", 201), ("last", 1)]
    # What is written after the step behind, which had a later record, is of the time of the own one.
    assert task.changelogs["seen"] == [(b"a", INT.encode(201), 98), (b"last", INT.encode(1), 5)]


@pytest.mark.parametrize("fused", [True, False])
def test_one_with_two_parents_takes_from_both_in_order(fused):
    shop, seen = Shop(), []
    source = shop.stream("in")

    def add(by):
        return lambda self, record: self.context.forward(record.with_value(record.value + by))

    left, right = (hang(shop, name, add(by), source) for name, by in (("l", 10), ("r", 20)))

    def both(self, record):
        seen.append((record.value, self.context.offset))
        self.context.forward(record)

    shop.to("out", hang(shop, "both", both, left, right))
    task = task_of(shop, fused=fused)
    task.run("in", [row("a", 1), row("a", 2)], offset=7)
    assert seen == [(11, 7), (21, 7), (12, 8), (22, 8)]
    assert written(task) == [("a", 11), ("a", 21), ("a", 12), ("a", 22)]


def test_one_child_by_its_name():
    shop = Shop()
    top = hang(
        shop, "top", lambda self, record: self.context.forward(record, "b"), shop.stream("in")
    )
    for name in "ab":
        shop.to(
            f"out-{name}", hang(shop, name, lambda self, record: self.context.forward(record), top)
        )
    task = task_of(shop)
    task.run("in", [row("a", 1)])
    assert {topic: len(rows) for topic, rows in task.commit().items()} == {"out-a": 0, "out-b": 1}


def test_a_child_that_is_not_behind_is_refused():
    shop = Shop()
    top = hang(
        shop, "top", lambda self, record: self.context.forward(record, "x"), shop.stream("in")
    )
    shop.to("out", top)
    with pytest.raises(Misuse, match="top gives a record to the step 'x', which is not behind it"):
        task_of(shop).run("in", [row("a", 1)])


def forwarded(made):
    shop = Shop()
    shop.to(
        "out", hang(shop, "top", lambda self, record: self.context.forward(made), shop.stream("in"))
    )
    task_of(shop).run("in", [row("a", 1, 5)])


@pytest.mark.parametrize(
    "made, error, told",
    [
        (5, TypeError, "top gives 5, which is no Record"),
        (Record("a", 1, -1), Misuse, "negative: -1"),
        (Record("a", 1, 5, "h"), TypeError, "headers"),
    ],
)
def test_what_could_not_be_written_is_refused(made, error, told):
    with pytest.raises(error, match=told):
        forwarded(made)


def test_records_and_context_tell_where_they_are():
    shop, seen = Shop(), []

    def look(self, record):
        context = self.context
        place = (record.topic, record.partition, record.offset)
        assert place == (context.topic, context.partition, context.offset)
        assert (record.timestamp, record.headers) == (context.timestamp, context.headers)
        seen.append((*place, context.stream_time, context.wall_time, context.task))
        context.commit()

    hang(shop, "look", look, shop.stream("in"))
    task = task_of(shop)
    task.now = 1234
    task.run("in", [row("a", 1, 9, (("h", b""),)), row("a", 1, 8)], offset=40)
    assert seen == [("in", 0, 40, 9, 1234, "in/0"), ("in", 0, 41, 9, 1234, "in/0")]
    assert task.commits_asked == 2


def test_nobody_takes_a_record_when_it_is_over():
    shop, kept = Shop(), []
    shop.to(
        "out", hang(shop, "top", lambda self, record: kept.append(self.context), shop.stream("in"))
    )
    task_of(shop).run("in", [row("a", 1)])
    with pytest.raises(Misuse, match=r"top: forward\(\) belongs into process\(\)"):
        kept[0].forward(Record("a", 1, 5))


def test_a_sibling_sees_nothing_of_what_is_done_to_a_value():
    from streamz_core.codecs.annotation import codec_for

    lists = codec_for(list[int])
    shop, seen = Shop(), []

    def spoil(self, record):
        record.value.append(1)
        seen.append(record.value)

    top = hang(
        shop,
        "top",
        lambda self, record: self.context.forward(record.with_value([record.value])),
        shop.stream("in"),
        value=lists,
    )
    hang(shop, "one", spoil, top)
    hang(shop, "two", spoil, top)
    task_of(shop).run("in", [row("a", 0)])
    assert seen == [[0, 1], [0, 1]]
