"""The first of the records that are the same: of one key, perhaps by what a function tells, within a span of time."""

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import TopologyError
from streamz_core.stores.subscribed.rows import subscriber_codec
from streamz_core.topology.nodes import Deduplicate, Func, StoreSpec
from streamz_core.topology.windows import SlidingWindows
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop


def first_of(within_ms, grace_ms=0, *, by=None):
    shop = Shop()
    window = SlidingWindows(within_ms, grace_ms)
    key = STR if by is None else subscriber_codec(INT, STR)
    retention = window.least_retention_ms + 1
    store = StoreSpec("seen", "ordered", key, INT, retention_ms=retention, window=window)
    fn = None if by is None else Func(by, "seen")
    more = {"within_ms": within_ms, "grace_ms": grace_ms, "kept": store, "fn": fn}
    shop.to("out", shop.add(Deduplicate, "seen", shop.stream("in"), **more))
    return task_of(shop)


@given(
    st.lists(
        st.tuples(
            st.none() | st.sampled_from("ab"),
            st.none() | st.integers(0, 29),
            st.integers(0, 90),
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 12),
    st.integers(0, 9),
    st.booleans(),
    st.sets(st.integers(0, 40), max_size=3),
)
@hypothesis.settings(deadline=None, max_examples=150)
def test_against_a_plain_loop_whatever_crashes(rows, within, grace, told, crashes):
    def event(value):
        return None if value is None or value % 10 == 9 else value % 10

    task = first_of(within, grace, by=event if told else None)
    observed, passed, expected, dropped, found = -1, [], [], {}, []
    for index, (key, value, time) in enumerate(rows):
        sent = row(key, value, time, (("h", b"%d" % index),))
        same = (key, event(value)) if told else (key, "")
        why = ""
        if key is None:
            why = "null-key"
        else:
            observed = max(observed, time)
            if time < observed - within - grace:
                why = "late"
            elif any(one == same and abs(at - time) <= within for one, at in passed):
                why = "duplicate"
        if why:
            dropped[f"{why} seen"] = dropped.get(f"{why} seen", 0) + 1
        else:
            expected.append(sent)
            passed += [] if same[1] is None else [(same, time)]
        task.run("in", [sent])
        found += task.commit().get("out", [])
        if index in crashes:
            task.restart() if index % 2 else task.restore()
    assert found == expected
    assert dict(task.dropped) == dropped


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
def test_it_goes_on_where_it_was_after_a_crash_and_by_another_worker(stores):
    app = App("shop")
    payments = app.stream("payments", key=str, value=tuple[int, str])

    @payments.select_key
    def account(payment: tuple[int, str]) -> str:
        return payment[1]

    once = account.deduplicate(by=number, within="1h")
    once.to("once")
    once.late.to("late")
    with app.test(stores=stores, workers=2, partitions=3) as t:
        for turn, (no, name) in enumerate(
            [(1, "a"), (2, "b"), (1, "a"), (1, "b"), (2, "b"), (3, "a")]
        ):
            if turn in (2, 4):
                t.crash(turn % 3 % 2)
                t.run()
                t.restart()
            t.topic("payments").send(str(turn), (no, name), timestamp=turn * 1000)
        assert sorted(one.value for one in t.topic("once").records()) == [
            *((1, "a"), (1, "b"), (2, "b"), (3, "a")),
        ]
        assert t.dropped()["duplicate"] >= 1
        t.topic("payments").send("x", (4, "a"), timestamp=9_000_000)
        t.topic("payments").send("x", (5, "a"), timestamp=5_000_000)
        assert [one.value for one in t.topic("late").records()] == [(5, "a")]


def number(payment: tuple[int, str]) -> int:
    return payment[0]


def test_without_a_function_the_key_is_what_is_the_same():
    app = App("shop")
    app.stream("in", key=str, value=int).deduplicate(within="10s", name="first").to("out")
    with app.test() as t:
        for key, time in (("a", 0), ("b", 1), ("a", 10_000), ("a", 10_001)):
            t.topic("in").send(key, time, timestamp=time)
        found = [(one.key, one.value) for one in t.topic("out").records()]
        assert found == [("a", 0), ("b", 1), ("a", 10_001)]


def test_what_it_cannot_do_is_refused():
    stream = App("shop").stream("in", key=str, value=int)
    with pytest.raises(TopologyError, match="has none: say name="):
        stream.deduplicate(within="1s")
    with pytest.raises(TopologyError, match="first: within=0 remembers nothing"):
        stream.deduplicate(within=0, name="first")
    with pytest.raises(TopologyError, match="first, grace is '-1s'; it cannot be negative"):
        stream.deduplicate(within="1s", grace="-1s", name="first")
    with pytest.raises(TopologyError, match=r"first: .*\(value\)"):
        stream.deduplicate(by=lambda one, other: one, within="1s", name="first")


def test_what_is_late_by_the_span_finds_what_was_a_span_before_it():
    app = App("shop")
    once = app.stream("in", key=str, value=int).deduplicate(within="10ms", grace="5ms", name="once")
    once.to("out")
    with app.test() as t:
        for key, time in (("a", 0), ("b", 25), ("a", 10), ("c", 10), ("c", 9)):
            t.topic("in").send(key, time, timestamp=time)
        assert [one.key for one in t.topic("out").records()] == ["a", "b", "c"]
        assert t.dropped() == {"duplicate": 1, "late": 1}
