"""Processors of a task through failures, crashes and moves: what they did is undone with the rest, timers go on."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import pytest

from streamz_core import App, Processor, ProcessorContext, Punctuation, Record

Notes = list[Any]


class Summing(Processor[str, int, str, int]):
    """Keeps a sum for each key, forwards the sums every 10 ms of stream time, and how many records it saw itself."""

    notes: ClassVar[Notes] = []
    clock: ClassVar[Any] = "stream"

    def init(self, context: ProcessorContext[str, int]) -> None:
        super().init(context)
        self.seen = 0
        self.sums = context.get_state_store("sums")
        self.notes.append(("init", context.task, dict(self.sums)))
        context.schedule("10ms", self.flush, clock=self.clock)

    def process(self, record: Record[str, int]) -> None:
        self.seen += 1
        self.sums[record.key] = self.sums.get(record.key, 0) + record.value
        if record.value < 0:
            raise ValueError(record.value)
        if record.key == "seen":
            self.context.forward(record.with_value(self.seen))

    def flush(self, time: int) -> None:
        for key, value in list(self.sums.items()):
            del self.sums[key]
            self.context.forward(Record(key, value, time))
            if value == 666:
                raise ArithmeticError(time)

    def close(self) -> None:
        self.notes.append("close")


def app_of(kind: type[Summing] = Summing, **settings: Any) -> App:
    kind.notes = []
    app = App("sums", **settings)
    app.store("sums", key=str, value=int)
    topology = app.topology
    topology.add_source("source", "in", key=str, value=int)
    topology.add_processor("summing", kind, "source")
    topology.connect_processor_and_state_stores("summing", "sums")
    topology.add_sink("sink", "out", "summing")
    return app


def out(t: Any) -> list[tuple[str, int, int]]:
    return [(one.key, one.value, one.timestamp) for one in t.topic("out").records()]


def send(t: Any, *records: tuple[str, int, int], run: bool = True) -> None:
    for key, value, time in records:
        t.topic("in").send(key, value, timestamp=time, run=False)
    if run:
        t.run()


RECORDS = [("a", 1, 20), ("b", 2, 25), ("a", 3, 31), ("b", 4, 32), ("a", 5, 44)]
SUMS = [("a", 1, 20), ("a", 3, 31), ("b", 2, 31), ("a", 5, 44), ("b", 4, 44)]


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
@pytest.mark.parametrize("crashed", range(6))
def test_timers_by_stream_time_go_on_wherever_the_worker_dies(stores, crashed):
    with app_of().test(stores=stores) as t:
        send(t, *RECORDS[:crashed])
        t.crash()
        t.restart()
        send(t, *RECORDS[crashed:])
        assert out(t) == SUMS


@pytest.mark.parametrize("dies", range(6))
def test_they_go_on_with_whoever_takes_the_task_over(dies):
    with app_of().test(workers=2) as t:
        for at, record in enumerate(RECORDS):
            if at == dies:
                t.crash(0)
            send(t, record)
        assert out(t) == SUMS


def test_init_finds_the_stores_as_the_last_commit_left_them():
    with app_of().test() as t:
        send(t, ("a", 1, 1), ("b", 2, 11), ("c", 3, 12))
        t.crash()
        t.restart()
        t.run()
    inits = [note for note in Summing.notes if note != "close"]
    assert inits == [("init", "summing/0", {}), ("init", "summing/0", {"c": 3})]


def test_a_record_that_fails_leaves_nothing_and_the_processor_that_saw_it_is_gone():
    with app_of(processing_exception_handler="continue").test() as t:
        send(
            t,
            ("a", 1, 1),
            ("seen", 0, 2),
            ("a", -5, 3),
            ("seen", 0, 4),
            ("a", 2, 5),
            ("seen", 0, 6),
        )
        # The first one saw records that were undone. The last one began behind the record that failed.
        assert [value for key, value, _ in out(t) if key == "seen"][-1] == 3
        assert dict(t.store("sums")) == {"a": 2, "seen": 0}
        assert t.dropped() == {"error": 1}
    closed = Summing.notes.count("close")
    assert closed == len(Summing.notes) - closed  # each was let go of


def test_no_processor_ever_saw_a_record_that_was_undone():
    """Whatever the size of batches: what it remembers is of records that were committed, or are about to be."""

    class Remembering(Summing):
        def init(self, context):
            super().init(context)
            self.values = []

        def process(self, record):
            self.values.append(record.value)
            super().process(record)
            assert len(set(self.values)) == len(self.values), self.values

    with app_of(Remembering, processing_exception_handler="continue").test() as t:
        send(t, *[("a", -value if value % 7 == 0 else value, value) for value in range(1, 40)])
        assert set(t.dropped()) == {"error"}


def test_a_timer_that_fails_is_skipped_whole_and_is_due_again():
    with app_of(processing_exception_handler="continue").test() as t:
        send(t, ("a", 666, 20), ("b", 1, 31))
        assert out(t) == []
        assert dict(t.store("sums")) == {"a": 666, "b": 1}
        send(t, ("a", 10, 40), ("c", 1, 52))
        assert out(t) == [("a", 676, 40), ("b", 1, 40), ("c", 1, 52)]


def test_by_the_wall_clock_it_begins_anew_with_the_task():
    class ByWall(Summing):
        clock = "wall"

    with app_of(ByWall).test() as t:
        send(t, ("a", 1, 500))
        t.advance(9)
        assert out(t) == []
        t.advance(1)
        assert out(t) == [("a", 1, 10)]
        send(t, ("a", 2, 500))
        t.crash()
        t.restart()
        t.advance(9)
        assert len(out(t)) == 1
        t.advance(1)
        assert out(t)[1:] == [("a", 2, 20)]


def test_a_failure_does_not_put_a_wall_clock_back():
    class ByWall(Summing):
        clock = "wall"

    with app_of(ByWall, processing_exception_handler="continue").test() as t:
        send(t, ("a", 1, 500))
        t.advance(6)
        send(t, ("a", -1, 500))
        t.advance(4)
        assert out(t) == [("a", 1, 10)]


class Alarm(Processor[str, int, str, int]):
    """A timer that rests until a record schedules it, and then runs once."""

    alarm: Punctuation

    def init(self, context: ProcessorContext[str, int]) -> None:
        super().init(context)
        self.alarm = context.schedule("1h", self.ring, running=False)

    def process(self, record: Record[str, int]) -> None:
        if record.key == "set":
            self.alarm.schedule(record.value, start=record.timestamp + record.value)

    def ring(self, time: int) -> None:
        self.context.forward(Record("ring", 0, time))
        self.alarm.cancel()


@pytest.mark.parametrize("crashed", range(4))
def test_a_timer_that_a_record_scheduled_outlives_a_crash(crashed):
    app = App("alarms")
    app.topology.add_source("source", "in", key=str, value=int)
    app.topology.add_processor("alarm", Alarm, "source")
    app.topology.add_sink("sink", "out", "alarm")
    records = [("x", 0, 5), ("set", 10, 6), ("x", 0, 15), ("x", 0, 16), ("x", 0, 99)]
    with app.test() as t:
        send(t, *records[:crashed])
        t.crash()
        t.restart()
        send(t, *records[crashed:])
        assert out(t) == [("ring", 0, 16)]


def test_what_init_raises_ends_the_worker_and_says_where():
    class Broken(Summing):
        def init(self, context):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no") as told, app_of(Broken).test() as t:
        send(t, ("a", 1, 0))
    assert "at init of summing task=summing/0" in told.value.__notes__


def test_what_init_writes_is_committed_with_the_first_record_and_not_twice():
    class Seeding(Summing):
        clock = "wall"

        def init(self, context):
            super().init(context)
            self.sums["seed"] = self.sums.get("seed", 0) + 1

    with app_of(Seeding, processing_exception_handler="continue").test() as t:
        send(t, ("a", -1, 0), ("a", 1, 1))
        # Once for the task; again for the one that came behind the record that failed, alone, and saw the first seed.
        assert dict(t.store("sums")) == {"a": 1, "seed": 2}
        t.crash()
        t.restart()
        send(t, ("a", 1, 2))
        assert dict(t.store("sums")) == {"a": 2, "seed": 3}


def test_what_close_raises_is_logged(caplog):
    class Sticky(Summing):
        def close(self):
            raise ValueError("stuck")

    with caplog.at_level(logging.WARNING), app_of(Sticky).test() as t:
        send(t, ("a", 1, 0))
    assert "close() of summing task=summing/0: ValueError: stuck" in caplog.text


def test_a_function_that_makes_them_is_called_for_each_task():
    made: list[int] = []

    class Counted(Summing):
        def __init__(self) -> None:
            made.append(1)

    with app_of(Counted).test(partitions=3, workers=2) as t:
        send(t, *[(key, 1, 0) for key in "abcdefgh"])
        assert sum(made) == 3


def test_timers_by_stream_time_go_on_while_the_input_is_idle():
    app = App("sums")
    sums = app.store("sums", key=str, value=int)
    idle = app.stream("in", key=str, value=int, idle="1s")
    app.topology.add_processor("summing", Summing, idle, stores=[sums])
    app.topology.add_sink("sink", "out", "summing")
    with app.test() as t:
        send(t, ("a", 1, 5), ("a", 2, 6))
        assert out(t) == [("a", 1, 5)]
        t.advance(5000)
        assert [(key, value) for key, value, _ in out(t)] == [("a", 1), ("a", 2)]
