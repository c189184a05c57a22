"""Lines that read and put versions, run against the overlay they name methods of."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from streamz_core.stores.versioned.lines import look_up, look_up_at, put, read
from streamz_core.topology.nodes import StoreSpec
from streamz_state.memory import MemoryDatabase
from tests.lines.written import Written
from tests.stores.opened import opened

SPEC = StoreSpec("v", "versioned", STR, INT, retention_ms=9000, history_ms=9000)
KEY = Side(STR, raw="key", nullable=False)


@pytest.fixture
def store():
    store = opened(SPEC, MemoryDatabase())
    store.put(b"a", 10, INT.encode(1))
    store.put(b"a", 20, INT.encode(2))
    return store


def test_lines_read_the_latest_version(store):
    lines = Written()
    row, found = read(lines, SPEC, KEY), look_up(lines, SPEC, KEY, unread=True)
    lines.add(f"found = {row}[0], {found.value.obj(lines)}, {found.timestamp}")
    assert lines.run(store=lambda _: store, key=b"a")["found"] == (2, 2, 20)
    assert lines.run(store=lambda _: store, key=b"b")["found"][:2] == (None, None)


def test_lines_look_up_what_a_row_was(store):
    lines = Written()
    found = look_up_at(lines, SPEC, KEY, "time")
    lines.add(f"found = {found.value.obj(lines)}, {found.timestamp}")
    assert lines.run(store=lambda _: store, key=b"a", time=15)["found"] == (1, 10)
    assert lines.run(store=lambda _: store, key=b"a", time=9)["found"][0] is None


@pytest.mark.parametrize("timestamp, told", [(30, True), (20, True), (15, False), (9020, True)])
def test_lines_put_a_version_and_know_whether_it_is_the_latest(store, timestamp, told):
    lines = Written()
    flow = Flow(KEY, Side(INT, obj="value"), "timestamp", "()")
    lines.add("found = None")
    with put(lines, SPEC, flow, flow.value) as taken:
        lines.add(f"found = {taken.latest}")
    names = {"store": lambda _: store, "key": b"a", "value": 7, "timestamp": timestamp}
    assert lines.run(**names)["found"] is told
    assert store.row_at(b"a", timestamp)[:2] == (7, timestamp)


def test_what_is_too_old_is_dropped(store):
    store.put(b"b", 9020, INT.encode(0))
    dropped = []
    lines = Written()
    flow = Flow(KEY, Side(INT, obj="value"), "timestamp", "()")
    with put(lines, SPEC, flow, flow.value):
        lines.add("taken = True")
    names = {"store": lambda _: store, "key": b"a", "value": 7, "timestamp": 19}
    ran = lines.run(**names, drop=lambda reason, _: dropped.append(reason))
    assert dropped == ["expired"]
    assert "taken" not in ran
