"""A task by itself: what it does in which phase, and that nothing of it is seen before its commit."""

from __future__ import annotations

from math import inf

import pytest

from streamz_core.app import App
from streamz_core.broker.backend import Committed
from streamz_core.errors import CodecError, TooLarge
from streamz_core.runtime.task.phases import Phase
from streamz_core.runtime.task.task import Task
from tests.runtime.conftest import House, house_of


def app(handler: str = "fail") -> App:
    """in -> the line, unless it is "bad" -> out, and a count for each key."""
    app = App("one", processing_exception_handler=handler)
    lines = app.stream("in", key=str, value=str)

    @lines.map_values(value=str)
    def good(line: str) -> str:
        if line == "bad":
            raise ValueError(line)
        return line

    good.to("out")
    good.group_by_key().count(name="counts")
    return app


def the_task(house: House) -> Task:
    """The only one, restored. Nobody turns it but the test."""
    worker = house.worker()
    house.settle()
    (task,) = worker.tasks.values()
    assert task.phase is Phase.RUNNING
    return task


def opened(handler: str = "fail", **settings: int) -> tuple[House, Task]:
    house = house_of(app(handler), **settings)
    return house, the_task(house)


def feed(house: House, task: Task, *lines: str) -> None:
    house.send("in", *(("k", line, at) for at, line in enumerate(lines)))
    task._place.backend.refresh()


def commit(house: House, task: Task) -> Committed:
    """As a worker commits."""
    pending = task.collect()
    assert pending is not None
    done = task._place.backend.commit("one", [pending.told], pending.outputs)
    task.applied(done)
    return done


def out(house: House) -> list[str]:
    return [line for _, line, _ in house.rows("out")]


def test_a_task_that_is_restored_runs() -> None:
    house = house_of(app())
    worker = house.worker()
    while not worker.tasks:
        worker.backend.refresh()
        worker._look_after()
    (task,) = worker.tasks.values()
    assert task.phase is Phase.RESTORING
    assert task.restoring
    assert task.process(10) == 0
    assert task.turn()
    assert task.phase is Phase.RUNNING
    assert not task.turn()
    assert task.due_s() == inf


def waiting(handler: str) -> House:
    """a and b -> the line, unless it is "bad" -> out, in the order of their times if they are not far apart."""
    app = App("one", processing_exception_handler=handler)
    lines = app.stream("a", key=str, value=str).merge(app.stream("b", key=str, value=str))

    @lines.map_values(value=str)
    def good(line: str) -> str:
        if line == "bad":
            raise ValueError(line)
        return line

    good.to("out")
    return house_of(app, max_task_idle_ms=40)


def test_a_task_that_waits_for_an_input_says_until_when() -> None:
    house = waiting("fail")
    task = the_task(house)
    (worker,) = house.workers
    house.send("a", ("k", "second", 7))
    while worker.step():
        pass
    assert task.due_s() == house.machine.monotonic() + 0.04
    assert worker.idle_s() == pytest.approx(0.04)
    house.send("b", ("k", "first", 5))
    while worker.step():
        pass
    assert task.due_s() < inf, "the other one is empty now"
    house.machine.advance(39)
    assert not any(worker.step() for _ in range(3))
    assert worker.idle_s() == pytest.approx(0.001)
    assert out(house) == ["first"]
    assert not worker.finished
    house.machine.advance(1)
    assert worker.step()
    assert task.due_s() == inf
    house.settle()
    assert out(house) == ["first", "second"]


def test_what_fails_behind_a_wait_is_found_without_another_one() -> None:
    house = waiting("continue")
    the_task(house)
    (worker,) = house.workers
    house.send("a", ("k", "x", 1), ("k", "bad", 2), ("k", "y", 3))
    while worker.step():
        pass
    house.machine.advance(40)
    while worker.step():
        pass
    house.settle()
    assert out(house) == ["x", "y"]


def test_nothing_is_seen_before_the_commit_and_then_all() -> None:
    house, task = opened()
    feed(house, task, "x", "y", "z")
    assert task.process(2) == 2
    assert task.dirty
    assert out(house) == []
    commit(house, task)
    assert not task.dirty
    assert task.phase is Phase.RUNNING
    assert out(house) == ["x", "y"]
    assert house.backend.committed("one", "in", 0) == 2


def test_what_was_collected_comes_before_more() -> None:
    house, task = opened()
    feed(house, task, "x", "y")
    task.process(1)
    first = task.collect()
    assert task.phase is Phase.COLLECTED
    assert task.process(1) == 0
    assert task.collect() is first
    commit(house, task)
    assert task.process(1) == 1


def test_nothing_to_say_is_not_collected() -> None:
    _, task = opened()
    assert task.collect() is None
    assert task.phase is Phase.RUNNING


def test_a_failure_undoes_the_span_and_finds_the_record() -> None:
    house, task = opened()
    feed(house, task, "x", "y", "bad", "z")
    assert task.process(10) == 4
    assert task.phase is Phase.CAREFUL
    assert not task.dirty
    assert [task.process(10), task.process(10)] == [1, 1]
    with pytest.raises(ValueError, match="bad") as raised:
        task.process(10)
    assert "at in[0]@2" in raised.value.__notes__[0]
    assert task.phase is Phase.CAREFUL
    commit(house, task)
    assert out(house) == ["x", "y"]
    assert house.backend.committed("one", "in", 0) == 2


def test_a_skipped_record_leaves_nothing_and_whole_spans_follow() -> None:
    house, task = opened("continue")
    feed(house, task, "x", "bad", "z")
    task.process(10)
    assert [task.process(10) for _ in range(3)] == [1, 1, 1]
    assert task.phase is Phase.CAREFUL
    feed(house, task, "more", "again")
    assert task.process(10) == 2
    assert task.phase is Phase.RUNNING
    commit(house, task)
    assert out(house) == ["x", "z", "more", "again"]


def test_a_commit_between_leaves_it_careful() -> None:
    house, task = opened("continue")
    feed(house, task, "x", "bad", "z")
    task.process(10)
    task.process(10)
    assert task.collect() is not None
    assert task.phase is Phase.CHECKED
    commit(house, task)
    assert task.phase is Phase.CAREFUL
    assert [task.process(10), task.process(10), task.process(10)] == [1, 1, 0]
    commit(house, task)
    assert out(house) == ["x", "z"]


def test_what_cannot_be_written_is_looked_for_record_by_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, task = opened()
    feed(house, task, "x", "y")
    task.process(10)

    def refuse() -> None:
        raise CodecError("cannot be written")

    monkeypatch.setattr(task._functions, "collect", refuse)
    assert task.collect() is None
    assert task.phase is Phase.CAREFUL
    assert [task.process(10), task.process(10)] == [1, 1]
    with pytest.raises(CodecError):  # every record was looked at: it is not theirs
        task.collect()


def test_what_is_too_large_is_done_in_halves() -> None:
    house, task = opened()
    feed(house, task, *"abcdefgh")
    assert task.process(10) == 8
    task.collect()
    task.divide(TooLarge("8 records"))
    assert task.phase is Phase.RUNNING
    assert not task.dirty
    assert task.process(10) == 4
    assert task.full
    assert task.process(10) == 0
    commit(house, task)
    assert not task.full
    assert task.process(10) == 4, "half of 8, and one more with each commit"
    commit(house, task)
    assert out(house) == list("abcdefgh")


def test_one_record_that_is_too_large_is_run_again_alone() -> None:
    house, task = opened(log_commit_bytes=1 << 12)
    feed(house, task, "x" * 5000)
    task.process(10)
    task.collect()
    assert task.phase is Phase.CAREFUL
    with pytest.raises(TooLarge, match="the limit is 4096") as raised:
        task.process(10)
    assert "at in[0]@0 key='k' node=good.to" in raised.value.__notes__[0]


def test_a_record_that_was_looked_at_alone_is_not_to_blame() -> None:
    house, task = opened()
    feed(house, task, "x")
    task.process(10)
    task.collect()
    task.divide(TooLarge("1 record"))
    task.process(10)
    task.collect()
    with pytest.raises(TooLarge, match="1 record") as raised:
        task.divide(TooLarge("1 record"))
    assert not hasattr(raised.value, "__notes__")


@pytest.mark.parametrize("collected", [False, True])
def test_a_lost_task_drops_everything_and_does_nothing_more(collected: bool) -> None:
    house, task = opened()
    feed(house, task, "x", "y")
    task.process(1)
    if collected:
        task.collect()
    task.lost()
    assert task.gone
    assert not task.dirty
    assert task.process(10) == 0
    assert task.collect() is None
    task.lost()
    assert task.gone


def test_a_task_goes_on_where_its_group_stands() -> None:
    """Its position included: partition times and operator times."""
    house, task = opened()
    feed(house, task, "x", "y", "z")
    task.process(2)
    commit(house, task)
    again = Task(task._place, *task._shard, task.epoch)
    assert again._position.partitions == {"in": 1}
    while again.restoring:
        again.turn()
    assert again.process(10) == 1
    pending = again.collect()
    assert pending is not None
    assert pending.told.moves == [("in", 0, 2, 3)]
    assert pending.told.position == {"time:in": 2}


def told_at_commits(handler: str = "fail") -> tuple[House, Task]:
    """in -> the last line of each key, at commits -> the line, unless it is "bad" -> out."""
    app = App("one", processing_exception_handler=handler)
    lines = app.table("in", key=str, value=str, materialized=True, emit="commit")

    @lines.to_stream().map_values(value=str)
    def good(line: str) -> str:
        if line == "bad":
            raise ValueError(line)
        return line

    good.to("out")
    house = house_of(app)
    return house, the_task(house)


def feed_keys(house: House, task: Task, *lines: str) -> None:
    """Each under its first letter."""
    house.send("in", *((line[0], line, at) for at, line in enumerate(lines)))
    task._place.backend.refresh()


def test_what_waits_for_the_commit_goes_on_once() -> None:
    house, task = told_at_commits()
    feed_keys(house, task, "a1", "c1", "a2")
    task.process(10)
    first = task.collect()
    assert task.collect() is first
    commit(house, task)
    assert out(house) == ["c1", "a2"]
    assert task.collect() is None


def test_what_fails_at_the_commit_is_undone_and_found_record_by_record() -> None:
    house, task = told_at_commits()
    feed_keys(house, task, "a1", "a2", "bad", "c1")
    task.process(10)
    assert task.collect() is None
    assert task.phase is Phase.CAREFUL
    for _ in range(2):
        assert task.process(10) == 1
        assert task.full, "two changes of a row are of two commits"
        assert task.process(10) == 0
        commit(house, task)
    assert out(house) == ["a1", "a2"]
    with pytest.raises(ValueError, match="bad") as raised:
        task.process(10)
    assert "at in[0]@2 key='b' node=good" in raised.value.__notes__[0]
    assert house.backend.committed("one", "in", 0) == 2


def test_a_record_that_fails_at_the_commit_is_skipped_with_its_row() -> None:
    house, task = told_at_commits("continue")
    feed_keys(house, task, "bold", "bad", "c1")
    house.settle()
    assert out(house) == ["bold", "c1"]
    feed_keys(house, task, "best")
    house.settle()
    assert out(house) == ["bold", "c1", "best"]


def test_what_waits_is_forgotten_with_what_is_undone() -> None:
    house, task = told_at_commits()
    feed_keys(house, task, "a1", "c1")
    task.process(10)
    task.collect()
    task.divide(TooLarge("2 records"))
    assert task.process(10) == 1
    commit(house, task)
    assert out(house) == ["a1"]
    task.process(10)
    task.lost()
    assert task.collect() is None


def failing_beside(handler: str) -> tuple[House, Task]:
    """in -> the last line of each key, at commits -> out; and beside that a step which "bad" fails."""
    app = App("one", processing_exception_handler=handler)
    lines = app.stream("in", key=str, value=str)
    lines.to_table(name="last", materialized=True, emit="commit").to_stream().to("out")

    @lines.foreach
    def look(line: str) -> None:
        if line == "bad":
            raise ValueError(line)

    house = house_of(app)
    return house, the_task(house)


def test_what_waits_of_a_span_that_fails_is_undone_with_it() -> None:
    house, task = failing_beside("fail")
    feed_keys(house, task, "a1", "c1", "bad")
    task.process(10)
    assert task.phase is Phase.CAREFUL
    task.process(10)
    commit(house, task)
    assert out(house) == ["a1"], "and not what waited of the others"


def test_what_waits_of_a_record_that_is_skipped_is_undone_with_it() -> None:
    house, task = failing_beside("continue")
    feed_keys(house, task, "bold", "bad", "c1")
    house.settle()
    assert out(house) == ["bold", "c1"]
