"""Lines that put rows which expire: the row is there, and it is noted when it will be over."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from streamz_core.stores.expiring.lines import put
from streamz_core.topology.nodes import StoreSpec
from streamz_state.memory import MemoryDatabase
from tests.lines.written import Written
from tests.stores.opened import opened

SPEC = StoreSpec("s", "expiring", STR, INT, ttl_ms=100)


@pytest.mark.parametrize("nullable", [False, True])
def test_a_row_that_is_put_is_noted(nullable):
    store, lines = opened(SPEC, MemoryDatabase()), Written()
    value = Side(INT, obj="value", nullable=nullable)
    flow = Flow(Side(STR, raw="key", nullable=False), value, "time", "()")
    with put(lines, SPEC, flow, value) as taken:
        lines.add(f"taken = {taken.timestamp}")
    assert lines.run(store=lambda _: store, key=b"a", value=7, time=5)["taken"] == 5
    assert store.read(b"a") == 7
    assert list(store.let_go(105, 0)) == [(b"a", 7, 105)]
    if nullable:
        lines.run(store=lambda _: store, key=b"a", value=None, time=200)
        assert list(store.let_go(9999, 0)) == []
