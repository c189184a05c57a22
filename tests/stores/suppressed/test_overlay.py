"""Changes that are held back: against a plain dict, whatever is committed, undone or restored."""

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.suppressed.overlay import NEVER
from streamz_core.stores.suppressed.rows import opened as opened_at
from streamz_core.stores.suppressed.rows import prior_of, suppressed_codec
from streamz_core.topology.nodes import StoreSpec
from tests.stores.opened import Watched, apply, commit, committed, opened

SPEC = StoreSpec("s", "suppressed", STR, suppressed_codec(INT))


def hold(store, key, time, prior, value, timestamp=0, headers=()):
    """As the lines do: the first change of a row says when it is due, and what was passed on before."""
    held = store.held(key)
    part = opened_at(time, prior) if held is None else held[0]
    store.put(key, held, (part, value, headers), timestamp)


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(SPEC, database)


def test_of_several_changes_the_last_leaves_when_the_first_is_due(store):
    hold(store, b"k", 5, b"old", b"one", 5)
    hold(store, b"k", 9, b"one", b"two", 9, (("h", b"x"),))
    assert store.held(b"k") == (opened_at(5, b"old"), b"two", (("h", b"x"),))
    assert list(store.leaving(5)) == []
    assert list(store.leaving(6)) == [(b"k", b"two", b"old", 9, (("h", b"x"),))]
    assert store.held(b"k") is None
    assert (store.first, store.count, store.size) == (NEVER, 0, 0)


def test_rows_leave_by_time_then_key(store):
    for key, time in ((b"b", 2), (b"c", 1), (b"a", 2), (b"d", 9)):
        hold(store, key, time, None, b"v")
    assert [one[0] for one in store.leaving(3)] == [b"c", b"a", b"b"]
    assert store.first == 9


def test_the_first_rows_leave_while_there_are_too_many(store):
    for key, time in ((b"b", 2), (b"c", 1), (b"a", 2), (b"d", 9)):
        hold(store, key, time, None, b"v")
    assert [one[0] for one in store.leaving(0, 2)] == [b"c", b"a"]
    hold(store, b"d", 9, None, b"v" * 100)
    assert [one[0] for one in store.leaving(0, 9, 50)] == [b"b", b"d"]


def test_a_row_is_there_until_the_next_one_is_asked_for(store):
    hold(store, b"a", 1, b"old", b"v")
    hold(store, b"b", 2, None, b"w")
    seen = []
    for key, *_ in store.leaving(9):
        seen.append(prior_of(store.held(key)[0]))
    assert seen == [b"old", None]
    assert store.held(b"a") is store.held(b"b") is None


def test_what_they_hold_leaves_memory(database):
    store = opened(SPEC, database, rows_max=4)
    for time in range(20):
        hold(store, b"%02d" % time, time, None, b"v")
        commit(store, database)
    database.gets.clear()
    assert len(list(store.leaving(20))) == 20
    assert len(database.gets) > 10


KEYS = st.sampled_from([b"k", b"l", b"m"])
TIMES = st.integers(0, 6)
VALUES = st.none() | st.integers(0, 9).map(INT.encode)


class Held(RuleBasedStateMachine):
    """The model: [time, prior, value, timestamp, headers] by key; copies of it for undo."""

    def __init__(self):
        super().__init__()
        self.database = Watched()
        self.rows, self.saved, self.outer = {}, {}, None
        self.sealed, self.changelog = [], []

    @initialize(rows_max=st.sampled_from([1, 1000]))
    def open(self, rows_max):
        self.rows_max = rows_max
        self.store = opened(SPEC, self.database, rows_max=rows_max)

    @rule(
        key=KEYS,
        time=TIMES,
        prior=VALUES,
        value=VALUES,
        headers=st.sampled_from([(), (("h", b"x"),)]),
    )
    def put(self, key, time, prior, value, headers):
        hold(self.store, key, time, prior, value, time, headers)
        first = self.rows.get(key, (time, prior))
        self.rows[key] = (*first[:2], value, time, headers)
        assert self.store.first == min(row[0] for row in self.rows.values())
        assert self.store.count == len(self.rows)
        assert self.store.size == sum(
            len(key) + self.bytes_of(row) for key, row in self.rows.items()
        )

    def bytes_of(self, row):
        """Time, length of the prior value, values, headers."""
        _, prior, value, _, headers = row
        return 8 + 4 + len(prior or b"") + len(value or b"") + 2 * len(headers)

    def decoded(self, row):
        time, prior, value, timestamp, headers = row
        sides = [None if side is None else INT.decode(side) for side in (prior, value)]
        return time, *sides, timestamp, headers

    @rule(before=TIMES, count=st.integers(0, 3))
    def leave(self, before, count):
        found = list(self.store.leaving(before, count))
        due = sorted((row[0], key) for key, row in self.rows.items())
        expected = []
        for time, key in due:
            if time < before or len(self.rows) > count:
                _, prior, value, timestamp, headers = self.rows.pop(key)
                expected.append((key, value, prior, timestamp, headers))
        assert found == expected

    @precondition(lambda self: self.outer is None)
    @rule()
    def begin(self):
        self.store.begin()
        self.outer = dict(self.rows)

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
        self.sealed.append((self.store.collect(), dict(self.rows)))

    @precondition(lambda self: self.sealed)
    @rule()
    def commit(self):
        changes, self.saved = self.sealed.pop(0)
        apply(self.database, changes)
        self.changelog += zip(changes.keys, changes.values, changes.timestamps, strict=True)
        self.store.committed()

    def back(self):
        self.rows = dict(self.saved)
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
        expected = []
        for key, row in sorted(self.saved.items()):
            time, prior, value, timestamp, headers = self.decoded(row)
            expected.append((key.decode(), (time, prior, value, headers), timestamp))
        assert list(committed(SPEC, self.database).all()) == expected


Held.TestCase.settings = hypothesis.settings(max_examples=80, stateful_step_count=40, deadline=None)
TestHeld = Held.TestCase
