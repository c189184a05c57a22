"""What is called before a commit: table by table, with the place of the record that changed a row last."""

from streamz_core.compiler.commits import AtCommit
from streamz_core.compiler.entries import Batch
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import Task, ints, row, task_of
from tests.topology.graphs import Shop


def test_every_table_that_waits_has_an_entry_in_order_of_declaration():
    shop = Shop()
    table = shop.table("users", store="rows", at_commit=True)
    kept = n.StoreSpec("big", "timestamped", table.key, table.value)
    fn = n.Func(lambda value: value > 1, "big")
    shop.add(n.TableFilter, "big", table, fn=fn, materialized=kept, at_commit=True)
    bound = task_of(shop).bound
    assert list(bound.entries) == [Batch("users"), AtCommit("users"), AtCommit("big")]
    assert bound.waits


def test_tables_that_do_not_wait_have_none():
    shop = Shop()
    shop.table("users", store="rows")
    shop.windowed("counts", shop.stream("clicks"), final=True).at_commit = True
    plan = make_plan(shop.graph())
    bound = Task(plan, plan.subs[1]).bound
    assert not bound.waits
    bound.pass_on()


def test_a_context_behind_it_has_the_place_of_the_record_that_changed_the_row_last():
    seen = []

    def look(record, context):
        seen.append((record.value, record.topic, record.offset, context.headers, context.timestamp))

    shop = Shop()
    streams = [shop.stream("one"), shop.stream("two")]
    merged = shop.add(n.Merge, "merged", *streams)
    counts = shop.count("counts", merged, at_commit=True)
    shop.add(n.Process, "look", shop.add(n.ToStream, "changes", counts), fn=n.Func(look, "look"))
    task = task_of(shop)
    task.run("one", [row("a", 1, 5, (("h", b"1"),)), row("b", 1, 6)], offset=7)
    task.run("two", [row("a", 1, 3, (("h", b"2"),))], offset=40)
    assert seen == []
    task.commit()
    assert seen == [(1, "one", 8, (), 6), (2, "two", 40, (("h", b"2"),), 5)]
    assert task.bound.position()["task"] == 6


def test_what_goes_on_goes_to_all_children_and_through_hops():
    shop = Shop()
    counts = shop.count("counts", shop.stream("in"), at_commit=True)
    shop.to("out", counts)
    shop.count("again", shop.rekey("by-value", shop.add(n.ToStream, "changes", counts)))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("in", [row("a", 1), row("a", 1)])
    found = task.commit()
    assert ints([one[:2] for one in found["out"]]) == [("a", 2)]
    assert ints([one[:2] for one in found["shop-again-repartition"]]) == [("2", 2)]
