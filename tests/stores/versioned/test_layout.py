"""Where versions lie: segments by the time until which they were valid, and which of them one looks at."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.versioned.layout import Layout, in_span, segment_ms, version, version_place
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import pack_version, stamp

LAYOUT = Layout(StoreSpec("v", "versioned", STR, INT, history_ms=9000), 3)


@pytest.mark.parametrize(
    "history, span",
    [(0, 2000), (9000, 3000), (60_000, 20_000), (300_000, 60_000), (3_600_000, 300_000)],
)
def test_segments_are_as_long_as_kafka_makes_them(history, span):
    assert segment_ms(history) == span


def test_a_day_has_segments_of_an_hour():
    assert segment_ms(86_400_000) == 3_600_000


def test_what_is_known_reaches_back_from_the_newest_and_whole_segments_are_over():
    assert LAYOUT.floor(20_000) == 11_000
    assert LAYOUT.over(20_000) == LAYOUT.head(9000, b"")
    assert LAYOUT.over(5) == LAYOUT.head(0, b"")


def test_rows_of_longer_keys_lie_between_those_of_a_key():
    head, end = LAYOUT.span(1, b"k")
    places = [version_place(LAYOUT.head(3000, key), 7) for key in (b"k", b"k" + bytes(8), b"kk")]
    inside = [place for place in places if head <= place < end]
    assert len(inside) == 3
    assert list(in_span(head, [(place, b"x") for place in inside])) == [(7, b"x")]


def test_a_row_says_until_when_a_version_was_valid():
    assert version(5, stamp(9, pack_version(b"v"))) == (5, 9, b"v")
    assert version(5, stamp(9, pack_version(None))) == (5, 9, None)


def older(*versions):
    """Versions of one key by segment, and which segments were asked for."""
    asked = []

    def of_segment(segment):
        asked.append(segment)
        return [one for one in versions if one[1] // 3000 == segment]

    return of_segment, asked


def test_the_version_of_a_moment_is_in_the_first_segment_that_has_one_valid_behind_it():
    of_segment, asked = older((0, 100, b"a"), (100, 4000, b"b"), (4000, 9500, b"c"))
    assert LAYOUT.covering(of_segment, 50, 20_000) == (0, 100, b"a")
    assert LAYOUT.covering(of_segment, 100, 20_000) == (100, 4000, b"b")
    assert LAYOUT.covering(of_segment, 5000, 20_000) == (4000, 9500, b"c")
    assert asked[-1] == 3
    assert LAYOUT.covering(of_segment, 9500, 20_000) is None
    assert asked[-1] == 6


def test_versions_between_end_with_the_first_that_begins_later():
    of_segment, asked = older((0, 100, b"a"), (100, 4000, b"b"), (4000, 9500, b"c"))
    assert list(LAYOUT.between(of_segment, 100, 3999, 20_000)) == [(100, 4000, b"b")]
    assert asked == [0, 1, 2, 3]
    assert [one[2] for one in LAYOUT.between(of_segment, 99, 4000, 20_000)] == [b"a", b"b", b"c"]
