"""Records that wait: in order of time, then key, then arrival, and taken out once."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.waiting.rows import waiting_codecs
from streamz_core.topology.nodes import StoreSpec
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, opened

SPEC = StoreSpec("w", "waiting", *waiting_codecs(STR, INT))
ROWS = [(2, b"b", b"1"), (1, b"d", b"2"), (2, b"a", b"3"), (2, b"b", b"4"), (9, b"a", b"5")]


@pytest.fixture
def database():
    return MemoryDatabase()


@pytest.fixture
def store(database):
    store = opened(SPEC, database)
    for time, key, value in ROWS:
        store.add(time, key, value, (("h", value),))
    return store


def values(left):
    assert [headers for *_, headers in left] == [(("h", value),) for _, _, value, _ in left]
    return [value for _, _, value, _ in left]


def test_records_leave_by_time_then_key_then_arrival_and_only_once(store):
    assert values(store.leaving(0)) == []
    assert values(store.leaving(2)) == [b"2", b"3", b"1", b"4"]
    assert values(store.leaving(2)) == []
    assert values(store.leaving(9)) == [b"5"]


def test_who_opens_the_store_finds_them(store, database):
    commit(store, database)
    assert values(opened(SPEC, database).leaving(2)) == [b"2", b"3", b"1", b"4"]


def test_what_left_is_gone_with_the_commit(store, database):
    store.leaving(2)
    commit(store, database)
    assert values(opened(SPEC, database).leaving(9)) == [b"5"]


def test_a_record_that_fails_brings_back_what_left(store):
    store.begin()
    store.add(1, b"x", b"9", ())
    store.leaving(9)
    store.undo()
    assert values(store.leaving(9)) == [b"2", b"3", b"1", b"4", b"5"]
