"""Filters on streams: what is kept, and that nulls are asked about too."""

import pytest

from streamz_core.topology import nodes as n
from tests.compiler.harness import ints, row, run
from tests.topology.graphs import Shop


@pytest.mark.parametrize("negate", [False, True])
def test_what_passes_goes_on_as_it_came(negate):
    shop = Shop()
    fn = n.Func(lambda value: value is None or value > 1, "some")
    shop.to("out", shop.add(n.Filter, "some", shop.stream("in"), fn=fn, negate=negate))
    got = ints(run(shop, "in", [row("a", 1), row("b", 2), row("c", None)]))
    assert got == ([("a", 1)] if negate else [("b", 2), ("c", None)])
