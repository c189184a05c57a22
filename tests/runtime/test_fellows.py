"""Two programs under the name of one app: who came first goes on, and the other one is told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from streamz_core import tumbling
from streamz_core.app import App
from streamz_core.errors import Misuse
from streamz_core.runtime.job import outline
from streamz_core.runtime.worker import Worker
from tests.runtime.conftest import House, counting, house_of

SETTINGS = {"durability": "process", "topic_partitions": 2, "log_free_bytes": 0}


def summing(topic: str = "in", *, audit: bool = False) -> App:
    """Another program of the same name as `counting`; `topic`: what it reads."""
    app = App("count")
    lines = app.stream(topic, key=str, value=str)
    lines.group_by_key().reduce(max, name="largest")
    if audit:
        lines.to("audit")
    return app


def more(app: App) -> App:
    """A later version: it writes to one more topic."""
    app.stream("in").filter(bool, name="kept").to("audit")
    return app


def another(house: House, app: App, **info: Any) -> Worker:
    """A worker of another program on the log of this house."""
    job = app.job(SETTINGS, house.machine.process())
    return Worker(job, house.machine.process(), house.home, memory=True, info=info)


def test_the_second_program_is_refused_before_anything_is_made_for_it() -> None:
    house = house_of(counting(), partitions=2)
    house.worker()
    house.settle()
    house.backend.refresh()
    before = house.backend.mark
    with pytest.raises(Misuse, match=r"this one, process 9, .*only this one reads topic elsewhere"):
        another(house, summing("elsewhere"), pid=9)
    house.backend.refresh()
    assert house.backend.mark == before
    assert "elsewhere" not in house.backend.topics()
    house.send("in", ("a", "x", 1))
    house.settle()
    assert [*house.counts(), *house.counts(partition=1)] == [("a", 1)]


def test_of_two_that_come_at_once_the_one_that_joins_first_goes_on() -> None:
    """Both looked before the other was a member: the chain decides."""
    house = house_of(counting(), partitions=2)
    first = house.worker()
    first._ownership._membership.leave()
    late = another(house, summing())
    first.backend.refresh()
    with pytest.raises(Misuse, match="only this one keeps store total"):
        first._ownership._membership.join()
    late.close()


def test_who_was_taken_for_dead_does_not_come_back_beside_another_program() -> None:
    house = house_of(counting(), partitions=2)
    stopped = house.worker()
    house.settle()
    house.backend.log.leave(stopped.backend.log.incarnation)
    late = another(house, summing())
    with pytest.raises(Misuse, match="another program as app count"):
        stopped.step()
    late.close()


@pytest.mark.parametrize("end", ["close", "kill"])
def test_after_the_first_one_is_gone_the_second_one_may_come(end: str) -> None:
    house = house_of(counting(), partitions=2)
    worker = house.worker()
    house.settle()
    if end == "kill":
        house.kill(worker)
        house.machine.waited_s += 1.0
    else:
        worker.close()
        house.workers.remove(worker)
    late = another(house, summing())
    assert late.step()
    late.close()


def test_a_version_that_writes_one_topic_more_joins_and_it_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = house_of(counting(), partitions=2)
    house.worker(house.machine.process())
    house.settle()
    house.workers.append(another(house, more(counting()), pid=9))
    house.settle()
    assert "another version of app count: only this one writes topic audit" in caplog.text
    assert [len(worker.tasks) for worker in house.workers] == [1, 1]


def test_what_matches_a_pattern_counts_as_the_pattern() -> None:
    app = App("mirror")
    app.stream(re.compile("orders-.*"), name="orders", key=str, value=str).to("all")
    assert outline(app.job(SETTINGS).plan) == {
        "orders": {"reads": ["that match orders-.*"], "keeps": [], "writes": ["all"]}
    }


def test_a_store_is_told_with_its_windows() -> None:
    app = App("hourly")
    grouped = app.stream("in", key=str, value=str).group_by_key()
    grouped.window(tumbling("1h")).count(name="hits")
    assert outline(app.job(SETTINGS).plan)["hits"]["keeps"] == [
        "hits (window, in windows of 3600000 ms)"
    ]
