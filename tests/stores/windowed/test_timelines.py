"""The rows of a key: in order, found by time, and only those told that a commit must carry."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.stores.windowed.timelines import Timelines, at_time, between, touching


def row(value, timestamp=7):
    return (value, timestamp, None)


def item(time, value, second=0):
    return (time, second, row(value))


def made(**rows):
    return Timelines(lambda key: rows.get(key.decode(), []), -1)


def test_what_no_commit_has_heard_of_leaves_nothing_behind():
    live = made()
    live.put(b"k", b"k10", item(10, 1))
    live.remove(b"k", b"k10", item(10, 1))
    assert (live[b"k"], live.dirty, live.told, live.newest) == ([], {}, set(), 10)
    live.remove(b"k", b"k10", item(10, 1))
    assert list(live.gone) == [b"k10"]
    live.put(b"k", b"k10", item(10, 2))
    assert (list(live.dirty), live.gone) == ([b"k10"], {})
    live.put(b"k", b"k10", item(10, None))
    assert (live.dirty, list(live.gone)) == ({}, [b"k10"])
    live.add(b"k", 10, row(3))
    assert live.gone == {b"k10": item(10, None)}  # its sequence number makes it another place


def test_what_a_commit_has_heard_of_is_deleted_by_the_next():
    live = made()
    live.put(b"k", b"k10", item(10, 1))
    assert live.collected() == ({b"k10": item(10, 1)}, {})
    live.remove(b"k", b"k10", item(10, 1))
    assert (live.dirty, live.gone) == ({}, {b"k10": item(10, 1)})
    assert live[b"k"] == []


def test_a_place_has_one_row():
    live = made(k=[item(10, 1), item(10, 1, 1), item(20, 1)])
    live.put(b"k", b"k10.1", item(10, 2, 1))
    live.put(b"k", b"k15", item(15, 2))
    live.remove(b"k", b"k20.1", item(20, 9, 1))
    assert live[b"k"] == [item(10, 1), item(10, 2, 1), item(15, 2), item(20, 1)]
    assert at_time(live[b"k"], 10) == [item(10, 1), item(10, 2, 1)]
    assert between(live[b"k"], 11, 20) == [item(15, 2), item(20, 1)]


SESSIONS = st.lists(st.integers(1, 9), max_size=8)


@given(SESSIONS, st.integers(0, 60), st.integers(0, 20))
def test_sessions_that_a_span_touches(lengths, first, length):
    timeline, at = [], 0
    for each in lengths:
        timeline.append(item(at + each - 1, "s", at))
        at += 2 * each
    found = touching(timeline, first, first + length)
    assert list(found) == [one for one in timeline if one[0] >= first and one[1] <= first + length]


def test_one_that_is_missing_is_made():
    live = made(k=[item(3, 1)])
    assert live[b"k"] == [item(3, 1)]
    assert list(live) == [b"k"]


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 5)).map(
        lambda step: ("collect",) if step[2] == 0 else step
    ),
    max_size=30,
)


@given(STEPS)
def test_whatever_is_done_a_commit_carries_what_differs_and_no_delete_of_what_it_never_had(steps):
    live, rows, saved = made(), {}, {}
    for step in steps:
        if step == ("collect",):
            dirty, gone = live.collected()
            for entry in gone:
                del saved[entry]
            saved |= {entry: row[0] for entry, (_, _, row) in dirty.items()}
            assert saved == rows
            continue
        time, put, value = step
        entry = b"k%d" % time
        if put:
            live.put(b"k", entry, item(time, value))
            rows[entry] = value
        elif entry in rows:
            live.remove(b"k", entry, next(one for one in live[b"k"] if one[0] == time))
            del rows[entry]
        assert [one[0] for one in live[b"k"]] == sorted(int(entry[1:]) for entry in rows)
