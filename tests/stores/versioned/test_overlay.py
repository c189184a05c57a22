"""Versions: against a plain dict, whatever is committed, undone, restored or over."""

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.rows import ABSENT
from streamz_core.stores.versioned import overlay
from streamz_core.topology.nodes import StoreSpec
from tests.stores.opened import Watched, apply, commit, committed, opened

HISTORY = 9000  # segments of 3000
SPEC = StoreSpec("v", "versioned", STR, INT, retention_ms=HISTORY, history_ms=HISTORY)


def put(store, key, timestamp, value):
    return store.put(key, timestamp, None if value is None else INT.encode(value))


def at(store, key, time):
    value, timestamp, _ = store.row_at(key, time)
    return None if value is None else (value, timestamp)


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(SPEC, database)


def test_a_version_is_valid_until_the_next_one(store):
    assert put(store, b"k", 10, 1) is True
    assert put(store, b"k", 20, 2) is True
    assert [at(store, b"k", time) for time in (9, 10, 19, 20, 99)] == [
        None,
        (1, 10),
        (1, 10),
        (2, 20),
        (2, 20),
    ]
    assert store.row(b"k")[:2] == (2, 20)


def test_what_comes_out_of_order_is_put_in_between_and_is_not_the_latest(store):
    put(store, b"k", 10, 1)
    put(store, b"k", 30, 3)
    assert put(store, b"k", 20, 2) is False
    assert put(store, b"k", 5, 0) is False
    assert put(store, b"k", 20, 7) is False  # the same version again
    assert [at(store, b"k", time) for time in (4, 5, 15, 25, 30)] == [
        None,
        (0, 5),
        (1, 10),
        (7, 20),
        (3, 30),
    ]


def test_a_delete_is_a_version_like_others(store):
    put(store, b"k", 10, 1)
    assert put(store, b"k", 20, None) is True
    assert store.row(b"k") is ABSENT
    assert put(store, b"k", 15, 5) is False
    assert [at(store, b"k", time) for time in (10, 15, 20, 30)] == [(1, 10), (5, 15), None, None]
    put(store, b"k", 30, 3)
    assert at(store, b"k", 25) is None


def test_a_delete_counts_whatever_was_before_it(store):
    """Kafka loses it there: `lost-tombstone` in tests/vectors."""
    put(store, b"k", 69, 9)
    put(store, b"k", 69, None)
    assert put(store, b"k", 37, 3) is False
    assert store.row(b"k") is ABSENT
    assert at(store, b"k", 40) == (3, 37)
    assert put(store, b"other", 69, None) is True
    assert put(store, b"other", 3, 1) is False


def test_what_is_older_than_the_history_is_not_taken_and_not_known_but_the_latest_is(store):
    put(store, b"k", 0, 1)
    put(store, b"k", 500, 2)
    put(store, b"l", 100, 5)
    put(store, b"x", HISTORY + 400, 0)
    assert at(store, b"k", 400) == (1, 0)
    put(store, b"x", HISTORY + 500, 0)
    assert at(store, b"k", 499) is None
    assert at(store, b"k", 500) == (2, 500)
    assert at(store, b"l", 100) == (5, 100)
    assert at(store, b"l", 99) is None
    assert put(store, b"k", 499, 9) is None
    assert put(store, b"k", 500, 9) is True


def test_versions_between_are_those_that_were_valid_at_some_time_of_it(store):
    for timestamp, value in ((10, 1), (20, None), (30, 3), (40, 4)):
        put(store, b"k", timestamp, value)
    raw = INT.encode
    assert list(store.versions(b"k", 0, 99)) == [
        (10, 20, raw(1)),
        (20, 30, None),
        (30, 40, raw(3)),
        (40, raw(4)),
    ]
    assert list(store.versions(b"k", 19, 30)) == [
        (10, 20, raw(1)),
        (20, 30, None),
        (30, 40, raw(3)),
    ]
    assert list(store.versions(b"k", 20, 29)) == [(20, 30, None)]
    assert list(store.versions(b"k", 0, 9)) == list(store.versions(b"none", 0, 9)) == []


def test_a_version_that_ends_earlier_now_lies_in_another_segment(store, database):
    put(store, b"k", 0, 1)
    put(store, b"k", 7000, 2)
    commit(store, database)
    put(store, b"k", 3500, 3)
    commit(store, database)
    assert [at(store, b"k", time) for time in (3499, 3500, 6999)] == [(1, 0), (3, 3500), (3, 3500)]
    assert len(list(store.versions(b"k", 0, 9000))) == 3


def test_a_record_that_does_not_fail_stays(store):
    store.begin()
    put(store, b"k", 10, 1)
    put(store, b"k", 20, 2)
    assert len(store.verify().keys) == 2
    store.keep()
    assert at(store, b"k", 15) == (1, 10)
    store.begin()
    put(store, b"k", 30, 3)
    store.undo()
    assert (store.row(b"k")[0], store.newest) == (2, 20)


def test_what_is_restored_part_by_part_is_what_it_was(store, database):
    for timestamp, value in ((0, None), (10, 1), (30, 3), (20, 2), (40, None), (50, 5)):
        put(store, b"k", timestamp, value)
    log, fresh = commit(store, database), Watched()
    again = opened(SPEC, fresh)
    for key, value, timestamp in log:
        apply(fresh, again.restored([key], [value], [timestamp]))
    assert list(fresh.scan(b"", None)) == list(database.scan(b"", None))
    assert again.row(b"k")[:2] == (5, 50)
    assert at(again, b"k", 25) == (2, 20)


def test_what_is_over_leaves_the_database_and_the_changelog(store, database):
    log = {}

    def committed_log():
        log.update((key, value) for key, value, _ in commit(store, database))

    for timestamp in range(0, 1000, 100):
        put(store, b"k", timestamp, timestamp)
    put(store, b"gone", 500, 1)
    put(store, b"gone", 600, None)
    put(store, b"back", 500, None)
    put(store, b"back", 3000, 5)
    committed_log()
    assert len([1 for value in log.values() if value is not None]) == 14
    put(store, b"x", 3 * HISTORY, 0)
    committed_log()  # only what the database has may be over
    committed_log()
    left = {key: value for key, value in log.items() if value is not None}
    assert sorted(key[:-8] for key in left) == [b"back", b"k", b"x"]
    assert [place[3:] for place, _ in database.scan(b"\x00\x03\x00", b"\x00\x03\xff")] == [
        b"back",
        b"k",
        b"x",
    ]
    assert store.row(b"gone") is ABSENT
    assert store.row(b"k")[:2] == (900, 900)


def test_a_commit_gives_up_so_many_rows_and_goes_on_with_the_next(monkeypatch, store, database):
    monkeypatch.setattr(overlay, "SWEEP_ROWS", 4)
    for timestamp in range(11):
        put(store, b"k", timestamp, timestamp)
    commit(store, database)
    put(store, b"x", 3 * HISTORY, 0)
    gone = [len([1 for _, value, _ in commit(store, database) if value is None]) for _ in range(5)]
    assert gone == [0, 4, 4, 2, 0]


def test_what_was_read_once_is_kept_until_it_is_too_much(database):
    store = opened(SPEC, database, rows_max=4)
    for number in range(20):
        put(store, b"%02d" % number, 1, number)
        commit(store, database)
    database.gets.clear()
    for number in range(20):
        assert store.row(b"%02d" % number)[0] == number
    assert len(database.gets) > 10


KEYS = st.sampled_from([b"k", b"kk", b"k" + bytes(8) + b"k"])
TIMES = st.integers(0, 12).map(lambda step: step * 997)
VALUES = st.none() | st.integers(0, 9)
PUTS = st.lists(st.tuples(KEYS, TIMES, VALUES), min_size=1, max_size=5)


class Model:
    """{(key, timestamp): value}, whatever was put."""

    def __init__(self, rows=(), newest=-1):
        self.rows, self.newest = dict(rows), newest

    def copy(self):
        return Model(self.rows, self.newest)

    def put(self, key, timestamp, value):
        if timestamp < self.newest - HISTORY:
            return None
        self.newest = max(self.newest, timestamp)
        self.rows[key, timestamp] = value
        return timestamp == self.latest(key)

    def latest(self, key):
        return max((time for one, time in self.rows if one == key), default=-1)

    def at(self, key, time):
        found = max((t for one, t in self.rows if one == key and t <= time), default=None)
        known = time >= self.newest - HISTORY or found == self.latest(key)
        value = self.rows[key, found] if found is not None and known else None
        return None if value is None else (value, found)


class Versioned(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.database = Watched()
        self.model, self.saved = Model(), Model()
        self.sealed, self.changelog = [], []
        self.start = 0
        self.rows_before = overlay.SWEEP_ROWS

    @initialize(rows_max=st.sampled_from([1, 1000]), sweep=st.sampled_from([1, 3, 1000]))
    def open(self, rows_max, sweep):
        self.rows_max = rows_max
        overlay.SWEEP_ROWS = sweep
        self.store = opened(SPEC, self.database, rows_max=rows_max)

    def teardown(self):
        overlay.SWEEP_ROWS = self.rows_before

    def put_all(self, puts):
        for key, after, value in puts:
            time = self.start + after
            assert put(self.store, key, time, value) is self.model.put(key, time, value)

    @rule(puts=PUTS)
    def put(self, puts):
        self.put_all(puts)

    @rule(puts=PUTS, keep=st.booleans())
    def try_records(self, puts, keep):
        """Records that may fail, and are undone then."""
        before = self.model.copy()
        self.store.begin()
        self.put_all(puts)
        self.as_the_model_says()
        if keep:
            self.store.verify()
            self.store.keep()
        else:
            self.store.undo()
            self.model = before

    @rule(by=st.sampled_from([2500, 8000, 40_000]))
    def time_passes(self, by):
        self.start += by

    @precondition(lambda self: len(self.sealed) < 2)
    @rule()
    def collect(self):
        self.sealed.append((self.store.collect(), self.model.copy()))

    @precondition(lambda self: self.sealed)
    @rule()
    def commit(self):
        changes, self.saved = self.sealed.pop(0)
        apply(self.database, changes)
        self.changelog += zip(changes.keys, changes.values, changes.timestamps, strict=True)
        self.store.committed()

    @precondition(lambda self: not self.sealed)
    @rule(times=st.integers(1, 3))
    def collect_and_commit(self, times):
        for _ in range(times):
            self.collect()
            self.commit()

    @rule(how=st.sampled_from(["roll back", "open", "restore", "restore compacted"]))
    def begin_anew(self, how):
        if how == "roll back":
            self.store.rollback()
        elif how == "open":
            self.store = opened(SPEC, self.database, rows_max=self.rows_max)
        else:
            self.database = Watched()
            self.store = opened(SPEC, self.database, rows_max=self.rows_max)
            if self.changelog:
                self.restore(compacted=how == "restore compacted")
        self.model, self.sealed = self.saved.copy(), []

    def restore(self, *, compacted):
        last = {key: at for at, (key, _, _) in enumerate(self.changelog)}
        log = [row for at, row in enumerate(self.changelog) if not compacted or last[row[0]] == at]
        keys, values, times = (list(column) for column in zip(*log, strict=True))
        half = len(keys) // 2
        for part in (slice(half), slice(half, None)):
            apply(self.database, self.store.restored(keys[part], values[part], times[part]))

    @invariant()
    def as_the_model_says(self):
        for key in (b"k", b"kk"):
            for time in range(max(self.start - 10_000, 0), self.start + 12_000, 997):
                assert at(self.store, key, time) == self.model.at(key, time)
            value, timestamp, _ = self.store.row(key)
            now = None if value is None else (value, timestamp)
            assert now == self.model.at(key, self.model.latest(key))

    @invariant()
    def committed_rows_are_those_of_the_last_commit(self):
        rows, saved = committed(SPEC, self.database), self.saved
        keys = sorted({key for key, _ in saved.rows})
        latest = {key: saved.at(key, saved.latest(key)) for key in keys}
        assert list(rows.all()) == [
            (key.decode(), *row) for key, row in latest.items() if row is not None
        ]
        for key in keys:
            self.versions_are_those_that_a_look_would_find(rows, key)

    def versions_are_those_that_a_look_would_find(self, rows, key):
        saved = self.saved
        times = sorted({0, saved.newest, *(time for one, time in saved.rows if one == key)})
        for time in (*times, max(saved.newest - HISTORY, 0), *(time - 1 for time in times[1:])):
            found = [(row[1], row[2]) for row in rows.as_of(key.decode(), time)]
            expected = saved.at(key, time)
            assert found == ([] if expected is None else [expected])
        every = list(rows.versions(key.decode()))
        assert [row[2] for row in every] == sorted(row[2] for row in every)
        for row in every:
            assert saved.rows[key, row[2]] == row[1]


Versioned.TestCase.settings = hypothesis.settings(
    max_examples=80, stateful_step_count=30, deadline=None
)
TestVersioned = Versioned.TestCase
