"""Kinds of aggregates: the first value, the next, the largest time of what went in."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.operators.aggregates.folding import FOLDINGS
from streamz_core.topology import nodes as n
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

CASES = {
    "count": (None, [1, 2, 3]),
    "reduce": (lambda one, other: one * 10 + other, [4, 45, 456]),
    "aggregate": (lambda total, value: total + value, [104, 109, 115]),
}


def test_there_is_a_case_for_each_kind():
    assert set(CASES) == set(FOLDINGS)


@pytest.mark.parametrize("kind", CASES)
def test_values_are_folded_one_by_one(kind):
    call, expected = CASES[kind]
    shop = Shop()
    table = shop.add(
        n.Aggregate,
        "made",
        shop.stream("in"),
        kind=kind,
        store=n.StoreSpec("made", "timestamped", STR, INT),
        fn=call and n.Func(call, "made"),
        initial=lambda: 100,
    )
    shop.to("out", table)
    task = task_of(shop)
    task.run("in", [row("a", 4, 7), row("a", 5, 3), row("a", 6, 9)])
    found = [(INT.decode(one[1]), one[2]) for one in task.commit()["out"]]
    assert found == list(zip(expected, [7, 7, 9], strict=True))
