"""What a join has no use for is dropped, and counted with the reason."""

from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

ROWS = [row(None, 1), row("a", None), row(None, None), row("a", 2)]


def dropped(how):
    shop = Shop()
    shop.to("out", shop.meet("joined", shop.stream("a"), shop.stream("b"), how=how))
    task = task_of(shop)
    task.run("a", ROWS)
    return task.dropped


def test_without_a_value_or_a_key_a_record_meets_nothing():
    assert dropped("inner") == {"null-key joined": 2, "null-value joined": 1}


def test_an_outer_side_keeps_a_record_without_a_key():
    assert dropped("left") == {"null-value joined": 2}
