"""A table with a store of its own: the row before a change, and what is stored with it."""

import pytest

from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop


def changes(store, rows):
    """What comes out of a filter over a stored or an unstored one, and the rows of the first."""
    shop = Shop()
    some = shop.filter("some", shop.table("users", "users"), store)
    shop.to("out", some)
    task = task_of(shop)
    task.run("users", rows)
    out = task.commit()["out"]
    return ints([one[:2] for one in out]), task


def test_the_row_before_is_what_was_stored_and_not_what_came():
    rows = [row("a", 1, 5), row("a", -1, 9), row("a", -2, 9), row("b", 2, 3)]
    found, task = changes("some", rows)
    assert found == [("a", 1), ("a", None), ("b", 2)]
    assert task.rows("some") == [("b", 2, 3)]


def test_nothing_is_stored_where_nobody_asked():
    found, task = changes("", [row("a", 1, 5)])
    assert found == [("a", 1)]
    assert [spec.name for spec in task.sub.stores] == ["users"]


@pytest.mark.parametrize("store", ["", "some"])
def test_the_row_before_goes_on_with_the_change(store):
    shop = Shop()
    some = shop.filter("some", shop.table("users", "users"), store)
    shop.to("out", shop.filter("few", some))
    task = task_of(shop)
    task.run("users", [row("a", 1), row("a", -1), row("a", -1)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("a", None)]
