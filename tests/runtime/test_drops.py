"""What is dropped is said, in one line for many records."""

from __future__ import annotations

import logging

import pytest

from streamz_core import App, tumbling
from streamz_core.metrics import Metrics
from streamz_core.runtime.drops import LOOK_S, Drops


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines so far."""
    found = [each.getMessage() for each in caplog.records if "dropped:" in each.getMessage()]
    caplog.clear()
    return found


def test_many_are_told_in_one_line_and_no_more_than_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics, negative, now_s = Metrics(), [0], [0.0]
    drops = Drops(metrics, lambda: negative[0], lambda: now_s[0])
    drops.tell()
    assert told(caplog) == []
    for _ in range(3):
        metrics.drop("late", "hits")
    metrics.drop("null-key", "users")
    metrics.drop("duplicate", "once")
    negative[0] = 2
    drops.tell()
    line = "records were dropped: 3 late at hits, 2 negative timestamp, 1 null-key at users"
    assert told(caplog) == [line]
    metrics.drop("late", "hits")
    now_s[0] = 9.0
    drops.tell()
    assert told(caplog) == []
    now_s[0] = 10.0
    drops.tell()
    assert told(caplog) == ["records were dropped: 1 late at hits"]
    drops.tell(last=True)
    assert told(caplog) == []
    metrics.drop("late", "hits")
    drops.tell(last=True)
    assert told(caplog) == ["records were dropped: 1 late at hits"]


def test_a_task_that_went_takes_nothing_back(caplog: pytest.LogCaptureFixture) -> None:
    negative = [2]
    drops = Drops(Metrics(), lambda: negative[0], lambda: 0.0)
    drops.tell()
    negative[0] = 0
    drops.tell(last=True)
    assert told(caplog) == ["records were dropped: 2 negative timestamp"]
    negative[0] = 1
    drops.tell(last=True)
    assert told(caplog) == ["records were dropped: 1 negative timestamp"]


def test_a_worker_tells_what_it_dropped(caplog: pytest.LogCaptureFixture) -> None:
    app = App("drops")
    stream = app.stream("in", key=str, value=int)
    stream.group_by_key().window(tumbling("1s")).count(name="hits").to_stream().to("out")
    with caplog.at_level(logging.WARNING), app.test() as t:
        t.topic("in").send("a", 1, timestamp=90_000_000)
        assert told(caplog) == []
        t.topic("in").send("a", 1, timestamp=1)
        assert told(caplog) == ["records were dropped: 1 late at hits"]


def dropping(handler: str) -> App:
    """Records without a key are dropped by the count, and some fail behind it."""
    app = App("drops", processing_exception_handler=handler)
    lines = app.stream("in", key=str, value=str)
    lines.group_by_key().count(name="hits")

    @lines.map_values(value=str)
    def checked(line: str) -> str:
        if line == "bad":
            raise ValueError(line)
        return line

    return app


def test_what_is_undone_and_run_again_counts_once() -> None:
    """The span fails as a whole, then each record is run alone; and one that fails has dropped nothing."""
    with dropping("continue").test() as t:
        topic = t.topic("in")
        for key, line in [(None, "x"), ("a", "y"), (None, "bad"), (None, "z")]:
            topic.send(key, line, run=False)
        t.run()
        assert t.dropped() == {"null-key": 2, "error": 1}


def test_what_was_not_committed_when_a_worker_died_counts_where_it_is_run_again() -> None:
    with dropping("fail").test(workers=2, partitions=2) as t:
        t.topic("in").send(None, "x")
        t.run()
        t.crash()
        t.restart()
        assert t.dropped() == {"null-key": 1}


def test_a_commit_that_is_too_large_counts_once_though_it_is_divided() -> None:
    app = App("wide", log_commit_bytes=1 << 14)
    lines = app.stream("in", key=str, value=str)
    lines.group_by_key().count(name="hits")
    lines.map_values(lambda line: line * 1000, value=str, name="long").to("out")
    with app.test() as t:
        for _ in range(40):
            t.topic("in").send(None, "x", run=False)
        t.run()
        assert t.dropped() == {"null-key": 40}


def test_tasks_are_asked_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    """Every commit tells, and a worker has many tasks."""
    asked, now_s = [0], [0.0]

    def negative() -> int:
        asked[0] += 1
        return asked[0] // 2

    drops = Drops(Metrics(), negative, lambda: now_s[0])
    for _ in range(100):
        drops.tell()
    assert (asked, told(caplog)) == ([1], [])
    now_s[0] = LOOK_S
    drops.tell()
    assert told(caplog) == ["records were dropped: 1 negative timestamp"]
