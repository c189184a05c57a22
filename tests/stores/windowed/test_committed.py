"""Committed rows of a window store, as queries and tests read them."""

from functools import partial

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.record import Windowed
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, committed, opened, window

MINUTE = 60_000


@pytest.fixture
def database():
    return MemoryDatabase()


def windows(database, spec, rows):
    store = opened(spec, database)
    for key, start, value, timestamp in rows:
        store.live[start].put(spec.key.encode(key), (value, timestamp, None))
    commit(store, database)
    return committed(spec, database)


def one(rows, key, start):
    return next(rows.of_key(key, start, start), None)


def seen(rows):
    return [row for row in rows if len(row) > 1]


def test_rows_of_windows(database):
    rows = windows(database, window(), [("k", 0, 1, 3), ("k", 10, 2, 12)])
    assert one(rows, "k", 10) == (Windowed("k", 10, 20), 2, 12)
    assert one(rows, "k", 20) is None
    assert list(rows.all()) == [(Windowed("k", 0, 10), 1, 3), (Windowed("k", 10, 20), 2, 12)]


def test_windows_that_retention_has_passed_are_hidden(database):
    rows = windows(database, window(retention=20), [("k", at, at, 0) for at in (0, 10, 20, 30)])
    assert [row[0].start for row in rows.all()] == [20, 30]
    assert one(rows, "k", 10) is None
    assert [row[0].start for row in rows.of_key("k")] == [20, 30]


def test_fetch_crosses_segments_in_order_of_time(database):
    spec = window(size=1000, retention=60 * MINUTE)
    starts = [0, 29 * MINUTE, 30 * MINUTE, 59 * MINUTE]
    rows = windows(database, spec, [("k", start, 1, 0) for start in starts])
    assert [row[0].start for row in rows.of_key("k")] == starts
    between = rows.of_key("k", 29 * MINUTE, 30 * MINUTE)
    assert [row[0].start for row in between] == [29 * MINUTE, 30 * MINUTE]


def test_fetch_gives_no_rows_of_longer_keys(database):
    spec = window(retention=1000)
    rows = windows(database, spec, [("k", 0, 1, 0), ("k\x00", 0, 2, 0), ("kk", 0, 3, 0)])
    assert [row[1] for row in rows.of_key("k")] == [1]


def test_all_goes_on_behind_a_row(database):
    spec = window(retention=1000)
    rows = windows(database, spec, [(key, start, 1, 0) for key in "ab" for start in (0, 10)])
    found = list(rows.all())
    for at, row in enumerate(found):
        assert list(seen(rows.scan(after=row[0]))) == found[at + 1 :]


def test_an_empty_window_store_has_no_rows(database):
    rows = committed(window(), database)
    assert list(rows.all()) == list(rows.of_key("k")) == []
    assert one(rows, "k", 0) is None


def test_a_scan_gives_keys_and_times_between_both_ends_and_tells_what_it_passes_over(database):
    spec = window(retention=1000)
    rows = windows(database, spec, [(key, at, 1, 0) for key in "abc" for at in (0, 10, 20)])
    found = list(rows.scan("b", "c", 10, 19))
    assert [row[0] for row in found if len(row) > 1] == [Windowed(key, 10, 20) for key in "bc"]
    assert sorted(row[0].key for row in found if len(row) == 1) == list("aaabbcc")


def test_a_scan_reads_no_segment_outside_of_its_times(database):
    spec = window(size=1000, retention=60 * MINUTE)
    starts = [0, 31 * MINUTE, 59 * MINUTE]
    rows = windows(database, spec, [("k", start, 1, 0) for start in starts])
    found = list(rows.scan(time_from=31 * MINUTE, time_to=32 * MINUTE))
    assert [row[0].start for row in found] == [31 * MINUTE, 59 * MINUTE]
    assert [len(row) for row in found] == [3, 1]


def test_ints_are_bounded_as_numbers(database):
    spec = window(retention=1000, key=INT)
    rows = windows(database, spec, [(key, 0, 1, 0) for key in (-5, -1, 0, 3)])
    assert sorted(row[0].key for row in seen(rows.scan(-1, 0))) == [-1, 0]


def test_of_key_goes_on_behind_a_row(database):
    rows = windows(database, window(retention=1000), [("k", at, 1, 0) for at in (0, 10, 20)])
    assert [row[0].start for row in rows.of_key("k", after=Windowed("k", 0, 10))] == [10, 20]


STARTS = [0, 10 * MINUTE, 29 * MINUTE, 30 * MINUTE, 59 * MINUTE]
SPANS = [(), (10 * MINUTE,), (1, 30 * MINUTE), (0, 0), (30 * MINUTE, 10 * MINUTE), (61 * MINUTE,)]


@pytest.mark.parametrize("span", SPANS)
def test_from_behind_come_the_same_rows_and_it_goes_on_behind_each(database, span):
    spec = window(size=1000, retention=60 * MINUTE)
    rows = windows(database, spec, [(key, at, 1, 0) for key in ("a", "ab", "b") for at in STARTS])
    for ask in (partial(rows.of_key, "a"), partial(rows.scan, None, None)):
        found = seen(ask(*span))
        assert seen(ask(*span, reverse=True)) == found[::-1]
        for at, row in enumerate(found):
            assert seen(ask(*span, after=row[0])) == found[at + 1 :] if span else True
            span_of = span or (0,)
            behind = ask(*span_of, *([None] if len(span_of) == 1 else []), row[0], reverse=True)
            assert seen(behind) == found[:at][::-1]


def test_windows_of_keys_with_a_prefix(database):
    spec = window(retention=1000)
    rows = windows(database, spec, [(key, 0, 1, 0) for key in ("a", "ab", "b", "abc")])
    assert [row[0].key for row in seen(rows.scan(prefix="ab"))] == ["ab", "abc"]
    assert [row[0].key for row in seen(rows.scan(prefix="a", high="ab", reverse=True))] == [
        "ab",
        "a",
    ]
