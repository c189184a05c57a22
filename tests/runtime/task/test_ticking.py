"""Timers of a task: what fails leaves nothing and is not lost, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from math import inf
from typing import Any

import pytest

from streamz_core import App, Context, Misuse, Record
from streamz_core.codecs.plain import INT
from tests.runtime.conftest import House, house_of

Out = list[tuple[str, int, int]]


def totals(clock: str = "stream", handler: str = "fail", **fails: Any) -> App:
    """in -> a sum for each key -> out, every 10 ms. `fails`: {"at": time} at which the timer does, half-way."""
    app = App("sums", processing_exception_handler=handler)
    sums = app.store("sums", key=str, value=int)

    @app.stream("in", key=str, value=int).process(store=sums)
    def add(
        record: Record[str, int], context: Context, sums: MutableMapping[str, int]
    ) -> Iterator[Record[str, int]]:
        if record.value < 0:
            raise ValueError(record.value)
        sums[record.key] = sums.get(record.key, 0) + record.value
        yield from ()

    @add.punctuate("10ms", clock=clock, store=sums)
    def flush(
        time: int, context: Context, sums: MutableMapping[str, int]
    ) -> Iterator[Record[str, int]]:
        for key, value in list(sums.items()):
            del sums[key]
            yield Record(key, value, time)
            if fails.get("at") == time:
                raise ArithmeticError(time)

    add.to("out")
    return app


def out(test: Any) -> Out:
    return [(each.key, each.value, each.timestamp) for each in test.topic("out").records()]


def send(test: Any, *records: tuple[str, int, int], run: bool = True) -> None:
    for key, value, time in records:
        test.topic("in").send(key, value, timestamp=time, run=False)
    if run:
        test.run()


RECORDS = [("a", 1, 20), ("b", 2, 25), ("a", 3, 31), ("b", 4, 32), ("a", 5, 44)]
SUMS: Out = [("a", 1, 20), ("a", 3, 31), ("b", 2, 31), ("a", 5, 44), ("b", 4, 44)]


def test_a_batch_and_a_failing_record_change_nothing() -> None:
    with totals(handler="continue").test() as test:
        send(test, *RECORDS[:2], ("a", -1, 26), *RECORDS[2:4], ("b", -1, 33), *RECORDS[4:])
        assert out(test) == SUMS
        assert test.dropped() == {"error": 2}


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_call_that_fails_leaves_nothing_and_may_be_skipped(*, one_by_one: bool) -> None:
    with totals(handler="continue", at=31).test() as test:
        for record in RECORDS:
            send(test, record, run=one_by_one)
        test.run()
        assert out(test) == [("a", 1, 20), ("a", 8, 44), ("b", 6, 44)]
        assert test.dropped() == {"error": 1}


def test_a_call_that_fails_stops_the_app_at_its_place() -> None:
    with totals(at=31).test() as test:
        send(test, *RECORDS, run=False)
        with pytest.raises(ArithmeticError) as raised:
            test.run()
        place, way_out = raised.value.__notes__
        assert place == "at flush time=31 node=flush task=add/0"
        assert way_out.startswith(
            "nothing of this call was committed, everything before it was; mend the step "
        )
        test.crash()
        with pytest.raises(ArithmeticError):
            test.restart()
        assert out(test) == SUMS[:1]


def test_what_a_timer_that_was_mended_missed_is_made_good() -> None:
    house = house_of(totals(at=31))
    house.worker()
    house.settle()
    transaction = house.broker.transaction()
    keys, values = (
        [key.encode() for key, *_ in RECORDS[:3]],
        [INT.encode(value) for _, value, _ in RECORDS[:3]],
    )
    transaction.send("in", 0, keys, values, [time for *_, time in RECORDS[:3]])
    transaction.commit()
    with pytest.raises(ArithmeticError):
        house.settle()
    assert house.counts() == [("a", 1)]
    for worker in list(house.workers):
        house.kill(worker)
    mended = House(house_of(totals()).job, machine=house.machine)
    mended.machine.waited_s += 1.0
    mended.worker()
    mended.settle()
    mended.turn()
    assert mended.counts() == [("a", 1), ("a", 3), ("b", 2)]


def test_by_the_wall_clock_nothing_is_left_either() -> None:
    with totals("wall", "continue", at=20).test() as test:
        send(test, *RECORDS[:2])
        test.advance(9)
        assert out(test) == []
        test.advance(1)
        assert out(test) == [("a", 1, 10), ("b", 2, 10)]
        send(test, *RECORDS[2:])
        test.advance(10)
        assert out(test)[2:] == []
        test.advance(25)
        assert out(test)[2:] == [("a", 8, 45), ("b", 4, 45)]


def test_the_wall_clock_wakes_the_worker() -> None:
    house = house_of(totals("wall"))
    worker = house.worker()
    house.settle()
    (task,) = worker.tasks.values()
    left = task.due_s() - house.machine.monotonic()
    assert left == pytest.approx(0.01)
    house.machine.advance(10)
    assert task.due_s() == house.machine.monotonic()
    assert worker.step()
    assert task.due_s() == pytest.approx(house.machine.monotonic() + 0.01)


def test_a_wall_clock_that_is_put_forward_is_looked_at_soon() -> None:
    app = App("rare")

    @app.every("1h", key=str, value=int)
    def beat(time: int, context: Context) -> Iterator[Record[str, int]]:
        yield from ()

    house = house_of(app)
    worker = house.worker()
    house.settle()
    (task,) = worker.tasks.values()
    assert task.due_s() == house.machine.monotonic() + 1.0


def test_without_one_nothing_wakes_it() -> None:
    house = house_of(totals())
    worker = house.worker()
    house.settle()
    (task,) = worker.tasks.values()
    assert task.due_s() == inf


def asking() -> App:
    """in -> what a record asks of the timer -> the times at which it is called."""
    app = App("asks", processing_exception_handler="continue")

    @app.stream("in", key=str, value=str).process(value=int)
    def ask(record: Record[str, str], context: Context) -> Iterator[Record[str, int]]:
        what, *rest = record.value.split()
        if what == "start":
            context.schedule(tick, *rest)
        elif what == "from":
            context.schedule("tick", start=int(rest[0]))
        elif what == "stop":
            context.cancel(tick)
        elif what == "unknown":
            context.schedule("tock")
        elif what == "commit":
            context.commit()
        if rest[-1:] == ["fail"]:
            raise ValueError(what)
        yield from ()

    @ask.punctuate("10ms", running=False)
    def tick(time: int, context: Context) -> Iterator[Record[str, int]]:
        yield Record("tick", time, time)

    ask.to("out")
    return app


@pytest.mark.parametrize("crash", range(11))
@pytest.mark.parametrize("one_by_one", [True, False])
def test_what_a_step_schedules_is_committed_and_undone_with_its_record(
    crash: int, *, one_by_one: bool
) -> None:
    said = ["", "start", "", "stop fail", "", "stop", "", "start 5ms", "", "from 78", ""]
    with asking().test() as test:
        for at, what in enumerate(said):
            if at == crash:
                test.crash()
                test.restart()
            test.topic("in").send("k", what or "-", timestamp=8 * at, run=one_by_one)
        test.run()
        assert [each.value for each in test.topic("out").records()] == [8, 16, 24, 32, 56, 64, 80]


def test_a_timer_that_is_not_there_is_the_records_fault() -> None:
    with (
        asking().test(processing_exception_handler="fail") as test,
        pytest.raises(Misuse, match="ask: the task in/0 has no timer 'tock'"),
    ):
        test.topic("in").send("k", "unknown", timestamp=1)


def test_a_step_may_ask_for_a_commit() -> None:
    house = house_of(asking(), commit_interval_ms=60_000)
    worker = house.worker()
    house.settle()
    (task,) = worker.tasks.values()
    for value, urgent in (("-", False), ("commit", True)):
        house.send("in", ("k", value, 1))
        task._place.backend.refresh()
        assert worker.turn()
        assert task.urgent is urgent
    worker.commit()
    assert not task.urgent


def beating(per: str) -> App:
    """in -> what came for each key, told every 10 ms of the wall clock with the place of who tells it."""
    app = App("beats")
    seen = app.store("seen", key=str, value=int)

    @app.stream("in", key=str, value=int).process(store=seen)
    def keep(
        record: Record[str, int], context: Context, seen: MutableMapping[str, int]
    ) -> Iterator[Record[str, int]]:
        seen[record.key] = record.value
        yield from ()

    @app.every("10ms", per=per, store=seen)
    def beat(
        time: int, context: Context, seen: MutableMapping[str, int]
    ) -> Iterator[Record[str, str]]:
        yield Record(context.task, ",".join(seen), time)

    beat.to("out")
    return app


@pytest.mark.parametrize(
    "per, tasks", [("task", ["keep/0", "keep/1", "keep/2"]), ("app", ["keep/0"])]
)
def test_in_each_task_or_in_one(per: str, tasks: list[str]) -> None:
    with beating(per).test(partitions=3, workers=2) as test:
        for partition, key in enumerate("abc"):
            test.topic("in").send(key, 1, timestamp=1, partition=partition)
        test.advance(10)
        assert {each.key: each.value for each in test.topic("out").records()} == dict(
            zip(tasks, "abc", strict=False)
        )
        test.advance(10)
        assert len(test.topic("out").records()) == 2 * len(tasks)


def test_a_timer_by_itself_is_a_task_by_itself() -> None:
    app = App("alone")

    @app.every("10ms", per="app")
    def beat(time: int, context: Context) -> Iterator[Record[str, int]]:
        yield Record(context.task, time, time)

    beat.group_by_key().count(name="beats").to("out")
    with app.test(workers=2) as test:
        test.advance(10)
        test.advance(25)
        test.crash()
        test.restart()
        test.advance(9)
        assert [(each.key, each.value) for each in test.topic("out").records()] == [
            ("beat/0", 1),
            ("beat/0", 2),
        ]
        test.advance(1)
        assert test.store("beats")["beat/0"] == 3
