"""Rows by key, whatever kind of store has them: the lines are those of the kind."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from streamz_core.stores import by_key
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import TimeWindows
from streamz_state.memory import MemoryDatabase
from tests.lines.written import Written
from tests.stores.opened import opened

KEY = Side(STR, raw="key", nullable=False)
HISTORY = {"retention_ms": 9000, "history_ms": 9000}


@pytest.mark.parametrize(
    "kind, more, latest", [("timestamped", {}, ""), ("versioned", HISTORY, "latest")]
)
def test_what_is_put_is_read(kind, more, latest):
    spec = StoreSpec("s", kind, STR, INT, **more)
    store = opened(spec, MemoryDatabase())
    lines = Written()
    flow = Flow(KEY, Side(INT, obj="value"), "timestamp", "()", latest="before")
    with by_key.put(lines, spec, flow) as taken:
        lines.add(f"found = {by_key.read(lines, spec, taken.key)}")
    assert taken.latest.startswith(latest)
    assert bool(taken.latest) == bool(latest)
    names = {"store": lambda _: store, "key": b"a", "value": 7, "timestamp": 5}
    assert lines.run(**names)["found"][:2] == (7, 5)


def test_a_store_of_windows_has_no_row_for_each_key():
    spec = StoreSpec("s", "window", STR, INT, window=TimeWindows(10, 10))
    with pytest.raises(AssertionError, match="no row for each key"):
        by_key.read(Written(), spec, KEY)
