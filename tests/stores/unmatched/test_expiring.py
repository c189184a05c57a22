"""Which unmatched rows there are: against a sorted set, looked through as Kafka does."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.stores.places import Places
from streamz_core.stores.unmatched.expiring import NEVER, expired
from streamz_core.stores.unmatched.rows import LEFT, RIGHT, tail_of

TIMES = st.integers(0, 9)
TAILS = st.builds(tail_of, st.sampled_from([LEFT, RIGHT]), st.sampled_from([b"a", b"b"]))


def looked_through(rows, right_from, left_from):
    """KStreamKStreamJoin.emitNonJoinedOuterRecords, step by step."""
    found, last, right_open, left_open = [], NEVER, False, False
    for time, tail in sorted(rows):
        last = time
        if right_open and left_open:
            break
        if time >= (left_from if tail[0] == LEFT else right_from):
            left_open = left_open or tail[0] == LEFT
            right_open = right_open or tail[0] == RIGHT
        else:
            found.append((time, tail))
    return found, last


STEPS = st.lists(
    st.tuples(st.just("add"), TIMES, TAILS)
    | st.tuples(st.just("discard"), TIMES, TAILS)
    | st.tuples(st.just("expire"), TIMES, TIMES),
    max_size=60,
)


@given(STEPS)
def test_rows_that_are_over_come_in_order(steps):
    places, rows = Places(), set()
    for step, one, other in steps:
        if step == "add":
            places.add(one, other)
            rows.add((one, other))
        elif step == "discard" and (one, other) in rows:
            places.discard(one, other)
            rows.discard((one, other))
        elif step == "expire":
            expected = looked_through(rows, one, other)
            assert expired(places, one, other) == expected
            for place in expected[0]:
                places.discard(*place)
                rows.discard(place)
        assert {(time, tail) for time, tails in places.at.items() for tail in tails} == rows


def test_times_that_are_gone_take_no_room():
    places = Places()
    tail = tail_of(LEFT, b"k")
    for time in range(100):
        places.add(time, tail)
        places.discard(time, tail)
    assert expired(places, 0, 0) == ([], NEVER)
    assert places.at == {}


def test_a_time_before_the_others_comes_first():
    places = Places()
    tail = tail_of(RIGHT, b"k")
    for time in (7, 3, 5):
        places.add(time, tail)
    assert expired(places, 9, 9) == ([(3, tail), (5, tail), (7, tail)], 7)
