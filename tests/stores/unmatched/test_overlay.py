"""Unmatched records: against a plain model, whatever is committed, undone or restored."""

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.unmatched.rows import LEFT, RIGHT, SIDES, unmatched_codecs
from streamz_core.topology.nodes import StoreSpec
from tests.stores.opened import Watched, apply, commit, committed, opened

SPEC = StoreSpec("u", "unmatched", *unmatched_codecs(STR, INT, INT))


def one(value):
    return INT.encode(value)


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(SPEC, database)


def test_records_come_out_by_time_then_the_right_side_then_key_then_arrival(store):
    for time, side, key, value in [
        (2, LEFT, b"b", 1),
        (2, RIGHT, b"c", 2),
        (2, LEFT, b"a", 3),
        (1, RIGHT, b"d", 4),
        (2, LEFT, b"b", 5),
    ]:
        store.add(time, side, key, one(value))
    found, _ = store.expire(9, 9)
    assert [(time, key, INT.decode(value)) for time, _, key, value in found] == [
        (1, b"d", 4),
        (2, b"c", 2),
        (2, b"a", 3),
        (2, b"b", 1),
        (2, b"b", 5),
    ]
    assert store.expire(9, 9)[0] == []


def test_a_match_takes_all_records_of_its_time_side_and_key(store):
    for side, key in ((LEFT, b"k"), (LEFT, b"k"), (RIGHT, b"k"), (LEFT, b"l")):
        store.add(5, side, key, one(1))
    store.remove(5, LEFT, b"k")
    store.remove(6, LEFT, b"k")
    assert [(side, key) for _, side, key, _ in store.expire(9, 9)[0]] == [
        (RIGHT, b"k"),
        (LEFT, b"l"),
    ]


def test_of_what_came_and_went_between_two_commits_nothing_is_left(store, database):
    store.add(5, LEFT, b"k", one(1))
    store.remove(5, LEFT, b"k")
    assert commit(store, database) == []
    store.add(5, LEFT, b"k", one(1))
    commit(store, database)
    store.remove(5, LEFT, b"k")
    store.add(5, LEFT, b"k", one(2))
    store.remove(5, LEFT, b"k")
    assert [(value, time) for _, value, time in commit(store, database)] == [(None, 5)]


def test_a_record_alone_takes_out_what_no_commit_has_heard_of(store, database):
    store.add(5, LEFT, b"k", one(1))
    store.begin()
    store.remove(5, LEFT, b"k")
    store.undo()
    assert 5 in store.waiting
    store.begin()
    store.remove(5, LEFT, b"k")
    store.keep()
    assert [value for _, value, _ in commit(store, database)] == [None]
    assert store.expire(9, 9)[0] == []


def test_values_leave_memory_places_do_not(database):
    store = opened(SPEC, database, rows_max=4)
    for time in range(20):
        store.add(time, LEFT, b"k", one(time))
        commit(store, database)
    assert sum(map(len, store.waiting.values())) == 20
    database.gets.clear()
    found, _ = store.expire(20, 20)
    assert [INT.decode(value) for *_, value in found] == list(range(20))
    assert len(database.gets) > 10


def test_the_object_that_a_batch_looks_at_stays_the_same(store):
    waiting = store.waiting
    store.add(5, LEFT, b"k", one(1))
    store.expire(9, 9)
    store.add(6, LEFT, b"k", one(1))
    assert waiting is store.waiting
    assert 6 in waiting


KEYS = st.sampled_from([b"k", b"l"])
TIMES = st.integers(0, 6)
SIDE = st.sampled_from([LEFT, RIGHT])


class Unmatched(RuleBasedStateMachine):
    """The model: lists of values by (time, side, key); copies of it for undo."""

    def __init__(self):
        super().__init__()
        self.database = Watched()
        self.rows, self.saved, self.outer = {}, {}, None
        self.sealed, self.changelog = [], []

    @initialize(rows_max=st.sampled_from([3, 1000]))
    def open(self, rows_max):
        self.rows_max = rows_max
        self.store = opened(SPEC, self.database, rows_max=rows_max)

    def copy(self):
        return {place: list(values) for place, values in self.rows.items()}

    @rule(time=TIMES, side=SIDE, key=KEYS, value=st.integers(0, 9))
    def add(self, time, side, key, value):
        self.store.add(time, side, key, one(value))
        self.rows.setdefault((time, side, key), []).append(value)

    @rule(time=TIMES, side=SIDE, key=KEYS)
    def remove(self, time, side, key):
        self.store.remove(time, side, key)
        self.rows.pop((time, side, key), None)

    @rule(right=TIMES, left=TIMES)
    def expire(self, right, left):
        found, _ = self.store.expire(right, left)
        over = sorted(place for place in self.rows if place[0] < (left if place[1] else right))
        expected = [(*place, value) for place in over for value in self.rows.pop(place)]
        assert [(*place, INT.decode(value)) for *place, value in found] == expected

    @precondition(lambda self: self.outer is None)
    @rule()
    def begin(self):
        self.store.begin()
        self.outer = self.copy()

    @precondition(lambda self: self.outer is not None)
    @rule(keep=st.booleans())
    def end(self, keep):
        if keep:
            self.store.verify()
            self.store.keep()
        else:
            self.store.undo()
            self.rows = self.outer
        self.outer = None

    @precondition(lambda self: self.outer is None and len(self.sealed) < 2)
    @rule()
    def collect(self):
        self.sealed.append((self.store.collect(), self.copy()))

    @precondition(lambda self: self.sealed)
    @rule()
    def commit(self):
        changes, self.saved = self.sealed.pop(0)
        apply(self.database, changes)
        self.changelog += zip(changes.keys, changes.values, changes.timestamps, strict=True)
        self.store.committed()

    def back(self):
        self.rows = {place: list(values) for place, values in self.saved.items()}
        self.outer, self.sealed = None, []

    @rule()
    def rollback(self):
        self.store.rollback()
        self.back()

    @rule(restored=st.booleans())
    def reopen(self, restored):
        if restored:
            self.database = Watched()
        self.store = opened(SPEC, self.database, rows_max=self.rows_max)
        if restored and self.changelog:
            keys, values, times = (list(column) for column in zip(*self.changelog, strict=True))
            half = len(keys) // 2
            for part in (slice(half), slice(half, None)):
                apply(self.database, self.store.restored(keys[part], values[part], times[part]))
        self.back()

    @invariant()
    def committed_rows_are_those_of_the_last_commit(self):
        found = list(committed(SPEC, self.database).all())
        assert found == [
            ((time, SIDES[side], key.decode()), (SIDES[side], *values))
            for (time, side, key), values in sorted(self.saved.items())
        ]


Unmatched.TestCase.settings = hypothesis.settings(
    max_examples=80, stateful_step_count=40, deadline=None
)
TestUnmatched = Unmatched.TestCase
