"""Rows that expire: what goes when, in which order, and what a commit of it writes; against a plain dict."""

import hypothesis
import pytest
from hypothesis import strategies as st

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import TooLarge
from streamz_core.stores.expiring import overlay
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import DUE, store_prefix
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import NUMBER, apply, commit, committed, opened

TTL = 640  # spans of 10 ms


def spec(**more):
    return StoreSpec("s", "ttl", **{"key": STR, "value": INT, "ttl_ms": TTL, **more})


@pytest.fixture
def database():
    return MemoryDatabase()


@pytest.fixture
def store(database):
    return opened(spec(), database)


def gone(store, now, most=0):
    return [(key.decode(), value, time) for key, value, time in store.let_go(now, most)]


def test_a_row_is_gone_when_stream_time_is_a_ttl_behind_its_own(store):
    store.write(b"a", 1, 5)
    store.write(b"b", 2, 3)
    assert gone(store, TTL + 2) == []
    assert store.ripening.due == TTL + 3
    assert gone(store, TTL + 3) == [("b", 2, TTL + 3)]
    assert store.read(b"b") is None
    assert store.read(b"a") == 1
    assert gone(store, 9999) == [("a", 1, TTL + 5)]


def test_rows_go_in_order_of_time_then_key(store):
    for key, time in ((b"c", 7), (b"b", 300), (b"a", 300), (b"d", 8)):
        store.write(key, 0, time)
    assert [key for key, *_ in gone(store, 2000)] == ["c", "d", "a", "b"]


def test_the_last_write_counts_even_if_it_is_an_older_one(store):
    store.write(b"a", 1, 500)
    store.write(b"a", 2, 4)
    assert gone(store, TTL + 4) == [("a", 2, TTL + 4)]
    store.write(b"a", 3, 3)
    assert store.ripening.due <= TTL + 4, (
        "what is over when it is written goes before the next record"
    )
    assert gone(store, TTL + 4) == [("a", 3, TTL + 3)]


def test_what_was_deleted_or_written_again_does_not_go(store, database):
    store.write(b"a", 1, 5)
    store.write(b"b", 1, 5)
    commit(store, database)
    store.write(b"a", 2, 605)
    store.write(b"b", None, 606)
    assert gone(store, TTL + 600) == []
    assert gone(store, TTL + 605) == [("a", 2, TTL + 605)]


def test_rows_and_their_deletes_are_of_one_commit(store, database):
    store.write(b"a", 1, 5)
    assert commit(store, database) == [(b"a", INT.encode(1), 5)]
    gone(store, TTL + 5)
    assert commit(store, database) == [(b"a", None, TTL + 5)]
    assert list(committed(spec(), database).all()) == []


def test_spans_that_are_over_leave_nothing_behind(store, database):
    for at in range(20):
        store.write(f"{at}".encode(), at, at * 10)
        commit(store, database)
    gone(store, TTL + 10_000)
    commit(store, database)
    assert list(database.scan(store_prefix(NUMBER), None)) == []


def test_a_row_that_is_written_all_the_time_stands_in_few_spans(store, database):
    for time in range(3 * TTL):
        store.write(b"a", time, time)
        gone(store, time)
        commit(store, database)
    assert len(list(database.scan(store_prefix(NUMBER) + DUE, None))) <= 66


def test_only_so_many_go_if_somebody_says_so(store, database):
    for at in range(5):
        store.write(b"%d" % at, at, 1)
    assert [key for key, *_ in gone(store, 9999, 2)] == ["0", "1"]
    assert store.ripening.due <= 9999
    assert [key for key, *_ in gone(store, 9999, 9)] == ["2", "3", "4"]
    assert store.ripening.due > 9999
    assert store.expired == 5


def test_more_than_a_commit_may_have_is_refused_until_there_was_one(store, database, monkeypatch):
    monkeypatch.setattr(overlay, "COMMIT_ROWS", 3)
    for at in range(6):
        store.write(b"%d" % at, at, at * 100)
    assert len(gone(store, TTL + 200)) == 3
    with pytest.raises(TooLarge, match="more than 3 rows of s are over at once"):
        gone(store, TTL + 300)
    store.rollback()
    assert list(committed(spec(), database).all()) == []


def test_values_that_could_be_changed_come_as_bytes(database):
    made = opened(spec(value=JSON), database)
    made.write(b"a", [1], 5)
    assert gone(made, 9999) == [("a", JSON.encode([1]), TTL + 5)]


KEYS = st.sampled_from([b"a", b"b", b"c", b"dd", b""])
STEPS = st.one_of(
    st.tuples(st.just("write"), KEYS, st.integers(0, 3000)),
    st.tuples(st.just("late"), KEYS, st.integers(0, TTL)),
    st.tuples(st.just("delete"), KEYS, st.integers(0, 3000)),
    st.tuples(st.just("time"), st.integers(0, 900), st.sampled_from([0, 1, 2])),
    st.tuples(st.sampled_from(["commit", "collect", "rollback", "reopen", "restore"])),
    st.tuples(st.sampled_from(["keep", "undo"]), KEYS, st.integers(0, 900)),
)


class Model:
    """A store, and what it should be: a dict of rows, and one of what is committed."""

    def __init__(self, rows_max):
        self.database = MemoryDatabase()
        self.rows_max = rows_max
        self.store = opened(spec(), self.database, rows_max=rows_max)
        self.rows, self.saved = {}, {}
        self.now = self.then = 0
        self.pending = []
        self.log = []
        self.count = 0

    def write(self, key, time):
        self.count += 1
        self.store.write(key, self.count, time)
        self.rows[key] = (self.count, time)

    def late(self, key, ago):
        self.write(key, max(self.now - ago, 0))

    def delete(self, key, time):
        self.store.write(key, None, time)
        self.rows.pop(key, None)

    def time(self, ahead, most):
        self.now += ahead
        due = sorted((row[1], key) for key, row in self.rows.items() if row[1] + TTL <= self.now)
        due = due[:most] if most else due
        assert bool(due) <= (self.store.ripening.due <= self.now)
        found = list(self.store.let_go(self.now, most))
        assert found == [(key, self.rows.pop(key)[0], time + TTL) for time, key in due]

    def collect(self):
        if len(self.pending) < 2:
            self.pending.append((self.store.collect(), dict(self.rows), self.now))

    def apply(self):
        while self.pending:
            changes, self.saved, self.then = self.pending.pop(0)
            self.log += zip(changes.keys, changes.values, changes.timestamps, strict=True)
            apply(self.database, changes)
            self.store.committed()

    def commit(self):
        self.collect()
        self.apply()
        found = {
            key.encode(): (value, time)
            for key, value, time in committed(spec(), self.database).all()
        }
        assert found == self.saved

    def rollback(self):
        self.pending.clear()
        self.store.rollback()
        self.rows, self.now = dict(self.saved), self.then

    def reopen(self):
        self.rollback()
        self.store = opened(spec(), self.database, rows_max=self.rows_max)

    def restore(self):
        self.database = MemoryDatabase()
        self.reopen()
        for at in range(0, len(self.log), 3):
            keys, values, times = (list(each) for each in zip(*self.log[at : at + 3], strict=True))
            apply(self.database, self.store.restored(keys, values, times))

    def undo(self, key, ahead):
        before = dict(self.rows), self.now
        self.nested(key, ahead)
        self.store.undo()
        self.rows, self.now = before

    def keep(self, key, ahead):
        self.nested(key, ahead)
        self.store.verify()
        self.store.keep()

    def nested(self, key, ahead):
        self.store.begin()
        self.time(ahead, 0)
        self.write(key, self.now)
        self.time(ahead // 2, 1)


@hypothesis.given(st.lists(STEPS, max_size=40), st.sampled_from([0, 2, 1000]))
@hypothesis.settings(deadline=None, max_examples=300)
def test_it_is_a_dict_whose_rows_go_by_stream_time(steps, rows_max):
    model = Model(rows_max)
    for name, *arguments in steps:
        getattr(model, name)(*arguments)
    model.apply()
    model.commit()
    model.time(10_000, 0)
    assert model.rows == {}
    model.commit()
