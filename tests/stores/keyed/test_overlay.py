"""Key-value stores: overlay, commit, rollback, nested overlay, restore, bound."""

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.errors import CodecError
from streamz_core.stores.rows import ABSENT
from streamz_state.keys import stamp, store_prefix
from tests.stores.opened import NUMBER, Watched, apply, commit, listed, opened, plain, timestamped

PREFIX = store_prefix(NUMBER)


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(timestamped(), database)


def put(store, key, value, timestamp=0):
    store.live.put(key, (value, timestamp, None))


def test_the_changelog_gets_the_last_value_of_each_key(store, database):
    put(store, b"a", 1, 10)
    put(store, b"b", 2, 11)
    put(store, b"a", 3, 12)
    put(store, b"b", None, 13)
    assert commit(store, database) == [(b"a", INT.encode(3), 12), (b"b", None, 13)]
    assert database.get(PREFIX + b"a") == stamp(12, INT.encode(3))
    assert database.get(PREFIX + b"b") is None
    assert commit(store, database) == []


def test_a_plain_row_has_no_timestamp_in_the_database(database):
    store = opened(plain(), database)
    store.write(b"a", 5, 77)
    assert commit(store, database) == [(b"a", INT.encode(5), 77)]
    assert database.get(PREFIX + b"a") == INT.encode(5)
    assert opened(plain(), database).live.row(b"a")[0] == 5


def test_nothing_is_in_the_database_before_the_commit(store, database):
    put(store, b"a", 1)
    store.collect()
    assert database.get(PREFIX + b"a") is None


def test_a_new_store_reads_what_an_old_one_committed(store, database):
    put(store, b"a", 7, 70)
    commit(store, database)
    again = opened(timestamped(), database)
    assert again.live.row(b"a")[:2] == (7, 70)
    assert again.live.row(b"b") == ABSENT


def test_the_database_of_an_empty_store_is_never_asked(store, database):
    database.gets.clear()
    assert store.live.row(b"a") == ABSENT
    put(store, b"a", 1)
    commit(store, database)
    assert store.live.row(b"b") == ABSENT
    assert database.gets == []


def test_a_row_is_looked_up_once(store, database):
    put(store, b"a", 1)
    commit(store, database)
    again = opened(timestamped(), database)
    database.gets.clear()
    for _ in range(3):
        again.live.row(b"a")
        again.live.row(b"missing")
    assert database.gets == [PREFIX + b"a", PREFIX + b"missing"]


def test_writes_after_collect_belong_to_the_next_commit(store, database):
    put(store, b"a", 1)
    first = store.collect()
    put(store, b"a", 2)
    put(store, b"b", 2)
    second = store.collect()
    assert first.values == [INT.encode(1)]
    assert second.keys == [b"a", b"b"]
    apply(database, first)
    store.committed()
    assert store.live.row(b"a")[0] == 2
    apply(database, second)
    store.committed()
    assert store.collect().keys == []


def test_rollback_drops_collected_and_dirty_rows(store, database):
    put(store, b"a", 1)
    commit(store, database)
    put(store, b"a", 2)
    store.collect()
    put(store, b"b", 3)
    store.rollback()
    assert store.live.row(b"a")[0] == 1
    assert store.live.row(b"b") == ABSENT
    assert commit(store, database) == []


def test_undo_gives_back_committed_and_dirty_rows(store, database):
    put(store, b"a", 1)
    commit(store, database)
    put(store, b"b", 2)
    store.begin()
    for key in (b"a", b"b", b"c"):
        put(store, key, 9)
    store.undo()
    assert [store.live.row(key)[0] for key in (b"a", b"b", b"c")] == [1, 2, None]
    assert commit(store, database) == [(b"b", INT.encode(2), 0)]


def test_keep_takes_over_what_the_nested_overlay_wrote(store, database):
    put(store, b"a", 1)
    store.begin()
    assert store.live.row(b"a")[0] == 1
    put(store, b"a", 5)
    put(store, b"b", None)
    store.keep()
    assert commit(store, database) == [(b"a", INT.encode(5), 0), (b"b", None, 0)]


def test_what_does_not_fit_is_told_before_it_is_kept(store, database):
    store.begin()
    put(store, b"a", "no int")
    with pytest.raises(CodecError):
        store.verify()
    store.undo()
    assert commit(store, database) == []


def test_rollback_inside_a_nested_overlay_closes_it(store):
    put(store, b"a", 1)
    store.begin()
    put(store, b"a", 2)
    store.rollback()
    assert store.live.row(b"a") == ABSENT
    store.begin()
    store.undo()


def test_collect_that_fails_has_done_nothing(store, database):
    put(store, b"a", "no int")
    with pytest.raises(CodecError):
        store.collect()
    put(store, b"a", 1)
    assert commit(store, database) == [(b"a", INT.encode(1), 0)]


def test_restored_rows_are_found(store, database):
    rows = [(b"a", INT.encode(1), 1), (b"b", INT.encode(2), 2), (b"a", INT.encode(3), 3)]
    rows += [(b"b", None, 4)]
    keys, values, times = (list(column) for column in zip(*rows, strict=True))
    apply(database, store.restored(keys, values, times))
    assert store.live.row(b"a")[:2] == (3, 3)
    assert store.live.row(b"b") == ABSENT


def test_rows_beyond_the_bound_leave_after_their_commit_and_are_found_again(database):
    store = opened(timestamped(), database, rows_max=4)
    for at in range(10):
        put(store, b"%d" % at, at)
    assert len(store.live) == 10
    commit(store, database)
    assert len(store.live) <= 4
    assert [store.live.row(b"%d" % at)[0] for at in range(10)] == list(range(10))


def test_rows_that_no_commit_has_carried_stay_whatever_the_bound(database):
    store = opened(timestamped(), database, rows_max=2)
    for at in range(6):
        put(store, b"%d" % at, at)
    first = store.collect()
    put(store, b"0", 100)
    apply(database, first)
    store.committed()
    assert store.live.row(b"0")[0] == 100
    assert commit(store, database) == [(b"0", INT.encode(100), 0)]


def test_values_that_could_be_changed_are_kept_as_bytes(database):
    store = opened(listed(), database)
    value = [1]
    store.write(b"a", value, 0)
    value.append(2)
    first = store.read(b"a")
    first.append(3)
    assert store.read(b"a") == [1]


def test_another_store_of_the_same_database_is_not_seen(database):
    other = opened(timestamped(), database, number=NUMBER + 1)
    put(other, b"a", 1)
    commit(other, database)
    store = opened(timestamped(), database)
    assert store.live.whole
    assert store.live.row(b"a") == ABSENT
