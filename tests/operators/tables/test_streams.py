"""The changes of a table as records."""

from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def test_a_delete_is_a_record_with_null_and_streams_take_it_from_there():
    shop = Shop()
    stream = shop.add(n.ToStream, "changes", shop.filter("some", shop.table("users", "users")))
    fn = n.Func(lambda value: -1 if value is None else value, "shown")
    shop.to("out", shop.add(n.MapValues, "shown", stream, fn=fn))
    task = task_of(shop)
    task.run("users", [row("a", 1), row("a", -1)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("a", -1)]
