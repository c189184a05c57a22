"""What a join finds: stored rows, and rows that follow from those of the table above."""

from streamz_core.codecs.plain import INT, STR
from streamz_core.record import Windowed
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import TimeWindows
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def asked(table, shop):
    joined = shop.join("joined", shop.stream("in"), table, left=True)
    shop.to("out", joined)
    return task_of(shop)


def test_a_filter_without_a_store_asks_the_table_above():
    shop = Shop()
    task = asked(shop.filter("some", shop.table("users")), shop)
    task.run("users", [row("a", 1), row("b", -1)])
    task.run("in", [row("a", 10), row("b", 10), row("c", 10)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 11), ("b", 10), ("c", 10)]


def test_a_mapped_row_has_the_time_of_the_row_above():
    shop = Shop()
    seen = []

    def look(value, context):
        seen.append((value, context.timestamp, context.headers, context.topic))
        return value

    fn = n.Func(look, "seen")
    users = shop.table("users")
    mapped = shop.add(n.TableMapValues, "seen", users, fn=fn, on_null=True, with_context=True)
    task = asked(mapped, shop)
    task.run("users", [(b"a", INT.encode(1), 3, (("h", b"x"),))])
    task.run("in", [row("a", 10, 7, (("other", b"y"),))])
    assert seen == [(1, 3, (("h", b"x"),), "users"), (1, 3, (), "in")]


def test_a_windowed_table_can_be_joined_by_windowed_keys():
    shop = Shop()
    codec = TimeWindows(10, 10).codec(STR)
    spec = n.StoreSpec("w", "window", STR, INT, retention_ms=20, window=TimeWindows(10, 10))
    source = shop.stream("in")
    window = TimeWindows(10, 10, 10)
    table = shop.add(n.Aggregate, "w", source, kind="count", store=spec, window=window, key=codec)
    asked = shop.stream("ask", key=codec)
    joined = shop.add(
        n.StreamTableJoin,
        "joined",
        asked,
        table,
        fn=n.Func(lambda left, right: -1 if right is None else right, "joined"),
        left_outer=True,
    )
    shop.to("out", joined)
    task = task_of(shop)
    task.run("in", [row("a", 1, 5), row("a", 1, 15), row("a", 1, 16), row("b", 1, 25)])
    rows = [
        (codec.encode(Windowed("a", start, start + 10)), INT.encode(0), 0, ())
        for start in (0, 10, 20)
    ]
    task.run("ask", rows)
    assert [INT.decode(one[1]) for one in task.commit()["out"]] == [-1, 2, -1]
