"""What a function can ask about the record at hand and its task."""

from streamz_core.topology import nodes as n
from tests.compiler.harness import row, task_of
from tests.operators.processors.test_process import processing
from tests.topology.graphs import Shop


def test_the_context_tells_place_and_times():
    seen = []

    def look(record, context):
        place = (context.topic, context.partition, context.offset)
        seen.append((*place, context.stream_time, context.wall_time))
        assert place == (record.topic, record.partition, record.offset)
        assert (context.timestamp, context.headers) == (record.timestamp, record.headers)

    task = task_of(processing(look))
    task.now = 1234
    task.bound.set_task_time(7)
    task.run("in", [row("a", 1, 5), row("a", 1, 9), row("a", 1, 8)], offset=40)
    assert seen == [
        ("in", 0, 40, 7, 1234),
        ("in", 0, 41, 9, 1234),
        ("in", 0, 42, 9, 1234),
    ]
    assert task.bound.position() == {"task": 9}


def test_other_inputs_move_the_task_time_too():
    shop = processing(lambda record, context: None)
    source = next(node for node in shop.nodes if node.name == "in")
    users = shop.table("users")
    shop.join("joined", source, users)
    task = task_of(shop)
    task.run("users", [row("a", 1, 3), row("a", 1, 2)])
    assert task.bound.position() == {"task": 3}


def test_a_step_that_takes_the_context_watches_the_task_time():
    shop = Shop()
    table = shop.table("users")
    fn = n.Func(lambda value, context: context.stream_time, "seen")
    shop.to(
        "out", shop.add(n.TableMapValues, "seen", table, fn=fn, on_null=True, with_context=True)
    )
    shop.join("joined", shop.stream("in"), table)
    task = task_of(shop)
    task.run("in", [row("a", 1, 9)])
    task.run("users", [row("a", 1, 3)])
    assert task.bound.position() == {"task": 9}
