"""process and process_values: functions of whole records."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse
from streamz_core.topology import nodes as n
from tests.compiler.harness import row, run, task_of
from tests.topology.graphs import Shop


def processing(fn, *, kind=n.Process, stores=()):
    shop = Shop()
    source = shop.stream("in")
    made = n.Func(fn, "fn", stores=stores)
    shop.to("out", shop.add(kind, "fn", source, fn=made))
    return shop


def test_a_function_that_yields_nothing_may_return_none():
    seen = []
    shop = processing(lambda record, context: seen.append(record.value))
    assert run(shop, "in", [row("a", 1)]) == []
    assert seen == [1]


def test_process_values_must_keep_the_key():
    def move(record, context):
        yield record.with_key("b")

    with pytest.raises(Misuse, match="process_values keeps it"):
        task_of(processing(move, kind=n.ProcessValues)).run("in", [row("a", 1)])


def test_a_negative_timestamp_is_refused():
    def back(record, context):
        yield record.with_timestamp(-1)

    with pytest.raises(Misuse, match="negative timestamp"):
        task_of(processing(back)).run("in", [row("a", 1)])


def test_a_declared_store_writes_with_the_time_of_the_record():
    store = n.StoreSpec("seen", "plain", STR, INT)

    def remember(record, context, seen):
        seen[record.key] = record.value
        yield record

    task = task_of(processing(remember, stores=(store,)))
    task.run("in", [row("a", 1, 5), row("b", 2, 6)])
    task.commit()
    assert task.changelogs["seen"] == [(b"a", INT.encode(1), 5), (b"b", INT.encode(2), 6)]
    assert task.rows("seen") == [("a", 1), ("b", 2)]
