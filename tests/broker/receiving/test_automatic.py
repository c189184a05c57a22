"""Commits that come by themselves."""

from __future__ import annotations

import pytest

from streamz_core.broker.consumer import Consumer
from streamz_core.codecs.plain import INT, STR
from tests.broker.receiving.conftest import Crew

T = [("t", partition) for partition in range(4)]


def stands(crew: Crew) -> int:
    backend = crew.another().backend
    return sum(backend.committed("g", *where) or 0 for where in T)


def test_what_was_given_is_committed_by_a_later_poll_when_its_time_has_come(crew: Crew) -> None:
    one = crew.join(commit="auto", auto_commit_interval_ms=1000)
    one.poll(0, 2)
    one.poll(0, 1)
    assert stands(crew) == 0
    crew.machine.advance(1000)
    one.poll(0)
    assert stands(crew) == 3, "not what this poll gave"
    one.poll(0)
    assert stands(crew) == 3
    one.close()
    assert stands(crew) == 4


def test_it_is_committed_before_partitions_go(crew: Crew) -> None:
    one = crew.join(commit="auto")
    one.poll(0)
    crew.join()
    assert crew.settle() == []
    assert stands(crew) == 4


def test_what_was_in_work_when_a_block_ends_by_an_error_is_not(crew: Crew) -> None:
    def work() -> None:
        with crew.join(commit="auto") as one:
            one.poll(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert stands(crew) == 0


def test_who_lost_a_partition_is_told_and_goes_on(
    crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    crew.join(commit="auto", max_poll_interval_ms=60_000)
    two = crew.join()
    crew.settle()
    for partition in range(4):
        crew.write("t", partition, 10)
    for _ in range(5):
        crew.machine.advance(20_000)
        two.poll(0)
    crew.settle()
    assert "not committed: group g: " in caplog.text
    assert sorted(map(len, crew.parts())) == [2, 2]


def test_by_hand_it_is_so_too(crew: Crew) -> None:
    with Consumer(
        crew.another(),
        T,
        key=STR,
        value=INT,
        group="g",
        commit="auto",
        auto_commit_interval_ms=0,
    ) as one:
        one.poll(0)
        assert stands(crew) == 0
        one.poll(0)
        assert stands(crew) == 4


def test_one_by_one_the_last_that_was_given_is_behind_it(crew: Crew) -> None:
    one = crew.join(commit="auto")
    next(one)
    next(one)
    one.close()
    assert stands(crew) == 2
