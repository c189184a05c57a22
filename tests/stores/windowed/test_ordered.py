"""Window stores with order: against a plain model, whatever is committed, undone or restored."""

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.record import Windowed
from streamz_core.stores.rows import ABSENT
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import TimeWindows
from streamz_state.keys import stamp, store_prefix, window_key
from tests.stores.opened import NUMBER, Watched, apply, commit, committed, opened

PREFIX = store_prefix(NUMBER)
MINUTE = 60_000


def spec(retention=2 * MINUTE):
    return StoreSpec("o", "ordered", STR, INT, window=TimeWindows(10, 10), retention_ms=retention)


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(spec(), database)


def row(value, timestamp=0):
    return (value, timestamp, None)


def values(found):
    return [(start, row[0]) for start, _, row in found]


def test_rows_of_one_key_come_in_order_of_time_both_ends_included(store):
    for start in (30, 10, 20, 40):
        store.put(b"k", start, row(start))
        store.put(b"kk", start, row(-1))
    assert values(store.fetch(b"k", 10, 30)) == [(10, 10), (20, 20), (30, 30)]
    assert values(store.fetch(b"k", 11, 19)) == []


def test_put_overwrites_and_add_does_not(store, database):
    store.put(b"k", 10, row(1))
    store.put(b"k", 10, row(2))
    store.live.add(b"k", 10, row(3))
    store.live.add(b"k", 20, row(4))
    assert values(store.fetch(b"k", 0, 20)) == [(10, 2), (10, 3), (20, 4)]
    tails = [entry[0][-4:] for entry in commit(store, database)]
    assert tails == [bytes(4), b"\x00\x00\x00\x01", bytes(4)]
    again = opened(spec(), database)
    again.live.add(b"k", 10, row(5))
    assert values(again.fetch(b"k", 0, 20)) == [(10, 2), (10, 3), (10, 5), (20, 4)]


def test_rows_lie_where_those_of_any_window_store_do(store, database):
    store.put(b"k", MINUTE, row(1, 15))
    commit(store, database)
    assert database.get(window_key(PREFIX, 1, b"k", MINUTE)) == stamp(15, INT.encode(1))
    assert list(committed(spec(), database).all()) == [(Windowed("k", MINUTE, MINUTE + 10), 1, 15)]


def test_a_key_is_read_once(store, database):
    store.put(b"k", 10, row(1))
    commit(store, database)
    again = opened(spec(), database)
    assert values(again.fetch(b"k", 0, 99)) == [(10, 1)]
    scans = database.scans
    again.fetch(b"k", 0, 99)
    assert database.scans == scans


def test_the_database_of_an_empty_store_is_never_asked(store, database):
    before = database.scans
    store.put(b"k", 10, row(1))
    assert values(store.fetch(b"other", 0, 99)) == []
    assert database.scans == before


def test_a_lookup_by_a_windowed_key(store):
    store.put(b"k", 10, row(1))
    assert store.visible(b"k" + (10).to_bytes(8, "big"))[0] == 1
    assert store.visible(b"k" + (11).to_bytes(8, "big")) == ABSENT
    store.put(b"k", 10 + 2 * MINUTE, row(2))
    assert store.visible(b"k" + (10).to_bytes(8, "big")) == ABSENT


def test_what_does_not_fit_is_told_before_it_is_kept(store, database):
    store.begin()
    store.put(b"k", 10, row("no int"))
    with pytest.raises(CodecError):
        store.verify()
    store.undo()
    assert commit(store, database) == []


def test_keys_that_came_first_leave_memory_and_are_found_again(database):
    store = opened(spec(), database, rows_max=4)
    for at in range(10):
        store.put(b"%d" % at, at, row(at))
    first = store.collect()
    store.put(b"0", 0, row(7))
    apply(database, first)
    store.committed()
    assert sum(map(len, store.live.values())) <= 4
    assert b"0" in store.live
    assert [values(store.fetch(b"%d" % at, 0, 99)) for at in range(1, 10)] == [
        [(at, at)] for at in range(1, 10)
    ]
    assert values(store.fetch(b"0", 0, 99)) == [(0, 7)]


def test_hidden_rows_leave_memory_with_their_segment(store, database):
    store.put(b"k", 10, row(1))
    commit(store, database)
    store.put(b"other", 5 * MINUTE, row(2))
    commit(store, database)
    assert list(store.live) == [b"other"]


def test_undo_and_keep(store, database):
    store.put(b"k", 10, row(1))
    store.begin()
    store.put(b"k", 10, row(2))
    store.put(b"k", 20, row(2))
    store.undo()
    assert values(store.fetch(b"k", 0, 99)) == [(10, 1)]
    store.begin()
    store.put(b"k", 20, row(5))
    store.keep()
    assert values(store.fetch(b"k", 0, 99)) == [(10, 1), (20, 5)]
    store.begin()
    store.put(b"k", 20 + 2 * MINUTE, row(6))
    store.keep()
    assert values(store.fetch(b"k", 0, 99)) == []
    assert len(commit(store, database)) == 3


def test_rollback_drops_what_is_not_in_the_database(store, database):
    store.put(b"k", 10, row(1))
    commit(store, database)
    store.put(b"k", 10, row(2))
    store.collect()
    store.put(b"k", 20, row(3))
    store.rollback()
    assert values(store.fetch(b"k", 0, 99)) == [(10, 1)]
    assert commit(store, database) == []


def test_what_is_under_commit_stays_in_memory(database):
    store = opened(spec(), database, rows_max=1)
    store.put(b"a", 0, row(1))
    store.put(b"b", 0, row(1))
    first = store.collect()
    store.put(b"a", 0, row(2))
    store.collect()
    apply(database, first)
    store.committed()
    assert list(store.live) == [b"a"]
    assert values(store.fetch(b"a", 0, 9)) == [(0, 2)]


def test_writes_after_collect_belong_to_the_next_commit(store):
    store.put(b"k", 10, row(1))
    first = store.collect()
    store.put(b"k", 20, row(2))
    assert (first.values, store.collect().values) == ([INT.encode(1)], [INT.encode(2)])


@pytest.mark.parametrize("rows_max", [2, 1000])
@pytest.mark.parametrize("again", [False, True])
def test_windows_that_close_come_by_place_and_key_once(database, rows_max, again):
    store = opened(spec(), database, rows_max=rows_max)
    for key, start in ((b"b", 5), (b"a", 5), (b"a", 3), (b"c", 9), (b"d", 4)):
        store.put(key, start, row(start))
        commit(store, database)
    store.put(b"d", 4, row(None))
    store.put(b"e", 4, row(4))
    if again:
        commit(store, database)
        store = opened(spec(), database, rows_max=rows_max)

    def closing(*span):
        return [(key, time) for time, _, key, _ in store.closing(*span)]

    assert closing(-9, 0) == []
    assert closing(0, 5) == [(b"a", 3), (b"e", 4)]
    store.put(b"f", 7, row(7))
    store.begin()
    store.put(b"g", 6, row(6))
    assert closing(5, 9) == [(b"a", 5), (b"b", 5), (b"g", 6), (b"f", 7)]
    store.undo()
    assert closing(5, 9) == [(b"a", 5), (b"b", 5), (b"f", 7)]
    assert closing(9, 99) == [(b"c", 9)]


@pytest.mark.parametrize("keep", [False, True])
def test_what_was_found_open_in_between_is_found_again(database, keep):
    store = opened(spec(), database)
    store.put(b"a", 3, row(3))
    store.begin()
    store.put(b"a", 3, row(None))
    store.put(b"b", 4, row(4))
    store.closing(0, 1)
    store.keep() if keep else store.undo()
    found = [(key, time) for time, _, key, _ in store.closing(1, 9)]
    assert found == ([(b"b", 4)] if keep else [(b"a", 3)])


# ---- against a model

KEYS = st.sampled_from([b"k", b"k\x00", b"l"])
STARTS = st.integers(0, 8).map(lambda at: at * MINUTE // 2 + at % 2)
VALUES = st.integers(-3, 3)


class Ordered(RuleBasedStateMachine):
    """The model: rows by (key, start, sequence), the last one deleted or not; copies of it for undo."""

    def __init__(self):
        super().__init__()
        self.database = Watched()
        self.saved = {}  # what the database should hold, hidden rows too
        self.newest = -1
        self.rows = {}
        self.time = -1
        self.outer = None
        self.sealed = []
        self.changelog = []

    @initialize(rows_max=st.sampled_from([3, 1000]))
    def open(self, rows_max):
        self.rows_max = rows_max
        self.store = opened(spec(), self.database, rows_max=rows_max)

    def write(self, key, start, sequence, value):
        self.rows[key, start, sequence] = value
        self.time = max(self.time, start)

    @rule(key=KEYS, start=STARTS, value=VALUES | st.none())
    def put(self, key, start, value):
        self.store.put(key, start, row(value))
        self.write(key, start, 0, value)

    @rule(key=KEYS, start=STARTS, value=VALUES)
    def add(self, key, start, value):
        if start <= self.time - 2 * MINUTE:
            return  # numbers of rows that nobody can see are of no meaning
        self.store.live.add(key, start, row(value))
        taken = [
            place[2]
            for place, row in self.rows.items()
            if place[:2] == (key, start) and row is not None
        ]
        self.write(key, start, max(taken, default=-1) + 1, value)

    @precondition(lambda self: self.outer is None)
    @rule()
    def begin(self):
        self.store.begin()
        self.outer = (dict(self.rows), self.time)

    @precondition(lambda self: self.outer is not None)
    @rule(keep=st.booleans(), look=st.booleans())
    def end(self, keep, look):
        if keep:
            self.store.verify()
            self.store.keep()
        else:
            self.store.undo()
            self.rows, self.time = self.outer
        self.outer = None
        self.looked_at(look)

    @precondition(lambda self: self.outer is None and len(self.sealed) < 2)
    @rule()
    def collect(self):
        self.sealed.append((self.store.collect(), dict(self.rows), self.time))

    @precondition(lambda self: self.sealed)
    @rule(look=st.booleans())
    def commit(self, look):
        changes, self.saved, self.newest = self.sealed.pop(0)
        apply(self.database, changes)
        self.changelog += zip(changes.keys, changes.values, changes.timestamps, strict=True)
        self.store.committed()
        self.looked_at(look)

    @rule(look=st.booleans())
    def rollback(self, look):
        self.store.rollback()
        self.rows, self.time = dict(self.saved), self.newest
        self.outer, self.sealed = None, []
        self.looked_at(look)

    @rule(restored=st.booleans(), look=st.booleans())
    def reopen(self, restored, look):
        """By the next owner, with the database, or from the changelog alone."""
        if restored:
            self.database = Watched()
        self.store = opened(spec(), self.database, rows_max=self.rows_max)
        if restored and self.changelog:
            keys, values, times = (list(column) for column in zip(*self.changelog, strict=True))
            half = len(keys) // 2
            for part in (slice(half), slice(half, None)):
                apply(self.database, self.store.restored(keys[part], values[part], times[part]))
        self.rows, self.time = dict(self.saved), self.newest
        self.outer, self.sealed = None, []
        self.looked_at(look)

    def looked_at(self, look):
        """Every row; or none, so that what comes next finds the store as it is."""
        for key in (b"k", b"k\x00", b"l") if look else ():
            self.fetch(key, 0, 5 * MINUTE)

    @rule(key=KEYS, first=STARTS, last=STARTS)
    def fetch_some(self, key, first, last):
        self.fetch(key, first, last)

    def fetch(self, key, first, last):
        expected = [
            (place[1], value)
            for place, value in sorted(self.shown().items())
            if place[0] == key and first <= place[1] <= last
        ]
        assert values(self.store.fetch(key, first, last)) == expected

    @rule(first=STARTS, last=STARTS)
    def fetch_all(self, first, last):
        def order(place):
            tail = place[1].to_bytes(8, "big") + place[2].to_bytes(4, "big")
            return place[1] // MINUTE, place[0] + tail

        shown = self.shown()
        expected = [
            (*place[:2], shown[place])
            for place in sorted(shown, key=order)
            if first <= place[1] <= last
        ]
        found = self.store.fetch_all(first, last)
        assert [(key, time, row[0]) for key, (time, _, row) in found] == expected

    def shown(self):
        floor = self.time - 2 * MINUTE
        return {
            place: value
            for place, value in self.rows.items()
            if value is not None and place[1] > floor
        }

    @invariant()
    def committed_rows_are_those_of_the_last_commit(self):
        found = committed(spec(), self.database).all()
        shown = sorted((row[0].key, row[0].start, row[1]) for row in found)
        floor = self.newest - 2 * MINUTE
        assert shown == sorted(
            (key.decode(), start, value)
            for (key, start, _), value in self.saved.items()
            if value is not None and start > floor
        )


Ordered.TestCase.settings = hypothesis.settings(
    max_examples=80, stateful_step_count=40, deadline=None
)
TestOrdered = Ordered.TestCase
