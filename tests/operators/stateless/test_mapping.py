"""Steps that make other keys and values."""

import pytest

from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, task_of
from tests.topology.graphs import Shop

TAGS = (("h", b"x"),)
CASES = {
    n.Map: (lambda key, value: (key * 2, value + 1), [("aa", 2)]),
    n.MapValues: (lambda key, value: value + len(key), [("a", 2)]),
    n.FlatMap: (lambda key, value: [(key, value), (None, 5)], [("a", 1), (None, 5)]),
    n.FlatMapValues: (lambda key, value: [value, None], [("a", 1), ("a", None)]),
    n.SelectKey: (lambda key, value: f"{key}{value}", [("a1", 1)]),
}


@pytest.mark.parametrize("kind", CASES)
def test_what_comes_out_keeps_time_and_headers(kind):
    call, expected = CASES[kind]
    shop = Shop()
    fn = n.Func(call, "made", with_key=True)
    shop.to("out", shop.add(kind, "made", shop.stream("in"), fn=fn))
    task = task_of(shop)
    task.run("in", [row("a", 1, 7, TAGS)])
    found = task.commit()["out"]
    assert ints([one[:2] for one in found]) == expected
    assert {one[2:] for one in found} == {(7, TAGS)}


@pytest.mark.parametrize("made", ["ab", 5, (1, 2, 3), {"a": 1, "b": 2}, None])
@pytest.mark.parametrize("kind", [n.Map, n.FlatMap], ids=lambda kind: kind.__name__)
def test_what_is_no_pair_is_refused_by_name(kind, made):
    shop = Shop()
    fn = n.Func(lambda _: made if kind is n.Map else [made], "made")
    shop.to("out", shop.add(kind, "made", shop.stream("in"), fn=fn))
    with pytest.raises(TypeError, match=r"made gives .*, which is no \(key, value\) pair"):
        task_of(shop).run("in", [row("a", 1, 7)])


def test_a_list_of_two_is_a_pair():
    shop = Shop()
    shop.to(
        "out",
        shop.add(n.Map, "made", shop.stream("in"), fn=n.Func(lambda value: ["b", value], "made")),
    )
    task = task_of(shop)
    task.run("in", [row("a", 1, 7)])
    assert ints([one[:2] for one in task.commit()["out"]]) == [("b", 1)]
