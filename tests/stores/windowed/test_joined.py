"""One side of a join: against a plain list, whatever is committed, undone or restored."""

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.record import Windowed
from streamz_core.stores.windowed.joined import MANY
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import TimeWindows
from tests.stores.opened import Watched, apply, commit, committed, opened

KEEP = 5


def spec(value=INT):
    return StoreSpec("j", "joined", STR, value, window=TimeWindows(1, 1), retention_ms=KEEP)


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(spec(), database)


def values(found):
    return [(time, value) for time, _, value, _, _ in found]


def test_records_of_one_time_come_in_the_order_of_their_arrival(store, database):
    for time, value in ((5, 1), (7, 2), (5, 3), (7, 4), (4, 5)):
        store.live.add(b"k", time, value, None)
    assert values(store.fetch(b"k", 4, 7)) == [(4, 5), (5, 1), (5, 3), (7, 2), (7, 4)]
    assert values(store.fetch(b"k", 5, 6)) == [(5, 1), (5, 3)]
    assert values(store.fetch(b"l", 0, 9)) == []
    tails = {entry[1:] for entry, *_ in commit(store, database)}
    assert len(tails) == 5
    assert next(iter(committed(spec(), database).all()))[0] == Windowed("k", 4, 5)


def test_the_database_of_an_empty_store_is_never_asked_and_that_of_another_once(store, database):
    before = database.scans
    store.live.add(b"k", 5, 1, None)
    assert values(store.fetch(b"other", 0, 99)) == []
    assert database.scans == before
    commit(store, database)
    again = opened(spec(), database)
    assert values(again.fetch(b"k", 0, 9)) == [(5, 1)]
    scans = database.scans
    again.fetch(b"k", 0, 9)
    assert database.scans == scans


def test_values_that_can_be_changed_are_kept_as_bytes(database):
    store = opened(spec(JSON), database)
    store.live.add(b"k", 5, b"[7]", None)
    commit(store, database)
    again = opened(spec(JSON), database)
    assert values(again.fetch(b"k", 5, 5)) == [(5, b"[7]")]


def test_what_does_not_fit_is_told_before_it_is_kept(store, database):
    store.begin()
    store.live.add(b"k", 5, "no int", None)
    with pytest.raises(CodecError):
        store.verify()
    store.undo()
    assert commit(store, database) == []


def test_hidden_records_leave_memory_when_one_of_their_key_comes(store):
    for time in range(0, 100, 10):
        store.live.add(b"k", time, time, None)
    assert len(store.live[b"k"]) == 1
    for time in range(100, 100 + 4 * MANY):
        store.live.add(b"dense", time, time, None)
    assert len(store.live[b"dense"]) <= MANY + 1


def test_records_that_came_first_leave_memory_and_are_found_again(database):
    store = opened(spec(), database, rows_max=4)
    for at in range(10):
        store.live.add(b"%d" % at, 10, at, None)
    commit(store, database)
    assert sum(map(len, store.live.values())) <= 4
    assert [values(store.fetch(b"%d" % at, 0, 99)) for at in range(10)] == [
        [(10, at)] for at in range(10)
    ]


KEYS = st.sampled_from([b"k", b"k\x00", b"l"])
TIMES = st.integers(0, 20)


class Joined(RuleBasedStateMachine):
    """The model: all records in the order of their arrival; copies of it for undo."""

    def __init__(self):
        super().__init__()
        self.database = Watched()
        self.rows, self.saved, self.outer = [], [], None
        self.sealed, self.changelog = [], []
        self.number = 0

    @initialize(rows_max=st.sampled_from([3, 1000]))
    def open(self, rows_max):
        self.rows_max = rows_max
        self.store = opened(spec(), self.database, rows_max=rows_max)

    def hidden(self):
        return max((time for _, time, _ in self.rows), default=-1) - KEEP

    @rule(key=KEYS, time=TIMES)
    def add(self, key, time):
        if time <= self.hidden():
            return  # numbers of records that nobody can see are of no meaning
        self.number += 1
        self.store.live.add(key, time, self.number, None)
        self.rows.append((key, time, self.number))

    @precondition(lambda self: self.outer is None)
    @rule()
    def begin(self):
        self.store.begin()
        self.outer = list(self.rows)

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
        self.sealed.append((self.store.collect(), list(self.rows)))

    @precondition(lambda self: self.sealed)
    @rule()
    def commit(self):
        changes, self.saved = self.sealed.pop(0)
        apply(self.database, changes)
        self.changelog += zip(changes.keys, changes.values, changes.timestamps, strict=True)
        self.store.committed()

    def back(self):
        self.rows, self.outer, self.sealed = list(self.saved), None, []

    @rule()
    def rollback(self):
        self.store.rollback()
        self.back()

    @rule(restored=st.booleans())
    def reopen(self, restored):
        """By the next owner, with the database, or from the changelog alone."""
        if restored:
            self.database = Watched()
        self.store = opened(spec(), self.database, rows_max=self.rows_max)
        if restored and self.changelog:
            keys, found, times = (list(column) for column in zip(*self.changelog, strict=True))
            half = len(keys) // 2
            for part in (slice(half), slice(half, None)):
                apply(self.database, self.store.restored(keys[part], found[part], times[part]))
        self.back()

    @rule(key=KEYS, first=TIMES, last=TIMES)
    def fetch(self, key, first, last):
        shown = [
            (time, number)
            for one, time, number in self.rows
            if one == key and max(first, self.hidden() + 1) <= time <= last
        ]
        assert values(self.store.fetch(key, first, last)) == sorted(shown)


Joined.TestCase.settings = hypothesis.settings(
    max_examples=80, stateful_step_count=40, deadline=None
)
TestJoined = Joined.TestCase
