"""Time goes on though no record comes: when, how far, over hops, through crashes and takeovers, and again from the commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import pytest

from streamz_core import App, memory, tumbling
from streamz_core.broker.backend import Packed, TaskCommit
from streamz_core.compiler.by_time.advances import Advance
from streamz_core.runtime.task.pausing.above import ACTIVE, IDLE, OVER
from streamz_core.runtime.task.position import ADVANCE, unpack
from streamz_core.runtime.worker import Worker
from tests.compiler.harness import Task as Alone
from tests.runtime.conftest import House, house_of

FINAL: Mapping[str, Any] = {"emit": "final", "materialized": memory()}


def windows(handler: str = "fail") -> App:
    """in -> how many of each key in 10 s, when it is sure -> out."""
    app = App("one", processing_exception_handler=handler)
    counts = app.stream("in", key=str, value=str, idle="2s").group_by_key().window(tumbling("10s"))

    @counts.count(name="n", **FINAL).to_stream().map_values(value=int)
    def told(count: int) -> int:
        if count == 3:
            raise ValueError("three")
        return count

    told.to("out")
    return app


def hops() -> App:
    """in -> of each key in 10 s, when it is sure -> of all keys in 20 s -> out; each behind a hop."""
    app = App("one")
    source = app.stream("in", key=str, value=str, idle="2s")
    by_value = source.group_by(lambda value: value, key=str).window(tumbling("10s"))
    counts = by_value.count(name="n", **FINAL).to_stream(lambda _: "all", key=str)
    counts.group_by_key().window(tumbling("20s", grace="1s")).count(name="m", **FINAL).to("out")
    return app


def pass_time(house: House, seconds: int) -> None:
    for _ in range(seconds):
        house.machine.advance(1000)
        house.settle()


def results(house: House, partitions: int = 1) -> list[tuple[int, int]]:
    """Values and times of what came out."""
    return sorted(
        (int.from_bytes(value or b"", "big"), stamp)
        for partition in range(partitions)
        for batch in house.batches("out", partition)
        for value, stamp in zip(batch.values, batch.timestamps, strict=True)
    )


def position(house: House, task: str) -> Any:
    house.backend.refresh()
    return unpack(house.backend.standing("one", task, []).position)


def test_a_window_closes_when_nothing_comes() -> None:
    house = house_of(windows())
    house.worker()
    house.send("in", ("a", "x", 1000), ("b", "x", 9000))
    house.settle()
    (task,) = house.workers[0].tasks.values()
    assert task.due_s() == pytest.approx(house.machine.monotonic() + 2, abs=0.3)
    pass_time(house, 1)
    assert results(house) == []
    pass_time(house, 1)
    assert results(house) == [(1, 1000), (1, 9000)]
    assert position(house, "n/0").advances == {"in": 11_000}


def test_a_record_ends_the_pause_and_time_goes_on_from_where_it_is() -> None:
    house = house_of(windows())
    house.worker()
    house.send("in", ("a", "x", 1000))
    house.settle()
    pass_time(house, 4)
    assert position(house, "n/0").advances == {"in": 5000}
    house.send("in", ("a", "x", 2000))
    house.settle()
    assert position(house, "n/0").states == {"in": ACTIVE}
    pass_time(house, 1)
    assert position(house, "n/0").advances == {"in": 5000}
    pass_time(house, 1)
    found = position(house, "n/0")
    assert found.advances == {"in": 7000}
    assert found.states == {"in": IDLE}


def test_what_comes_behind_it_is_late() -> None:
    house = house_of(windows())
    house.worker()
    house.send("in", ("a", "x", 9000))
    house.settle()
    pass_time(house, 2)
    house.send("in", ("a", "x", 9500), ("a", "x", 11_500))
    house.settle()
    assert results(house) == [(1, 9000)]
    assert house.workers[0].dropped() == {"late": 1}


def test_when_nothing_waits_any_more_there_are_no_more_commits() -> None:
    house = house_of(windows())
    house.worker()
    house.send("in", ("a", "x", 1000))
    house.settle()
    pass_time(house, 14)
    assert position(house, "n/0").states == {"in": OVER}
    mark = house.backend.mark.number
    (task,) = house.workers[0].tasks.values()
    assert task.due_s() == inf
    pass_time(house, 20)
    assert house.backend.mark.number == mark


def test_nothing_goes_on_before_the_first_record() -> None:
    house = house_of(windows())
    house.worker()
    house.settle()
    pass_time(house, 6)
    assert position(house, "n/0").advances == {}


@pytest.mark.parametrize("takeover", [False, True])
def test_who_goes_on_waits_anew_and_goes_on_from_there(takeover: bool) -> None:
    house = house_of(windows())
    house.worker()
    if takeover:
        house.worker()
    house.send("in", ("a", "x", 1000))
    house.settle()
    pass_time(house, 5)
    assert position(house, "n/0").advances == {"in": 5000}
    house.kill(next(one for one in house.workers if one.tasks))
    if not takeover:
        house.worker()
    house.settle()
    pass_time(house, 4)
    assert results(house) == []
    pass_time(house, 3)
    assert results(house) == [(1, 1000)]
    assert position(house, "n/0").advances == {"in": 11_000}


def test_a_commit_that_is_lost_takes_the_time_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    house = house_of(windows())
    worker = house.worker()
    house.send("in", ("a", "x", 9000))
    house.settle()
    monkeypatch.setattr(worker, "commit", lambda: False)
    monkeypatch.setattr(worker._pace, "commit", lambda: False)
    house.machine.advance(2000)
    house.turn(5)
    assert any(task.dirty for task in worker.tasks.values())
    assert results(house) == []
    house.kill(worker)
    house.worker()
    house.settle()
    assert position(house, "n/0").advances == {}
    pass_time(house, 2)
    assert results(house) == [(1, 9000)]


def test_a_step_that_fails_when_a_window_closes_stops_the_app() -> None:
    house = house_of(windows())
    house.worker()
    house.send("in", *(("a", "x", at) for at in range(3)))
    house.settle()
    with pytest.raises(ValueError, match="three") as raised:
        pass_time(house, 20)
    assert "at idle in time=" in raised.value.__notes__[0]
    assert "node=told" in raised.value.__notes__[0]


def test_or_time_stands_still_there() -> None:
    house = house_of(windows("continue"))
    house.worker()
    house.send("in", *(("a", "x", at) for at in range(3)))
    house.settle()
    pass_time(house, 14)
    assert results(house) == []
    assert position(house, "n/0").advances == {"in": 8002}


def test_as_much_goes_on_as_fits_into_a_commit() -> None:
    house = house_of(windows(), log_commit_bytes=1 << 20)
    worker = house.worker()
    for at in range(12):
        house.send("in", *((f"{at} {no} {'x' * 2000}", "x", at * 10_000) for no in range(40)))
    house.settle()
    assert len(results(house)) == 11 * 40
    (task,) = worker.tasks.values()
    commit_bytes = worker.backend.commit_bytes
    assert commit_bytes == 1 << 20
    pass_time(house, 12)
    assert len(results(house)) == 12 * 40
    assert task.phase


@pytest.mark.parametrize("crash", [None, 3, 8, 15, 24])
def test_a_hop_passes_on_when_nothing_is_to_come(crash: int | None) -> None:
    house = house_of(hops(), partitions=2)
    house.worker()
    house.worker()
    for partition, time in ((0, 1000), (1, 2000), (0, 9000)):
        house.send("in", ("k", f"v{time}", time), partition=partition)
    house.settle()
    for second in range(60):
        pass_time(house, 1)
        if second == crash:
            house.kill(house.workers[0])
            house.worker()
    assert results(house, 2) == [(3, 9000)]
    assert all(sum(worker.dropped().values()) == 0 for worker in house.workers)


def test_a_hop_waits_for_a_partition_that_has_records() -> None:
    house = house_of(hops(), partitions=2)
    house.worker()
    house.send("in", ("k", "v", 1000), partition=0)
    house.settle()
    for at in range(40):
        house.send("in", ("k", "w", 1000 + at), partition=1)
        pass_time(house, 1)
    assert results(house, 2) == []
    pass_time(house, 60)
    assert results(house, 2) == [(2, 1039)]


def noting(worker: Worker) -> list[tuple[TaskCommit, Sequence[Packed]]]:
    """What each task of a worker says in its commits from now on, and all that is written with it."""
    told: list[tuple[TaskCommit, Sequence[Packed]]] = []
    commit = worker.backend.commit

    def noted(group: str, tasks: Sequence[TaskCommit], outputs: Sequence[Packed]) -> Any:
        done = commit(group, tasks, outputs)
        told.extend((task, outputs) for task in tasks)
        return done

    worker.backend.commit = noted  # type: ignore[method-assign]
    return told


def test_time_goes_on_in_a_commit_of_its_own() -> None:
    house = house_of(windows())
    worker = house.worker()
    house.settle()
    (task,) = worker.tasks.values()
    house.send("in", ("k", "v", 9000))
    worker.backend.refresh()
    assert task.turn()
    assert not task.turn()
    house.machine.advance(3000)
    assert not task.turn(), "what was taken is not committed yet"
    assert worker.commit()
    house.machine.advance(3000)
    assert task.turn()
    assert task.full
    pending = task.collect()
    assert pending is not None
    assert pending.told.moves == []
    assert pending.told.position is not None
    assert pending.told.position["advance:in"] == 12_000


def is_advance(entry: str) -> bool:
    return entry.startswith(ADVANCE)


def test_the_same_commits_give_the_same_again() -> None:
    """What a task did, run once more from what its commits say: records up to an offset, or time that went on."""
    house = house_of(windows())
    told = noting(house.worker())
    for times in ((1000, 2000), (12_000,), (13_000, 25_000), (24_000, 26_000)):
        house.send("in", *(("a", "x", time) for time in times))
        pass_time(house, 7)
    pass_time(house, 20)
    (sub,) = house.job.plan.subs
    again = Alone(house.job.plan, sub)
    (batches,) = [house.batches("in")]
    rows = [
        (key, value, stamp, ())
        for batch in batches
        for key, value, stamp in zip(batch.keys, batch.values, batch.timestamps, strict=True)
    ]
    advanced = 0
    for task, outputs in told:
        for topic, _, start, stop in task.moves:
            again.run(topic, rows[start:stop], start)
        for name, time in (task.position or {}).items():
            if is_advance(name):
                assert not task.moves, "time goes on in a commit of its own"
                again.bound.entries[Advance(name.removeprefix(ADVANCE))](time)
                advanced += 1
        found = again.commit().get("out", [])
        assert len(found) == sum(one.count for one in outputs if one.topic == "out")
    assert advanced > 5
    assert len(results(house)) == 3


def test_the_earliest_of_those_who_write_a_hop_decides() -> None:
    """One of them is far ahead, and a record of the other is not late for that."""
    house = house_of(hops(), partitions=2)
    house.worker()
    house.send("in", ("k", "v", 45_000), partition=0)
    house.send("in", ("k", "x", 7_000), partition=1)
    house.settle()
    pass_time(house, 2)
    house.send("in", ("k", "x", 8_000), partition=1)
    house.settle()
    pass_time(house, 90)
    assert results(house, 2) == [(1, 8000), (1, 45_000)]
    assert house.workers[0].dropped() == {}
