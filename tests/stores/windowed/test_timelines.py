"""The rows of one key: in order, found by time, and only those told that a commit must carry."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.stores.windowed.timelines import Timeline, Timelines


def row(value):
    return (value, 7, None)


def test_what_no_commit_has_heard_of_leaves_nothing_behind():
    made = Timeline({})
    made.put((10, 0), row(1))
    made.remove((10, 0), 7)
    assert (made.rows, made.places, made.dirty) == ({}, [], {})
    made.remove((10, 0), 7)
    assert made.dirty == {(10, 0): (None, 7, None)}
    made.put((10, 0), row(2))
    made.remove((10, 0), 8)
    assert made.dirty == {(10, 0): (None, 8, None)}


def test_what_a_commit_has_heard_of_is_deleted_by_the_next():
    made = Timeline({})
    made.put((10, 0), row(1))
    made.collected()
    made.remove((10, 0), 7)
    assert made.dirty == {(10, 0): (None, 7, None)}


def test_a_nested_overlay_is_taken_or_not():
    made = Timeline({(10, 0): row(1)})
    nested = made.nested()
    nested.put((20, 0), row(2))
    nested.remove((10, 0), 7)
    assert made.places == [(10, 0)]
    made.take(nested)
    assert made.places == [(20, 0)]
    assert made.dirty == {(20, 0): row(2), (10, 0): (None, 7, None)}


SESSIONS = st.lists(st.integers(1, 9), max_size=8)


@given(SESSIONS, st.integers(0, 60), st.integers(0, 20))
def test_sessions_that_a_span_touches(lengths, first, length):
    places, at = [], 0
    for each in lengths:
        places.append((at + each - 1, at))
        at += 2 * each
    made = Timeline({place: row(place) for place in places})
    found = made.touching(first, first + length)
    assert [place for place, _ in found] == [
        (end, start) for end, start in places if end >= first and start <= first + length
    ]


def test_one_that_is_missing_is_made():
    made = Timelines(lambda key: Timeline({(len(key), 0): row(key)}))
    assert made[b"abc"].places == [(3, 0)]
    assert list(made) == [b"abc"]
