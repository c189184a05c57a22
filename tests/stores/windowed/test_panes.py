"""Window stores: panes, segments, expiry, what is hidden, and the overlay."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.stores.rows import ABSENT
from streamz_core.stores.windowed.panes import WindowStore
from streamz_core.stores.windowed.segments import newest_start, segment_ms
from streamz_state.keys import pack_segment, stamp, store_prefix, window_key
from tests.stores.opened import NUMBER, Watched, apply, commit, opened, window

PREFIX = store_prefix(NUMBER)
MINUTE = 60_000


@pytest.fixture
def database():
    return Watched()


def put(store, key, start, value, timestamp=0):
    store.live[start].put(key, (value, timestamp, None))


def visible(store, key, start):
    return store.visible(key + start.to_bytes(8, "big"))


def value(store, key, start):
    return store.live[start].row(key)[0]


def test_segments_are_half_the_retention_but_a_minute_at_least():
    assert [segment_ms(ms) for ms in (10, 2 * MINUTE, 10 * MINUTE)] == [MINUTE, MINUTE, 5 * MINUTE]


def test_a_pane_that_is_not_of_the_store_leaves_nothing_behind(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 10, 1)
    pane = store.unkept(10)
    assert (pane.start, pane.tail, pane.whole) == (10, store.live[10].tail, True)
    assert pane.row(b"k") is ABSENT
    pane.put(b"k", (2, 0, None))
    assert value(store, b"k", 10) == 1
    assert len(commit(store, database)) == 1


def test_rows_lie_by_segment_key_and_start(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 10, 1, 15)
    assert commit(store, database) == [
        (b"k" + (10).to_bytes(8, "big") + bytes(4), INT.encode(1), 15)
    ]
    assert database.get(window_key(PREFIX, 0, b"k", 10)) == stamp(15, INT.encode(1))


def test_windows_of_one_key_are_rows_of_their_own(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 0, 1)
    put(store, b"k", 10, 2)
    commit(store, database)
    again = WindowStore(window(), NUMBER, database)
    assert (value(again, b"k", 0), value(again, b"k", 10)) == (1, 2)


def test_the_database_is_not_asked_for_windows_it_cannot_have(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 10, 1)
    commit(store, database)
    again = WindowStore(window(), NUMBER, database)
    database.gets.clear()
    assert again.live[20].row(b"k") == ABSENT
    assert database.gets == []
    assert value(again, b"k", 10) == 1
    assert len(database.gets) == 1


def test_whole_segments_are_deleted_when_retention_has_passed_them(database):
    spec = window(size=1000, retention=2 * MINUTE)
    store = WindowStore(spec, NUMBER, database)
    put(store, b"k", 0, 1)
    commit(store, database)
    put(store, b"k", 3 * MINUTE, 2)
    changes = store.collect()
    assert changes.ranges == [(PREFIX + pack_segment(0), PREFIX + pack_segment(1))]
    apply(database, changes)
    store.committed()
    assert database.get(window_key(PREFIX, 0, b"k", 0)) is None
    put(store, b"k", 3 * MINUTE + 1000, 2)
    assert store.collect().ranges == []


def test_an_expiry_that_was_rolled_back_comes_again(database):
    store = WindowStore(window(size=1000, retention=2 * MINUTE), NUMBER, database)
    put(store, b"k", 3 * MINUTE, 2)
    assert store.collect().ranges
    store.rollback()
    put(store, b"k", 3 * MINUTE, 2)
    assert store.collect().ranges


def test_the_newest_start_is_kept_with_the_rows(database):
    store = WindowStore(window(), NUMBER, database)
    assert newest_start(database, PREFIX) == -1
    put(store, b"k", 30, 1)
    put(store, b"k", 10, 1)
    commit(store, database)
    assert newest_start(database, PREFIX) == 30
    put(store, b"k", 40, None)
    commit(store, database)
    assert WindowStore(window(), NUMBER, database).segments.newest == 40


def test_rows_that_retention_has_passed_are_hidden_from_lookups(database):
    store = WindowStore(window(retention=20), NUMBER, database)
    put(store, b"k", 0, 1)
    put(store, b"k", 10, 2)
    assert visible(store, b"k", 0)[0] == 1
    put(store, b"k", 20, 3)
    assert visible(store, b"k", 0) == ABSENT
    assert visible(store, b"k", 10)[0] == 2


def test_hidden_panes_leave_memory_with_the_commit(database):
    store = WindowStore(window(retention=20), NUMBER, database)
    for start in (0, 10, 20, 30):
        put(store, b"k", start, 1)
    commit(store, database)
    assert sorted(store.live) == [20, 30]


def test_the_oldest_panes_leave_memory_first_and_are_found_again(database):
    store = WindowStore(window(retention=1000), NUMBER, database, rows_max=3)
    for start in (0, 10, 20):
        for key in (b"a", b"b"):
            put(store, key, start, start)
    commit(store, database)
    assert sorted(store.live) == [20]
    assert [value(store, b"a", start) for start in (0, 10, 20)] == [0, 10, 20]
    assert value(store, b"c", 0) is None


def test_one_pane_beyond_the_bound_gives_up_rows(database):
    store = WindowStore(window(retention=1000), NUMBER, database, rows_max=4)
    for at in range(10):
        put(store, b"%d" % at, 0, at)
    commit(store, database)
    assert len(store.live[0]) <= 4
    assert [value(store, b"%d" % at, 0) for at in range(10)] == list(range(10))


def test_rollback_drops_what_is_not_in_the_database(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 0, 1)
    commit(store, database)
    put(store, b"k", 0, 2)
    store.collect()
    put(store, b"k", 10, 3)
    store.rollback()
    assert (value(store, b"k", 0), value(store, b"k", 10)) == (1, None)
    assert store.segments.newest == 0
    assert commit(store, database) == []


def test_undo_and_keep(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 0, 1)
    store.begin()
    assert value(store, b"k", 0) == 1
    put(store, b"k", 0, 2)
    put(store, b"k", 10, 2)
    store.undo()
    assert (value(store, b"k", 0), value(store, b"k", 10)) == (1, None)
    store.begin()
    put(store, b"k", 10, 5)
    store.keep()
    assert [entry[1] for entry in commit(store, database)] == [INT.encode(1), INT.encode(5)]


def test_writes_after_collect_belong_to_the_next_commit(database):
    store = WindowStore(window(), NUMBER, database)
    put(store, b"k", 0, 1)
    first = store.collect()
    put(store, b"k", 0, 2)
    second = store.collect()
    assert (first.values, second.values) == ([INT.encode(1)], [INT.encode(2)])
    apply(database, first)
    store.committed()
    apply(database, second)
    store.committed()
    assert value(WindowStore(window(), NUMBER, database), b"k", 0) == 2


def test_a_pane_under_commit_stays_in_memory(database):
    store = WindowStore(window(retention=1000), NUMBER, database, rows_max=1)
    for start in (0, 10):
        put(store, b"k", start, start)
    first = store.collect()
    put(store, b"k", 0, 7)
    store.collect()
    apply(database, first)
    store.committed()
    assert value(store, b"k", 0) == 7


def test_restored_rows_are_found_and_time_goes_on(database):
    first = WindowStore(window(), NUMBER, database)
    put(first, b"k", 0, 1, 3)
    put(first, b"k", 10, 2, 14)
    log = commit(first, database)
    fresh = Watched()
    store = WindowStore(window(), NUMBER, fresh)
    keys, values, times = (list(column) for column in zip(*log, strict=True))
    apply(fresh, store.restored(keys, values, times))
    assert store.segments.newest == 10
    assert store.live[10].row(b"k")[:2] == (2, 14)
    assert newest_start(fresh, PREFIX) == 10


def test_of_restored_rows_the_last_one_counts(database):
    store = WindowStore(window(), NUMBER, database)
    key = b"k" + (10).to_bytes(8, "big") + bytes(4)
    apply(database, store.restored([key, key], [INT.encode(1), None], [1, 2]))
    assert value(store, b"k", 10) is None


@pytest.mark.parametrize("rows_max", [2, 1000])
@pytest.mark.parametrize("nested", [False, True])
def test_windows_that_close_come_in_order_wherever_their_rows_are(rows_max, nested):
    database = Watched()
    store = opened(window(size=10, retention=100), database, rows_max=rows_max)
    for start in (20, 0, 10):
        for key in (b"b", b"a"):
            store.live[start].put(key, (start, start + 1, None))
        commit(store, database)
    store.live[10].put(b"b", (None, 0, None))
    store.live[0].put(b"c", (7, 5, None))
    if nested:
        store.begin()
        store.live[0].put(b"a", (8, 6, None))
    found = [(key, (start, other), row[0]) for start, other, key, row in store.closing(-5, 20)]
    first = 8 if nested else 0
    assert found == [
        (b"a", (0, 0), first), (b"b", (0, 0), 0), (b"c", (0, 0), 7), (b"a", (10, 0), 10)
    ]  # fmt: skip
    again = opened(window(size=10, retention=100), database)
    assert len(again.closing(0, 30)) == 6
    again = opened(window(size=10, retention=100), database)
    assert [start for start, *_ in again.closing(1, 20)] == [10, 10]


@pytest.mark.parametrize("rows_max", [1, 1000])
def test_windows_that_did_not_close_are_found_by_one_scan(rows_max):
    database = Watched()
    store = opened(window(size=10, retention=100), database, rows_max=rows_max)
    scans = database.scans
    for start in range(0, 100, 10):
        store.live[start].put(b"a", (start, 0, None))
        if start == 90:
            store.live[80].put(b"a", (None, 0, None))
        assert [each[0] for each in store.closing(start - 20, start - 10)] == (
            [start - 20] if start >= 20 else []
        )
        commit(store, database)
    assert [each[0] for each in store.closing(80, 100)] == [90]
    assert database.scans == scans + 1


@pytest.mark.parametrize("collected", [False, True])
def test_a_window_that_is_not_in_the_database_yet_closes_too(collected):
    database = Watched()
    store = opened(window(size=10, retention=100), database)
    store.live[10].put(b"a", (1, 0, None))
    if collected:
        store.collect()
    assert [each[:3] for each in store.closing(0, 20)] == [(10, 0, b"a")]


def test_what_closed_while_a_record_failed_closes_again():
    database = Watched()
    store = opened(window(size=10, retention=100), database)
    store.live[10].put(b"a", (1, 0, None))
    commit(store, database)
    for _ in range(2):
        store.begin()
        assert len(store.closing(0, 20)) == 1
        store.undo()
    assert len(store.closing(0, 20)) == 1
    store.rollback()
    assert len(store.closing(0, 20)) == 1


def test_what_closed_before_a_commit_heard_of_it_closes_once():
    database = Watched()
    store = opened(window(size=10, retention=100), database)
    store.live[10].put(b"a", (1, 0, None))
    store.live[30].put(b"a", (1, 0, None))
    assert [each[0] for each in store.closing(0, 20)] == [10]
    commit(store, database)
    assert [each[0] for each in store.closing(20, 40)] == [30]
