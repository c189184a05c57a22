"""Records that come too late for a window: counted as ever, and handed on as they came, each once."""

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App, hopping, session, sliding, tumbling
from streamz_core.codecs.plain import INT
from streamz_core.topology.nodes import Late
from streamz_core.topology.windows import SessionWindows, SlidingWindows, TimeWindows
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

WINDOWS = [
    TimeWindows(10, 10, 5),
    TimeWindows(10, 4, 5),
    SlidingWindows(6, 8),
    SessionWindows(4, 8),
]


@pytest.mark.parametrize("final", [False, True])
@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60)), min_size=1, max_size=30),
    st.sets(st.integers(0, 30), max_size=3),
)
@hypothesis.settings(deadline=None, max_examples=40)
def test_what_is_counted_as_late_comes_out_once_as_it_came(window, final, rows, crashes):
    shop = Shop()
    counts = shop.windowed("counts", shop.stream("clicks"), window, final=final)
    shop.to("late", shop.add(Late, "late", counts, key=shop.nodes[0].key, value=INT))
    task = task_of(shop)
    for index, (key, time) in enumerate(rows):
        before = task.dropped["late counts"]
        sent = row(key, index, time, (("h", b"%d" % index),))
        task.run("clicks", [sent])
        found = task.commit().get("late", [])
        assert found == ([sent] if task.dropped["late counts"] > before else [])
        if index in crashes:
            task.restart() if index % 2 else task.restore()


def test_which_records_are_late():
    """A window takes records until its end is not after the stream time less the grace."""
    app = App("shop")
    windows = (
        app.stream("in", key=str, value=int).group_by_key().window(tumbling("10ms", grace="5ms"))
    )
    windows.count(name="counts")
    windows.late.map_values(lambda value: value + 1, value=int).to("late")
    with app.test() as t:
        for time in (3, 14, 9, 15, 9, 10):
            t.topic("in").send("a", time, timestamp=time, headers=(("at", str(time).encode()),))
        (late,) = t.topic("late").records()
        assert (late.key, late.value, late.timestamp, late.headers) == (
            *("a", 10, 9),
            (("at", b"9"),),
        )
        assert t.dropped() == {"late": 1}


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
def test_a_crash_neither_loses_nor_doubles_a_late_record(stores):
    app = App("shop")
    by_word = app.stream("in", key=str, value=str).group_by(lambda word: word[:1], key=str)
    windows = by_word.window(session("10ms"))

    @windows.reduce
    def words(one: str, other: str) -> str:
        return f"{one} {other}"

    windows.late.to("late")
    with app.test(stores=stores, workers=2, partitions=3) as t:
        for turn, time in enumerate((5, 50, 6, 70, 51, 7)):
            t.topic("in").send("k", f"a{time}", timestamp=time, run=turn % 2 == 0)
            if turn == 3:
                t.crash(0)
                t.run()
                t.restart()
        t.run()
        assert [one.value for one in t.topic("late").records()] == ["a6", "a51", "a7"]
        assert {one.key for one in t.topic("late").records()} == {"a"}


def test_a_value_that_is_changed_in_place_is_its_own():
    """The first window is closed, and the second takes the record: both have the value as it came."""
    app = App("shop")
    windows = (
        app.stream("in", key=str, value=list[int]).group_by_key().window(hopping("10ms", "5ms"))
    )

    @windows.aggregate(initial=list[int])
    def all_of(held: list[int], value: list[int]) -> list[int]:
        return held + value

    @windows.late.peek
    def spoil(value: list[int]) -> None:
        value.append(99)

    spoil.to("late")
    with app.test() as t:
        for time in (8, 12, 7):
            t.topic("in").send("a", [time], timestamp=time)
        assert [one.value for one in t.topic("late").records()] == [[7]]
        assert [value for _, value, _ in t.store("all_of").rows()] == [[8, 12, 7], [12]]


def test_a_record_between_others_misses_the_sliding_window_that_ends_with_it():
    app = App("shop")
    windows = app.stream("in", key=str, value=int).group_by_key().window(sliding("10ms"))
    windows.count(name="counts")
    windows.late.to("late")
    with app.test() as t:
        for time in (20, 30, 19, 25, 14):
            t.topic("in").send("a", time, timestamp=time)
        assert [one.value for one in t.topic("late").records()] == [19, 25, 14]
