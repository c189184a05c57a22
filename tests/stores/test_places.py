"""Which rows there are, by time: against a set of them."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.stores.places import Places

PLACES = st.tuples(st.integers(0, 9), st.sampled_from([b"a", b"b"]))
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "discard"]), PLACES)
    | st.tuples(st.sampled_from(["take", "look"]), PLACES)
    | st.tuples(st.sampled_from(["begin", "keep", "undo"]), PLACES),
    max_size=60,
)


@given(STEPS)
def test_what_was_done_is_done_or_undone(steps):
    places, rows, outer = Places(), set(), None
    for step, place in steps:
        if step == "add":
            places.add(*place)
            rows.add(place)
        elif step == "discard":
            places.discard(*place)
            rows.discard(place)
        elif step == "take":
            due = {each for each in rows if each[0] < place[0]}
            taken = places.take_before(place[0])
            assert set(taken) == due
            assert [time for time, _ in taken] == sorted(time for time, _ in due)
            rows -= due
        elif step == "begin" and outer is None:
            places.begin()
            outer = set(rows)
        elif step in ("keep", "undo") and outer is not None:
            getattr(places, step)()
            rows, outer = rows if step == "keep" else outer, None
        assert {(time, tail) for time, tails in places.at.items() for tail in tails} == rows
        if step == "look":
            assert places.first(99) == min((time for time, _ in rows), default=99)
            assert list(places.in_order()) == sorted(rows)


def test_times_that_are_gone_take_no_room():
    places = Places()
    for time in range(100):
        places.add(time, b"k")
    assert len(places.take_before(100)) == 100
    assert places.take_before(100) == []
    assert places.at == {}
