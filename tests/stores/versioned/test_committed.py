"""Committed versions as readers see them: the latest of each key, and what it was."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.topology.nodes import StoreSpec
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, committed, opened

SPEC = StoreSpec("v", "versioned", STR, INT, retention_ms=9000, history_ms=9000)


@pytest.fixture
def rows():
    database = MemoryDatabase()
    store = opened(SPEC, database)
    puts = [(b"b", 10, 1), (b"b", 20, 2), (b"a", 5, 3), (b"gone", 7, 4), (b"gone", 9, None)]
    for key, timestamp, value in (*puts, (b"c", 9010, 5), (b"d", 9005, None), (b"d", 9006, 6)):
        store.put(key, timestamp, None if value is None else INT.encode(value))
    commit(store, database)
    return committed(SPEC, database)


def test_rows_are_the_latest_versions_in_order_and_deletes_are_none(rows):
    expected = [("a", 3, 5), ("b", 2, 20), ("c", 5, 9010), ("d", 6, 9006)]
    assert list(rows.all()) == expected
    assert [row for row in rows.scan() if len(row) > 1] == expected
    assert list(rows.scan("b", "c")) == expected[1:3]
    assert list(rows.of_key("b")) == [("b", 2, 20)]
    assert list(rows.of_key("gone")) == list(rows.of_key("none")) == []


def test_a_scan_passes_over_deletes_by_their_keys(rows):
    assert list(rows.scan("e")) == [("gone",)]
    assert list(rows.scan(after="d")) == [("gone",)]


def test_a_row_as_it_was(rows):
    assert list(rows.as_of("b", 15)) == [("b", 1, 10, 20)]
    assert list(rows.as_of("b", 20)) == [("b", 2, 20, None)]
    assert list(rows.as_of("b", 9)) == list(rows.as_of("none", 9)) == []
    assert list(rows.as_of("gone", 9)) == list(rows.as_of("d", 9005)) == []


def test_what_is_older_than_the_history_is_not_known_but_the_latest_is(rows):
    assert list(rows.as_of("a", 7)) == [("a", 3, 5, None)]
    assert list(rows.as_of("b", 10)) == [("b", 1, 10, 20)]
    assert list(rows.as_of("gone", 8)) == []
    assert list(rows.as_of("c", 9000)) == list(rows.as_of("b", 9)) == []
    assert list(rows.versions("gone")) == []
    assert list(rows.versions("a", 0, 4)) == []
    assert list(rows.versions("a", 0, 5)) == [("a", 3, 5, None)]


def test_versions_between(rows):
    assert list(rows.versions("b")) == [("b", 1, 10, 20), ("b", 2, 20, None)]
    assert list(rows.versions("b", 20)) == [("b", 2, 20, None)]
    assert list(rows.versions("b", 0, 19)) == [("b", 1, 10, 20)]
    assert list(rows.versions("d")) == [("d", 6, 9006, None)]
