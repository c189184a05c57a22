"""A join of tables that has no store, looked up: which rows it has, from when they are."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop

USERS, AGES = [row("a", 1, 10), row("b", 2, 20)], [row("a", 3, 30), row("c", 4, 5)]


def looked_up(how, through=lambda shop, joined: joined):
    shop = Shop()
    joined = through(
        shop, shop.join_tables("both", shop.table("users"), shop.table("ages"), how=how)
    )
    fn = n.Func(lambda _, found: -1 if found is None else found, "found")
    shop.to(
        "out",
        shop.add(n.StreamTableJoin, "found", shop.stream("in"), joined, fn=fn, left_outer=True),
    )
    task = task_of(shop)
    task.run("users", USERS)
    task.run("ages", AGES)
    task.run("in", [row(key, 0) for key in "abcd"])
    return [value for _, value in ints([one[:2] for one in task.commit()["out"]])]


@pytest.mark.parametrize(
    "how, found",
    [("inner", [13, -1, -1, -1]), ("left", [13, 20, -1, -1]), ("outer", [13, 20, 4, -1])],
)
def test_a_row_is_there_where_the_sides_that_must_are(how, found):
    assert looked_up(how) == found


def test_it_is_from_the_later_time_of_the_rows_that_are_there():
    seen = {}

    def timed(shop, joined):
        def look(key, value, context):
            seen[key] = context.timestamp  # last by the stream, which looks up
            return value

        fn = n.Func(look, "timed", with_key=True)
        return shop.add(
            n.TableMapValues, "timed", joined, fn=fn, with_context=True, key=STR, value=INT
        )

    looked_up("outer", timed)
    assert seen == {"a": 30, "b": 20, "c": 5}
    seen.clear()
    looked_up("inner", timed)
    assert seen == {"a": 30}
