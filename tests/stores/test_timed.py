"""Rows in order of time: where they lie, and what every store of them does."""

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.timed import TIME_BYTES, pack_time, time_of
from streamz_core.stores.waiting.rows import waiting_codecs
from streamz_core.topology.nodes import StoreSpec
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import apply, commit, opened

SPEC = StoreSpec("w", "waiting", *waiting_codecs(STR, INT))


def test_bytes_in_order_are_times_in_order():
    places = [pack_time(time) + tail for time in (0, 255, 256) for tail in (b"a", b"a\x00", b"b")]
    assert places == sorted(places)
    assert [time_of(place) for place in places[::3]] == [0, 255, 256]
    assert TIME_BYTES == 8


def test_rows_are_found_again_after_a_rollback_and_in_a_restored_store():
    database, fresh = MemoryDatabase(), MemoryDatabase()
    store = opened(SPEC, database)
    store.add(5, b"k", b"1", ())
    log = commit(store, database)
    store.add(6, b"k", b"2", ())
    store.rollback()
    assert [row[2] for row in store.leaving(9)] == [b"1"]
    again = opened(SPEC, fresh)
    keys, rows, times = (list(column) for column in zip(*log, strict=True))
    apply(fresh, again.restored(keys, rows, times))
    assert [row[2] for row in again.leaving(9)] == [b"1"]


def test_what_a_nested_overlay_keeps_is_there():
    store = opened(SPEC, MemoryDatabase())
    store.begin()
    store.add(5, b"k", b"1", ())
    assert len(store.verify().puts) == 1
    store.keep()
    assert [row[2] for row in store.leaving(5)] == [b"1"]
