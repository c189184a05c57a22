"""Segments of window stores: their width, when they are over, and what a fetch reads."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_state import WriteBatch, open_memory
from streamz_state.keys import split_window_key, store_prefix, window_key
from streamz_state.window import Segments

PREFIX = store_prefix(3)
HOUR_MS = 3_600_000
TIMES = st.integers(0, 5 * HOUR_MS)


def test_a_segment_is_half_of_retention_and_at_least_a_minute():
    assert Segments(PREFIX, 4 * HOUR_MS).segment_ms == 2 * HOUR_MS
    assert Segments(PREFIX, 120_001).segment_ms == 60_000
    assert Segments(PREFIX, 1).segment_ms == 60_000


def test_which_segment_a_start_lies_in():
    segments = Segments(PREFIX, 120_000)
    assert [segments.of(start) for start in (0, 59_999, 60_000, 120_000)] == [0, 0, 1, 2]


def test_segments_are_over_when_retention_has_passed_all_of_them():
    segments = Segments(PREFIX, 120_000)
    assert segments.expired_range(-1) is None
    assert segments.expired_range(179_999) is None, "59,999 is still within retention"
    assert segments.first_live(179_999) == 0
    assert segments.first_live(180_000) == 1
    start, end = segments.expired_range(180_000)
    assert start == PREFIX + bytes(8)
    assert end == PREFIX + bytes(7) + b"\x01"


@given(TIMES, TIMES, st.sampled_from([1, 90_000, HOUR_MS]))
def test_expiry_takes_no_start_within_retention_and_leaves_less_than_two_segments(
    newest, start, retention
):
    segments = Segments(PREFIX, retention)
    row_key = window_key(PREFIX, segments.of(start), b"key", start)
    expired = segments.expired_range(newest)
    gone = expired is not None and expired[0] <= row_key < expired[1]
    if start > newest - retention:
        assert not gone
    if start <= newest - retention - segments.segment_ms:
        assert gone


KEYS = st.sampled_from([b"", b"k", b"k\x00", b"k" + bytes(8), b"kk", b"k\xff\xff", b"l"])


@given(
    st.lists(st.tuples(KEYS, TIMES, st.integers(0, 2)), max_size=40),
    KEYS,
    st.tuples(TIMES, TIMES).map(sorted),
)
def test_fetch_finds_exactly_the_windows_asked_for_in_order_of_time(windows, key, span):
    segments, database = Segments(PREFIX, HOUR_MS), open_memory()
    rows = [(window_key(PREFIX, segments.of(one[1]), *one), b"v") for one in windows]
    database.write(WriteBatch(puts=[*rows, (store_prefix(2), b""), (store_prefix(4), b"")]), None)
    expected = sorted(
        {(start, seq) for one, start, seq in windows if one == key and span[0] <= start <= span[1]}
    )
    found = [split_window_key(row_key) for row_key, _ in segments.fetch(database, key, *span)]
    assert found == [(key, *each) for each in expected]
