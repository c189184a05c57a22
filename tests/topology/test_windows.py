"""Kinds of windows: what a store, a codec and a state directory must know of them."""

import msgpack
import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.record import Windowed
from streamz_core.runtime.state.statedir import fingerprint
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import (
    FOREVER_MS,
    JoinWindows,
    SessionWindows,
    SlidingWindows,
    TimeWindows,
    UnlimitedWindows,
)
from streamz_state.memory import MemoryDatabase

ALL = [TimeWindows(10, 10, 5), TimeWindows(10, 2), UnlimitedWindows(7), JoinWindows(5, -2, 3)]


def test_time_windows_are_kept_until_nothing_changes_them():
    assert TimeWindows(10, 10, 5).least_retention_ms == 15
    assert TimeWindows(10, 2).codec(STR).decode(b"k" + bytes(8)) == Windowed("k", 0, 10)


def test_windows_of_one_size_write_one_kind_of_key():
    assert TimeWindows(10, 10, 5).codec(STR) is TimeWindows(10, 2).codec(STR)
    assert TimeWindows(10, 10).identity == TimeWindows(10, 10, 5).identity == 10
    assert TimeWindows(10, 2).identity == TimeWindows(10, 2, 5).identity == [10, 2]


def test_a_window_is_open_until_it_takes_no_record_any_more():
    """[0, 10) closes with a record at 13, and what includes its end 1 ms later."""
    opened = [
        (TimeWindows(10, 5, 3), 10, 13),
        (SlidingWindows(10, 3), 10, 14),
        (SessionWindows(10, 3), 10, 24),
    ]
    for window, end, closed_by in opened:
        assert end >= closed_by - 1 - window.open_ms
        assert end < closed_by - window.open_ms
    assert JoinWindows(5, 5, 3).open_ms == 3
    assert UnlimitedWindows().open_ms == FOREVER_MS


def test_the_one_unlimited_window_lasts_for_ever():
    window = UnlimitedWindows(7)
    key = Windowed("k", 7, 2**63 - 1)
    assert window.codec(STR).decode(window.codec(STR).encode(key)) == key
    assert window.least_retention_ms == FOREVER_MS
    assert window.identity != UnlimitedWindows(8).identity


def test_windows_of_joins_are_as_wide_as_records_may_lie_apart():
    assert JoinWindows(5, -2, 4).least_retention_ms == 7
    assert JoinWindows(5, 5).codec(STR).decode(b"k" + bytes(8)) == Windowed("k", 0, 10)
    assert JoinWindows(5, -2, 4).identity == JoinWindows(1, 2).identity == 3


@pytest.mark.parametrize("window", ALL, ids=repr)
def test_a_store_of_each_kind_can_be_made_and_told_apart(window):
    spec = StoreSpec(
        "w", window.store_kind, STR, STR, retention_ms=window.least_retention_ms, window=window
    )
    assert kind_of(spec).overlay(spec, 1, MemoryDatabase()).spec is spec
    assert msgpack.unpackb(msgpack.packb(window.identity)) == window.identity


def test_state_written_by_earlier_versions_is_known_again():
    specs = [
        StoreSpec("w", "window", STR, INT, retention_ms=15, window=TimeWindows(10, 10, 5)),
        StoreSpec("k", "timestamped", STR, INT),
    ]
    assert fingerprint(b"log", "hits/0", specs).hex() == "dd2565d69c4f9202e5cc99589c9779d2"
