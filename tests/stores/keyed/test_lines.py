"""Lines that reach for rows of a store, run against the overlay they name attributes of."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.lines.sides import Side
from streamz_core.stores.keyed.lines import look_up, row_place
from streamz_core.stores.row_lines import write_row
from streamz_core.stores.rows import UNREAD
from streamz_state.memory import MemoryDatabase
from tests.lines.written import Written
from tests.stores.opened import commit, opened, timestamped


@pytest.fixture
def store():
    return opened(timestamped(), MemoryDatabase())


def test_a_row_that_lines_write_is_committed(store):
    lines = Written()
    place = row_place(lines, store.spec, Side(store.spec.key, raw="key", nullable=False))
    write_row(lines, place, Side(INT, obj="value"), "timestamp")
    lines.run(store=lambda _: store, key=b"a", value=7, timestamp=5)
    assert commit(store, store.database) == [(b"a", INT.encode(7), 5)]


@pytest.mark.parametrize("unread", [True, False])
def test_a_lookup_finds_value_and_time(store, unread):
    raw = INT.encode(7)
    store.live.put(b"a", (UNREAD if unread else 7, 5, raw))
    lines = Written()
    found = look_up(lines, store.spec, Side(store.spec.key, raw="key"), unread=unread)
    lines.add(f"found = {found.value.obj(lines)}, {found.timestamp}")
    assert lines.run(store=lambda _: store, key=b"a")["found"] == (7, 5)
    assert lines.run(store=lambda _: store, key=b"b")["found"][0] is None
