"""Segments of window stores: their width, when they are over, what time it is in the store."""

import pytest

from streamz_core.stores.rows import Changes
from streamz_core.stores.windowed.layout import BY_END, BY_START
from streamz_core.stores.windowed.segments import Segments, newest_start, segment_ms
from streamz_state.keys import pack_segment, store_prefix
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import NUMBER, apply, window

MINUTE = 60_000
PREFIX = store_prefix(NUMBER)


def test_segments_are_half_the_retention_but_a_minute_at_least():
    assert [segment_ms(ms) for ms in (10, 2 * MINUTE, 10 * MINUTE)] == [MINUTE, MINUTE, 5 * MINUTE]


@pytest.fixture
def segments():
    return Segments(window(retention=2 * MINUTE), NUMBER, MemoryDatabase(), BY_START)


def collected(segments, newest):
    changes = Changes()
    segments.collect(changes, newest)
    return changes


def test_a_segment_is_over_when_retention_has_passed_all_of_it(segments):
    assert collected(segments, 3 * MINUTE - 1).ranges == []
    assert collected(segments, 3 * MINUTE).ranges == [
        (PREFIX + pack_segment(0), PREFIX + pack_segment(1))
    ]


def test_time_never_goes_back_and_is_known_to_the_next_owner():
    database = MemoryDatabase()
    segments = Segments(window(), NUMBER, database, BY_START)
    for newest, expected in ((30, 30), (10, 30), (40, 40)):
        apply(database, collected(segments, newest))
        segments.committed()
        assert segments.newest == expected
        assert newest_start(database, PREFIX) == expected
        assert Segments(window(), NUMBER, database, BY_START).newest == expected


def test_commits_under_way_count_until_they_are_rolled_back(segments):
    assert collected(segments, 3 * MINUTE).ranges
    assert (segments.newest, segments.newest_collected) == (-1, 3 * MINUTE)
    assert not collected(segments, 3 * MINUTE).ranges
    segments.rollback()
    assert segments.newest_collected == -1
    assert collected(segments, 3 * MINUTE).ranges


def test_a_commit_says_whether_segments_went_with_it(segments):
    for newest in (MINUTE, 5 * MINUTE):
        collected(segments, newest)
    assert [segments.committed(), segments.committed()] == [False, True]


def test_a_session_is_shown_at_the_edge_of_its_retention():
    layouts = {BY_START: 20, BY_END: 19}
    for layout, floor in layouts.items():
        assert Segments(window(), NUMBER, MemoryDatabase(), layout).floor(40) == floor
