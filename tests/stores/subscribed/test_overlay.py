"""Subscribers: against a plain model, whatever is committed, undone, evicted or restored."""

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streamz_core.codecs.plain import BYTES, STR
from streamz_core.stores.rows import ABSENT
from streamz_core.stores.subscribed.rows import subscriber_codec
from streamz_core.topology.nodes import StoreSpec
from tests.stores.opened import Watched, apply, commit, committed, opened

SPEC = StoreSpec("s", "subscribed", subscriber_codec(STR, STR), BYTES)


def row(digest, timestamp=0):
    return digest, timestamp, digest


@pytest.fixture
def database():
    return Watched()


@pytest.fixture
def store(database):
    return opened(SPEC, database)


def test_subscribers_come_in_order_of_their_keys_each_once(store):
    for primary in (b"c", b"a", b"b", b"a"):
        store.note(b"f", primary, row(primary * 2))
    store.note(b"g", b"z", row(b"z"))
    store.note(b"f", b"c", ABSENT)
    assert store.subscribers(b"f") == [(b"a", b"aa"), (b"b", b"bb")]
    assert store.subscribers(b"other") == []


def test_as_long_as_all_rows_are_in_memory_the_database_is_not_asked(store, database):
    store.note(b"f", b"a", row(b"1"))
    commit(store, database)
    database.scans = 0
    assert store.subscribers(b"f") == [(b"a", b"1")]
    assert database.scans == 0


def test_what_only_the_database_has_is_found(store, database):
    store.note(b"f", b"a", row(b"1"))
    store.note(b"f", b"b", row(b"2"))
    commit(store, database)
    again = opened(SPEC, database)
    again.note(b"f", b"b", ABSENT)
    again.note(b"f", b"c", row(b"3"))
    assert again.subscribers(b"f") == [(b"a", b"1"), (b"c", b"3")]


def test_what_is_saved_is_forgotten_where_not_all_rows_are_in_memory(store, database):
    again = opened(SPEC, database, rows_max=2)
    for number in range(9):
        again.note(b"f", b"%d" % number, row(b"x"))
        commit(again, database)
    assert len(again._written.get(b"f", ())) < 4
    assert len(again.subscribers(b"f")) == 9


KEYS = st.sampled_from([b"a", b"b", b"ab"])


class Subscribed(RuleBasedStateMachine):
    """The model: digests by (foreign, primary); copies of it for undo."""

    def __init__(self):
        super().__init__()
        self.database = Watched()
        self.rows, self.saved, self.outer = {}, {}, None
        self.sealed, self.changelog = [], []

    @initialize(rows_max=st.sampled_from([2, 1000]))
    def open(self, rows_max):
        self.rows_max = rows_max
        self.store = opened(SPEC, self.database, rows_max=rows_max)

    @rule(foreign=KEYS, primary=KEYS, digest=st.sampled_from([None, b"1", b"2"]))
    def note(self, foreign, primary, digest):
        self.store.note(foreign, primary, ABSENT if digest is None else row(digest))
        self.rows.pop((foreign, primary), None)
        if digest is not None:
            self.rows[foreign, primary] = digest

    @precondition(lambda self: self.outer is None)
    @rule()
    def begin(self):
        self.store.begin()
        self.outer = dict(self.rows)

    @precondition(lambda self: self.outer is not None)
    @rule(keep=st.booleans())
    def end(self, keep):
        if keep:
            self.store.keep()
        else:
            self.store.undo()
            self.rows = self.outer
        self.outer = None

    @precondition(lambda self: self.outer is None and len(self.sealed) < 2)
    @rule()
    def collect(self):
        self.sealed.append((self.store.collect(), dict(self.rows)))

    @precondition(lambda self: self.outer is None and self.sealed)
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
            apply(self.database, self.store.restored(keys, values, times))
        self.back()

    @invariant()
    def subscribers_are_those_of_the_model(self):
        for foreign in (b"a", b"b", b"ab"):
            known = sorted(
                (one, digest) for (of, one), digest in self.rows.items() if of == foreign
            )
            assert self.store.subscribers(foreign) == known

    @invariant()
    def committed_rows_are_those_of_the_last_commit(self):
        found = {key: digest for key, digest, _ in committed(SPEC, self.database).all()}
        assert found == {
            (foreign.decode(), primary.decode()): digest
            for (foreign, primary), digest in self.saved.items()
        }


Subscribed.TestCase.settings = hypothesis.settings(
    max_examples=80, stateful_step_count=40, deadline=None
)
TestSubscribed = Subscribed.TestCase
