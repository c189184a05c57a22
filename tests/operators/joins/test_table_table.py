"""Joins of two tables: what a change of either side makes, deletes, old values, times."""

import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop

LISTS = codec_for(list[int])


class Two:
    """Two tables and their join, a change at a time."""

    def __init__(self, how, store="", *, behind=lambda shop, joined: joined, fused=True):
        shop = Shop()
        joined = shop.join_tables("both", shop.table("l"), shop.table("r"), how=how, store=store)
        shop.to("out", behind(shop, joined))
        self.task = task_of(shop, fused=fused)

    def __call__(self, topic, value, timestamp=0):
        """What one change of the key "a" puts out."""
        self.task.run(topic, [row("a", value, timestamp)])
        out = self.task.commit()["out"]
        return [value for _, value in ints([one[:2] for one in out])]

    def times(self, topic, value, timestamp):
        self.task.run(topic, [row("a", value, timestamp)])
        return [one[2] for one in self.task.commit()["out"]]


STEPS = [
    ("l", None),
    ("r", None),
    ("l", 1),
    ("l", None),
    ("r", 2),
    ("l", 3),
    ("l", None),
    ("r", None),
]
EXPECTED = {
    # delete   delete  1 alone  gone    2 alone  3 and 2  2 alone  gone
    "inner": [[], [], [], [], [], [32], [None], []],
    "left": [[], [], [10], [None], [], [32], [None], []],
    "outer": [[], [], [10], [None], [2], [32], [2], [None]],
}


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("store", ["", "kept"])
@pytest.mark.parametrize("how", EXPECTED)
def test_what_each_change_makes(how, store, fused):
    two = Two(how, store, fused=fused)
    assert [two(*step) for step in STEPS] == EXPECTED[how]
    if store:
        two("l", 4)
        two("r", 5)
        assert two.task.rows("kept") == [("a", 45, 0)]


def test_an_inner_join_deletes_what_never_was():
    two = Two("inner")
    two("r", 2)
    assert two("l", None) == [None]


def test_the_later_time_counts_where_there_is_another_row():
    two = Two("outer")
    assert two.times("l", 1, 50) == [50]
    assert two.times("r", 2, 30) == [50]
    assert two.times("r", 3, 70) == [70]
    assert two.times("l", None, 10) == [70]
    assert two.times("r", None, 20) == [20]


@pytest.mark.parametrize("store", ["", "kept"])
@pytest.mark.parametrize("how", EXPECTED)
def test_old_values_go_to_who_asks_for_them(how, store):
    """A filter behind the join deletes only what it let through."""

    def some(shop, joined):
        return shop.filter("some", joined)

    two = Two(how, store, behind=some)
    two("r", 1)
    assert two("l", -1) == ([None] if how == "outer" else []), "1 alone was let through, -9 is not"
    assert two("l", 2) == [21]
    assert two("l", -2) == [None]
    assert two("l", None) == ([1] if how == "outer" else [])


def test_a_table_joined_with_itself_changes_twice():
    shop = Shop()
    users = shop.table("users")
    shop.to("out", shop.join_tables("both", users, users))
    task = task_of(shop)
    task.run("users", [row("a", 1), row("a", 2)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [
        ("a", value) for value in (11, 11, 22, 22)
    ]


def test_the_function_gets_the_other_value_anew_for_each_call():
    """It is called for the new result and for the old one, and may change what it gets."""
    seen = []

    def taken(one, other):
        other += one
        return other

    def told(value):
        seen.append(list(value))
        return True

    shop = Shop()
    sides = [shop.table(topic, value=LISTS) for topic in "lr"]
    joined = shop.join_tables("both", *sides, fn=taken)
    fn = n.Func(told, "told")
    shop.to("out", shop.add(n.TableFilter, "told", joined, fn=fn))
    task = task_of(shop)
    task.run("r", [(b"a", LISTS.encode([7]), 0, ())])
    for number in (1, 2):
        task.run("l", [(b"a", LISTS.encode([number]), 0, ())])
    assert seen == [[7, 1], [7, 2], [7, 1]], "new, then new and old"
