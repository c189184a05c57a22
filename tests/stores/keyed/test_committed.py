"""Committed rows of stores key -> value, as queries and tests read them."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.errors import CodecError
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, committed, opened, plain, timestamped


@pytest.fixture
def database():
    return MemoryDatabase()


def keyed(database, spec, rows):
    store = opened(spec, database)
    for key, value, timestamp in rows:
        store.write(spec.key.encode(key), value, timestamp)
    commit(store, database)
    return committed(spec, database)


def test_rows_of_a_table_have_timestamps(database):
    rows = keyed(database, timestamped(), [("a", 1, 10), ("b", 2, 20)])
    assert next(rows.of_key("a")) == ("a", 1, 10)
    assert list(rows.of_key("c")) == []
    assert list(rows.all()) == [("a", 1, 10), ("b", 2, 20)]


def test_rows_of_a_declared_store_have_none(database):
    rows = keyed(database, plain(), [("a", 1, 10)])
    assert next(rows.of_key("a")) == ("a", 1)
    assert list(rows.all()) == [("a", 1)]


def test_ranges_include_both_ends_and_ints_are_in_numeric_order(database):
    rows = keyed(database, timestamped(key=INT), [(at, at, 0) for at in (5, -5, 0, -1, 2)])
    assert [row[0] for row in rows.all()] == [-5, -1, 0, 2, 5]
    assert [row[0] for row in rows.scan(-1, 2)] == [-1, 0, 2]


def test_a_snapshot_shows_one_moment(database):
    spec = timestamped()
    keyed(database, spec, [("a", 1, 0)])
    with database.snapshot() as moment:
        keyed(database, spec, [("a", 2, 0), ("b", 2, 0)])
        assert list(committed(spec, moment).all()) == [("a", 1, 0)]
    assert len(list(committed(spec, database).all())) == 2


def test_a_scan_goes_on_behind_a_row(database):
    rows = keyed(database, timestamped(key=INT), [(at, at, 0) for at in (5, -5, 0, -1, 2)])
    found = list(rows.scan(-1))
    assert [list(rows.scan(-1, after=row[0])) for row in found] == [
        found[1:],
        found[2:],
        found[3:],
        [],
    ]
    assert list(rows.scan(2, after=-5)) == found[2:]
    assert list(rows.of_key(5, after=5)) == []


@pytest.mark.parametrize("bounds", [(), (-1,), (-1, 2), (None, 0), (-5, -1), (3, 4), (5, -5)])
def test_from_behind_come_the_same_rows_and_it_goes_on_behind_each(database, bounds):
    rows = keyed(database, timestamped(key=INT), [(at, at, 0) for at in (5, -5, 0, -1, 2)])
    found = list(rows.scan(*bounds))
    assert list(rows.scan(*bounds, reverse=True)) == found[::-1]
    for at, row in enumerate(found):
        behind = rows.scan(*bounds, after=row[0], reverse=True)
        assert list(behind) == found[:at][::-1]


@pytest.mark.parametrize("reverse", [False, True])
def test_keys_with_a_prefix(database, reverse):
    keys = ["", "a", "ab", "abc", "b", "ab\uffff", "é", "éa"]
    rows = keyed(database, timestamped(), [(key, 1, 0) for key in keys])
    for prefix, *bounds in (("ab",), ("",), ("é",), ("x",), ("ab", "abc"), ("ab", None, "ab")):
        found = [row[0] for row in rows.scan(*bounds, prefix=prefix, reverse=reverse)]
        between = [row[0] for row in rows.scan(*bounds, reverse=reverse)]
        assert found == [key for key in between if key.startswith(prefix)]
    with pytest.raises(CodecError, match="have no prefixes"):
        list(keyed(MemoryDatabase(), timestamped(key=INT), []).scan(prefix=5))
