"""Committed rows of a store, as queries and tests read them."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.record import Windowed
from streamz_core.stores.kinds import make_store
from streamz_core.stores.reading import read_store
from streamz_state.memory import MemoryDatabase
from tests.operators.tasks import NUMBER, commit, plain, timestamped, window

MINUTE = 60_000


@pytest.fixture
def database():
    return MemoryDatabase()


def keyed(database, spec, rows):
    store = make_store(spec, NUMBER, database)
    for key, value, timestamp in rows:
        store.write(spec.key.encode(key), value, timestamp)
    commit(store, database)
    return read_store(spec, NUMBER, database)


def windows(database, spec, rows):
    store = make_store(spec, NUMBER, database)
    for key, start, value, timestamp in rows:
        store.live[start].put(spec.key.encode(key), (value, timestamp, None))
    commit(store, database)
    return read_store(spec, NUMBER, database)


def test_rows_of_a_table_have_timestamps(database):
    rows = keyed(database, timestamped(), [("a", 1, 10), ("b", 2, 20)])
    assert rows.get("a") == ("a", 1, 10)
    assert rows.get("c") is None
    assert list(rows.all()) == [("a", 1, 10), ("b", 2, 20)]


def test_rows_of_a_declared_store_have_none(database):
    rows = keyed(database, plain(), [("a", 1, 10)])
    assert rows.get("a") == ("a", 1)
    assert list(rows.all()) == [("a", 1)]


def test_ranges_include_both_ends_and_ints_are_in_numeric_order(database):
    rows = keyed(database, timestamped(key=INT), [(at, at, 0) for at in (5, -5, 0, -1, 2)])
    assert [row[0] for row in rows.all()] == [-5, -1, 0, 2, 5]
    assert [row[0] for row in rows.range(-1, 2)] == [-1, 0, 2]


def test_a_snapshot_shows_one_moment(database):
    spec = timestamped()
    keyed(database, spec, [("a", 1, 0)])
    with database.snapshot() as moment:
        keyed(database, spec, [("a", 2, 0), ("b", 2, 0)])
        assert list(read_store(spec, NUMBER, moment).all()) == [("a", 1, 0)]
    assert len(list(read_store(spec, NUMBER, database).all())) == 2


def test_rows_of_windows(database):
    rows = windows(database, window(), [("k", 0, 1, 3), ("k", 10, 2, 12)])
    assert rows.get("k", 10) == (Windowed("k", 10, 20), 2, 12)
    assert rows.get("k", 20) is None
    assert list(rows.all()) == [(Windowed("k", 0, 10), 1, 3), (Windowed("k", 10, 20), 2, 12)]


def test_windows_that_retention_has_passed_are_hidden(database):
    rows = windows(database, window(retention=20), [("k", at, at, 0) for at in (0, 10, 20, 30)])
    assert [row[0].start for row in rows.all()] == [20, 30]
    assert rows.get("k", 10) is None
    assert [row[0].start for row in rows.fetch("k")] == [20, 30]


def test_fetch_crosses_segments_in_order_of_time(database):
    spec = window(size=1000, retention=60 * MINUTE)
    starts = [0, 29 * MINUTE, 30 * MINUTE, 59 * MINUTE]
    rows = windows(database, spec, [("k", start, 1, 0) for start in starts])
    assert [row[0].start for row in rows.fetch("k")] == starts
    between = rows.fetch("k", 29 * MINUTE, 30 * MINUTE)
    assert [row[0].start for row in between] == [29 * MINUTE, 30 * MINUTE]


def test_fetch_gives_no_rows_of_longer_keys(database):
    spec = window(retention=1000)
    rows = windows(database, spec, [("k", 0, 1, 0), ("k\x00", 0, 2, 0), ("kk", 0, 3, 0)])
    assert [row[1] for row in rows.fetch("k")] == [1]


def test_all_goes_on_behind_a_row(database):
    spec = window(retention=1000)
    rows = windows(database, spec, [(key, start, 1, 0) for key in "ab" for start in (0, 10)])
    found = list(rows.all())
    for at, row in enumerate(found):
        assert list(rows.all(after=row[0])) == found[at + 1 :]


def test_an_empty_window_store_has_no_rows(database):
    rows = read_store(window(), NUMBER, database)
    assert list(rows.all()) == list(rows.fetch("k")) == []
    assert rows.get("k", 0) is None
