"""Which rows are over: looked for in the database one span at a time, and only when a span may be over."""

import pytest

from streamz_core.stores.expiring.ripening import NEVER, SPANS, Ripening
from streamz_state.batch import WriteBatch
from streamz_state.keys import due_key, store_prefix
from tests.stores.opened import Watched

PREFIX, TTL = store_prefix(3), 640
SPAN = TTL // SPANS


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def rows():
    return {}


@pytest.fixture
def ripening(database, rows):
    return Ripening(PREFIX, TTL, database, lambda key: rows.get(key, (None, 0, None)))


def save(database, rows, *keys):
    puts = [(due_key(PREFIX, rows[key][1] // SPAN, key), b"") for key in keys]
    database.write(WriteBatch(puts=puts), None)


def test_nobody_knows_when_before_somebody_looked(ripening):
    assert ripening.due == -1
    assert ripening.first(5) is None
    assert ripening.due > NEVER


def test_a_span_is_read_when_its_first_row_may_be_over(ripening, database, rows):
    rows |= {b"a": (1, 25, None), b"b": (1, 21, None), b"c": (1, 31, None)}
    save(database, rows, b"a", b"b", b"c")
    assert ripening.first(TTL + 19) is None
    assert ripening.due == TTL + 20
    scans = database.scans
    assert ripening.first(TTL + 20) is None
    assert database.scans - scans == 2, "the span, and where the next one is"
    assert ripening.due == TTL + 21
    assert ripening.first(TTL + 25) == (21, b"b")
    assert ripening.first(TTL + 25) == (25, b"a")
    assert ripening.first(TTL + 25) is None
    assert database.scans - scans == 2
    assert ripening.due == TTL + 30


def test_what_was_written_in_another_span_since_is_passed_over(ripening, database, rows):
    rows[b"a"] = (1, 5, None)
    save(database, rows, b"a")
    rows[b"a"] = (2, 77, None)
    ripening.note(b"a", 77)
    assert ripening.first(TTL + 76) is None
    assert ripening.first(TTL + 77) == (77, b"a")


def test_a_commit_deletes_what_is_over_once(ripening, rows):
    rows[b"a"] = (1, 5, None)
    ripening.note(b"a", 5)
    assert ripening.collect() == []
    assert ripening.first(TTL + 57) == (5, b"a")
    rows.clear()
    assert ripening.first(TTL + 57) is None
    ((start, end),) = ripening.collect()
    assert start <= due_key(PREFIX, 4, b"z") < end <= due_key(PREFIX, 5, b"")
    assert ripening.collect() == []


def test_what_is_undone_is_found_again(ripening, rows):
    rows[b"a"] = (1, 5, None)
    ripening.note(b"a", 5)
    ripening.begin()
    rows[b"b"] = (1, 6, None)
    ripening.note(b"b", 6)
    assert ripening.first(9999) == (5, b"a")
    ripening.undo()
    del rows[b"b"]
    assert ripening.due == -1
    assert ripening.first(9999) == (5, b"a")
    assert ripening.first(9999) is None
