"""A worker whose functions are slow is not taken for dead: each record shows that it gets on."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import pytest

from streamz_core.app import App
from streamz_core.record import Record
from streamz_core.runtime.worker import Worker
from tests.cli.terminal import streamz
from tests.runtime.conftest import House, house_of

POLL_S = 2.0
RECORDS = 48
LOOKS = 3


class Slow:
    """What each call of a function costs, on the virtual clock; the other workers look around meanwhile."""

    def __init__(self) -> None:
        self.house: House | None = None
        self.turning: Worker | None = None
        self.calls = 0

    def __call__(self, seconds: float) -> None:
        assert self.house is not None
        self.calls += 1
        for _ in range(LOOKS):
            self.house.machine.advance(int(seconds * 1000 / LOOKS))
            for other in self.house.workers:
                if other is not self.turning:
                    other.backend.refresh()
                    other._look_after()


def settle(house: House, slow: Slow) -> None:
    """Until everything is consumed and nobody had anything to do for a while."""
    quiet = 0
    for _ in range(5000):
        quiet += 1
        for worker in house.workers:
            slow.turning = worker
            if worker.step():
                quiet = 0
        if quiet >= 5 and all(worker.finished for worker in house.workers):
            return
        house.machine.waited_s += 0.2 if quiet else 0.0
    raise AssertionError("no end to it")


def settled(app: App, slow: Slow, workers: int, partitions: int) -> House:
    """Workers that have done everything there was to do."""
    house = house_of(app, partitions, max_poll_interval_ms=int(POLL_S * 1000))
    slow.house = house
    for _ in range(workers):
        house.worker()
    settle(house, slow)
    for partition in range(partitions):
        rows = [(f"k{partition}", str(number), number) for number in range(RECORDS // partitions)]
        house.send("in", *rows, partition=partition)
    settle(house, slow)
    return house


def out_of(house: House, partitions: int) -> list[str]:
    return [
        value for partition in range(partitions) for _, value, _ in house.rows("out", partition)
    ]


@pytest.mark.parametrize("workers, partitions", [(2, 2), (2, 4), (3, 3)])
@pytest.mark.parametrize("seconds", [POLL_S / 10, POLL_S / 2, POLL_S * 0.95])
def test_a_record_may_take_as_long_as_the_interval(
    workers: int, partitions: int, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Slow()
    app = App("slow")

    def step(value: str) -> str:
        slow(seconds)
        return value

    app.stream("in", key=str, value=str).map_values(step, value=str).to("out")
    with caplog.at_level(logging.WARNING):
        house = settled(app, slow, workers, partitions)
    assert "makes no progress" not in caplog.text
    assert "taken for dead" not in caplog.text
    assert slow.calls == RECORDS, "nothing was done twice"
    assert len(out_of(house, partitions)) == RECORDS


@pytest.mark.parametrize("slow_ones", ["the second half", "every seventh", "the last"])
def test_a_step_that_becomes_slow_of_a_sudden(
    slow_ones: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the midst of a span that would have taken no time."""
    slow = Slow()
    app = App("slow")
    partitions, half = 2, RECORDS // 4
    chosen = {
        "the second half": lambda number: number >= half,
        "every seventh": lambda number: number % 7 == 3,
        "the last": lambda number: number == RECORDS // partitions - 1,
    }[slow_ones]

    def step(value: str) -> str:
        if chosen(int(value)):
            slow(POLL_S * 0.9)
        return value

    app.stream("in", key=str, value=str).map_values(step, value=str).to("out")
    house = settled(app, slow, 2, partitions)
    assert "makes no progress" not in caplog.text
    assert Counter(out_of(house, partitions)) == Counter(
        [str(number) for number in range(RECORDS // partitions)] * partitions
    )


def test_a_slow_extractor(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow()
    app = App("slow")

    def extract(record: Record[str, str], _: int) -> int:
        slow(POLL_S / 2)
        return record.timestamp

    app.stream("in", key=str, value=str, timestamp=extract).to("out")
    house = settled(app, slow, 2, 2)
    assert "makes no progress" not in caplog.text
    assert len(out_of(house, 2)) == RECORDS


def test_a_slow_fold_behind_a_hop(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow()
    app = App("slow")

    def add(total: int, _: str) -> int:
        slow(POLL_S / 2)
        return total + 1

    stream = app.stream("in", key=str, value=str)
    grouped = stream.group_by(lambda value: str(int(value) % 3), key=str, name="third")
    grouped.aggregate(add, initial=int, name="counts").to_stream().map_values(str, value=str).to(
        "out"
    )
    house = settled(app, slow, 2, 2)
    assert "makes no progress" not in caplog.text
    assert sorted(out_of(house, 2)) == sorted([str(n) for n in range(1, RECORDS // 3 + 1)] * 3)


def test_who_stands_still_in_one_record_is_still_found_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A step that takes far longer than the interval: another worker notices meanwhile."""
    slow = Slow()
    app = App("slow")

    def step(value: str) -> str:
        if value == "3" and not slow.calls:
            slow(POLL_S * 10)
        return value

    app.stream("in", key=str, value=str).map_values(step, value=str).to("out")
    house = settled(app, slow, 2, 1)
    assert "makes no progress" in caplog.text
    assert out_of(house, 1) == [str(number) for number in range(RECORDS)]


SLOW = """
import time
from streamz_core import App

app = App("slow", topic_partitions=2, durability="process", max_poll_interval_ms=2000)


@app.stream("in", key=str, value=str).map_values
def slowly(value: str) -> str:
    if int(value) % 4 == 3:
        time.sleep(0.5)
    return value


slowly.to("out")
"""


def test_two_processes_with_a_slow_step(tmp_path: Path) -> None:
    """Some records of each take longer together than the interval, in what would be one turn."""
    (tmp_path / "slow.py").write_text(SLOW)
    lines = [f"{'abcdefgh'[number % 8]}:{number}" for number in range(RECORDS)]
    done = streamz(
        *("topics", "produce", "in", "--app", "slow.py", "-K", ":"),
        cwd=tmp_path,
        stdin="\n".join(lines),
    )
    assert done.code == 0, done.err
    done = streamz("run", "slow.py", "--workers", 2, "--until", "end", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "makes no progress" not in done.err
    assert "taken for dead" not in done.err
    done = streamz(
        "topics", "consume", "out", "--app", "slow.py", "-o", "beginning", "-e", cwd=tmp_path
    )
    assert sorted(done.out.split()) == sorted(str(number) for number in range(RECORDS))
