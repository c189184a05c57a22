"""Steps whose answers come later give what map_values gives, whatever calls take, and whoever dies."""

import asyncio
from collections import Counter

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core import App, Processor, ProcessorContext, Record, tumbling
from streamz_core.errors import TopologyError, Unanswered
from tests.runtime.conftest import house_of

FAST = hypothesis.settings(deadline=None, max_examples=25)


def louder(value):
    if value == "bad":
        raise ValueError(value)
    return None if value is None else f"{value}!"


def sleeping(naps):
    """`louder` as a coroutine function; each call takes as long as the next of `naps` says."""
    left = list(naps)

    async def asked(value: str) -> str:
        await asyncio.sleep(left.pop() if left else 0)
        return louder(value)

    return asked


def batched(values):
    return map(louder, values)


def plain(stream, name):
    return stream.map_values(louder, name=name, value=str)


def asking(naps, concurrency):
    fn = sleeping(naps)
    return lambda stream, name: stream.map_async(fn, name=name, value=str, concurrency=concurrency)


def gathering(size):
    return lambda stream, name: stream.map_batch(batched, name=name, value=str, size=size)


def whole(first, second):
    """Branches, a join, windows, a timer, a topic of two writers: everything that could see another order."""
    app = App("shop")
    orders = app.stream("orders", key=str, value=str)
    users = app.table("users", key=str, value=str)
    kinds = orders.split()
    small = kinds.branch(lambda value: value is not None and len(value) != 2, name="small")
    rest = kinds.default(name="rest")
    asked = first(small, "asked")
    joined = asked.join(users, lambda value, user: f"{value}{user}", how="left", name="joined")
    both = joined.merge(rest)

    @both.process_values(value=str)
    def placed(record, context):
        at = (context.topic, context.offset, context.stream_time, record.timestamp)
        yield record.with_value(f"{record.value} {at}")

    @both.punctuate("1s")
    def ticked(time, context):
        yield Record("tick", f"{time} {context.stream_time}", time)

    placed.to("out")
    rest.to("out", value=str)
    asked.group_by_key().window(tumbling(20, grace=5)).count(name="counted")
    second(both, "again").to("again")
    return app


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["orders", "orders", "orders", "users"]),
        st.none() | st.sampled_from("abc"),
        st.none() | st.sampled_from(["1", "2", "33", "bad"]),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=25,
)
NAPS = st.lists(st.integers(0, 9), max_size=40)


def seen(app, events, crashes=(), **settings):
    """All that comes of it. No record is of the time of another one, so that one order is right."""
    with app.test(processing_exception_handler="continue", **settings) as t:
        for index, (topic, key, value, time) in enumerate(events):
            t.topic(topic).send(key, value, timestamp=100 * time + index, run=index % 5 == 4)
            if index in crashes:
                t.crash()
                t.restart()
        t.run()
        found = {
            name: [(r.key, r.value, r.timestamp) for r in t.topic(name).records()]
            for name in ("out", "again")
        }
        return found, t.store("counted").rows()


@given(EVENTS, NAPS, st.integers(1, 4), st.integers(1, 5), st.sampled_from([1, 2, 100]))
@FAST
def test_results_are_those_of_map_values_whatever_calls_take(events, naps, many, size, poll):
    expected = seen(whole(plain, plain), events)
    ask, gather = asking(naps, many), gathering(size)
    for first, second in ((ask, ask), (ask, gather), (gather, ask)):
        assert seen(whole(first, second), events, poll_records_max=poll) == expected


@given(
    EVENTS, NAPS, st.sets(st.integers(0, 24), max_size=3), st.sampled_from(["memory", "rocksdb"])
)
@FAST
def test_results_are_the_same_whoever_crashes(events, naps, crashes, stores):
    expected = seen(whole(plain, plain), events, crashes)
    app = whole(asking(naps, 2), gathering(3))
    assert seen(app, events, crashes, stores=stores) == expected


def test_an_answer_has_time_headers_and_place_of_its_record():
    app = App("shop")
    asked = app.stream("in", key=str, value=str).map_async(sleeping([]), name="asked", value=str)
    places = []

    @asked.process_values(value=str)
    def placed(record, context):
        places.append((context.topic, context.partition, context.offset, context.timestamp))
        yield record

    placed.to("out")
    with app.test() as t:
        t.topic("in").send("k", "a", timestamp=7, headers=(("h", b"1"),))
        t.topic("in").send("k", "b", timestamp=3)
        found = [(r.value, r.timestamp, r.headers) for r in t.topic("out").records()]
    assert found == [("a!", 7, (("h", b"1"),)), ("b!", 3, ())]
    assert places == [("in", 0, 0, 7), ("in", 0, 1, 3)]


def test_in_the_order_of_keys_the_others_do_not_wait():
    app = App("shop")
    lines = app.stream("in", key=str, value=int)

    @lines.map_async(with_key=True, order="key")
    async def asked(key: str, value: int) -> str:
        await asyncio.sleep(value)
        return f"{key}{value}"

    asked.to("out")
    with app.test() as t:
        for key, value in (("a", 9), ("b", 5), ("a", 1), ("b", 2), ("c", 3)):
            t.topic("in").send(key, value, run=False)
        t.run()
        found = [r.value for r in t.topic("out").records()]
    assert found == ["c3", "b5", "b2", "a9", "a1"]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_calls_at_once_than_said(concurrency):
    app, running, most = App("shop"), [], []
    lines = app.stream("in", key=str, value=str).flat_map_values(lambda value: value, value=str)

    @lines.map_async(concurrency=concurrency)
    async def asked(value: str) -> str:
        running.append(value)
        most.append(len(running))
        await asyncio.sleep(1)
        running.remove(value)
        return value

    asked.to("out")
    with app.test() as t:
        t.topic("in").send("k", "abcde", run=False)
        t.topic("in").send("k", "fgh")
        assert "".join(r.value for r in t.topic("out").records()) == "abcdefgh"
    assert max(most) == concurrency


def test_a_call_that_takes_too_long_is_an_error_of_its_record():
    app = App("shop")

    @app.stream("in", key=str, value=int).map_async(timeout="10s")
    async def asked(value: int) -> int:
        await asyncio.sleep(value)
        return value

    asked.to("out")
    with app.test() as t:
        for value in (3, 11, 4):
            t.topic("in").send("k", value, run=False)
        with pytest.raises(TimeoutError, match=r"no answer within 10 s \(timeout=\)") as failed:
            t.run()
        assert failed.value.__notes__[0] == "at in[0]@1 key='k' node=asked task=in/0"
        assert [r.value for r in t.topic("out").records()] == [3]
    with app.test(processing_exception_handler="continue") as t:
        for value in (3, 11, 4):
            t.topic("in").send("k", value, run=False)
        t.run()
        assert [r.value for r in t.topic("out").records()] == [3, 4]
        assert t.dropped() == {"error": 1}


def test_what_is_run_again_asks_nobody_again():
    """A failure undoes what came before it since the last commit; the answers are there."""
    app, calls = App("shop"), Counter()

    @app.stream("in", key=str, value=str).map_async()
    async def asked(value: str) -> str:
        calls[value] += 1
        if value == "bad":
            raise ValueError(value)
        return value

    @asked.map_values
    def checked(value: str) -> str:
        if value == "worse":
            raise KeyError(value)
        return value

    checked.to("out")
    with app.test(processing_exception_handler="continue") as t:
        for value in ("a", "bad", "b", "worse", "c", "bad"):
            t.topic("in").send("k", value, run=False)
        t.run()
        assert [r.value for r in t.topic("out").records()] == ["a", "b", "c"]
    assert calls == {"a": 1, "bad": 2, "b": 1, "worse": 1, "c": 1}


def test_a_worker_that_dies_between_call_and_commit_calls_again_and_gives_once():
    app, calls = App("shop"), Counter()

    @app.stream("in", key=str, value=str).map_async()
    async def asked(value: str) -> str:
        calls[value] += 1
        return f"{value}!"

    asked.to("out")
    house = house_of(app)
    worker = house.worker()
    house.settle()
    house.send("in", ("k", "a", 0), ("k", "b", 1))
    worker.backend.refresh()
    while worker.turn():
        """Nothing is committed."""
    assert calls == {"a": 1, "b": 1}
    house.kill(worker)
    assert house.rows("out") == []
    house.worker()
    house.settle()
    assert house.rows("out") == [("k", "a!", 0), ("k", "b!", 1)]
    assert calls == {"a": 2, "b": 2}


def test_a_commit_waits_for_the_calls_of_all_that_was_taken():
    app = App("shop")
    app.stream("in", key=str, value=str).map_async(sleeping([1, 1]), name="asked", value=str).to(
        "out"
    )
    house = house_of(app)
    worker = house.worker()
    house.settle()
    house.send("in", ("k", "a", 0), ("k", "b", 1))
    worker.backend.refresh()
    (task,) = worker.tasks.values()
    task.process(1)
    assert (task.dirty, task.ripe) == (True, False)
    assert not worker.commit()
    assert house.rows("out") == []
    house.machine.advance(1000)
    assert task.ripe, "it is time to wait for the answers"
    worker.commit()
    assert house.rows("out") == []
    assert task.process(1) == 0, "nothing more is taken"
    house.settle()
    assert house.rows("out") == [("k", "a!", 0), ("k", "b!", 1)]


def test_neither_a_call_nor_a_step_beside_it_sees_what_the_other_does_to_a_value():
    app = App("shop")
    lists = app.stream("in", key=str, value=list[int])

    @lists.map_async(value=list[int])
    async def asked(value: list[int]) -> list[int]:
        await asyncio.sleep(1)
        value.append(1)
        return value

    @lists.map_values(value=list[int])
    def beside(value: list[int]) -> list[int]:
        value.append(2)
        return value

    asked.to("asked")
    beside.to("beside")
    with app.test() as t:
        t.topic("in").send("k", [0])
        found = [t.topic(name).records()[0].value for name in ("asked", "beside")]
    assert found == [[0, 1], [0, 2]]


def test_a_store_in_front_of_the_calls_and_behind_them_is_refused():
    app = App("shop")
    last = app.store("last", key=str, value=str)
    lines = app.stream("in", key=str, value=str)
    first = lines.flat_map_values(lambda v, s: [v], store=last, name="first", value=str)
    asked = first.map_async(sleeping([]), name="asked", value=str)
    asked.flat_map_values(lambda v, s: [v], store=last, name="second", value=str).to("out")
    with pytest.raises(TopologyError) as refused:
        app.test()
    assert str(refused.value).startswith(
        "second uses the store last behind asked, whose answers come later, and first uses it in front of that"
    )


def ticking(step, clock):
    """What goes on where the first record fails, and a timer is due while it waits."""
    app = App("shop")
    asked = step(app.stream("in", key=str, value=str), "asked")

    @asked.punctuate("1s", clock=clock)
    def ticked(time, context):
        yield Record("tick", str(time), time)

    asked.to("out")
    with app.test(processing_exception_handler="continue") as t:
        for time, value in enumerate(("bad", "a", "b"), 1):
            t.topic("in").send("k", value, timestamp=1000 * time, run=False)
        t.advance(1000)
        return {r.value for r in t.topic("out").records()}, t.dropped()


@pytest.mark.parametrize("clock", ["stream", "wall"])
def test_a_call_of_a_timer_goes_behind_what_waits_and_is_not_blamed_for_it(clock):
    found, dropped = ticking(asking([1, 1, 1], 3), clock)
    assert {"a!", "b!", "1000"} <= found
    assert dropped == {"error": 1}
    assert (found, dropped) == ticking(plain, clock)


class Summing(Processor[str, str, str, str]):
    """An object that forwards while it runs, and when time has come."""

    def init(self, context: ProcessorContext[str, str]) -> None:
        super().init(context)
        self.sums = context.get_state_store("sums")
        context.schedule("1s", self.flush)

    def process(self, record: Record[str, str]) -> None:
        self.sums[record.key] = self.sums.get(record.key, "") + record.value
        self.context.forward(record.with_value(f"{record.value} {self.context.offset}"))

    def flush(self, time: int) -> None:
        for key, value in self.sums.items():
            self.context.forward(Record(key, f"{value} at {time}", time))


@pytest.mark.parametrize("behind", [True, False])
def test_a_processor_by_hand_behind_and_in_front(behind):
    def results(step):
        app = App("shop")
        lines = app.stream("in", key=str, value=str)
        sums = app.store("sums", key=str, value=str)
        first = step(lines, "asked") if behind else lines
        hand = app.topology.add_processor("summing", Summing, first, stores=[sums])
        (hand if behind else step(hand, "asked")).to("out")
        with app.test() as t:
            for number in range(12):
                t.topic("in").send("ab"[number % 2], str(number), timestamp=400 * number, run=False)
            t.run()
            return [(r.key, r.value, r.timestamp) for r in t.topic("out").records()]

    expected = results(plain)
    assert any(" at " in value for _, value, _ in expected)
    assert results(asking([5, 1, 4, 2, 3] * 3, 3)) == expected
    assert results(gathering(4)) == expected


# ---- batches


def test_a_batch_has_no_more_than_its_size_and_ends_with_a_commit():
    app, sizes = App("shop"), []

    @app.stream("in", key=str, value=int).map_batch(size=3)
    def doubled(values: list[int]) -> list[int]:
        sizes.append(len(values))
        return [2 * value for value in values]

    doubled.to("out")
    with app.test() as t:
        for value in range(8):
            t.topic("in").send("k", value, run=False)
        t.run()
        t.topic("in").send("k", 8)
        assert [r.value for r in t.topic("out").records()] == [2 * value for value in range(9)]
    assert sizes == [3, 3, 2, 1]


def test_a_batch_with_its_keys():
    app = App("shop")

    @app.stream("in", key=str, value=int).map_batch(with_key=True)
    def named(keys, values):
        yield from (f"{key}{value}" for key, value in zip(keys, values, strict=True))

    named.to("out", value=str)
    with app.test() as t:
        for key in "ab":
            t.topic("in").send(key, 1, run=False)
        t.run()
        assert [r.value for r in t.topic("out").records()] == ["a1", "b1"]


def test_the_record_to_blame_is_found_in_a_batch():
    app = App("shop")
    app.stream("in", key=str, value=str).map_batch(batched, name="many", value=str).to("out")
    with app.test() as t:
        for value in ("a", "bad", "b"):
            t.topic("in").send("k", value, run=False)
        with pytest.raises(ValueError, match="bad") as failed:
            t.run()
        assert failed.value.__notes__[0] == "at in[0]@1 key='k' node=many task=in/0"
        assert [r.value for r in t.topic("out").records()] == ["a!"]


@pytest.mark.parametrize("made", [["a"], ["a"] * 3, "ab", None, 7])
def test_another_number_of_results_stops_the_app_whatever_the_handler(made):
    app = App("shop")
    app.stream("in", key=str, value=str).map_batch(lambda values: made, name="many", value=str)
    with app.test(processing_exception_handler="continue") as t:
        t.topic("in").send("k", "a", run=False)
        t.topic("in").send("k", "b", run=False)
        with pytest.raises(Unanswered, match=r"^many was called with 2 values and gave ") as failed:
            t.run()
        assert failed.value.__notes__ == [
            "at in[0]@0 to 1 task=in/0: nothing of these records was committed, everything before them was"
        ]
