"""Steps that only look."""

from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, run
from tests.topology.graphs import Shop


def test_peek_looks_and_passes_on():
    seen = []
    shop = Shop()
    fn = n.Func(lambda key, value: seen.append((key, value)), "look", with_key=True)
    shop.to("out", shop.add(n.Peek, "look", shop.stream("in"), fn=fn))
    assert ints(run(shop, "in", [row("a", 1), row(None, None)])) == [("a", 1), (None, None)]
    assert seen == [("a", 1), (None, None)]


def test_foreach_looks_at_every_record_and_others_hear_of_it_in_their_turn():
    seen = []
    shop = Shop()
    source = shop.stream("in")
    shop.add(n.Foreach, "first", source, fn=n.Func(seen.append, "first"))
    fn = n.Func(lambda key, value: seen.append(key), "last", with_key=True)
    shop.add(n.Foreach, "last", source, fn=fn)
    assert run(shop, "in", [row("a", 1), row(None, None)]) == []
    assert seen == [1, "a", None, None]
