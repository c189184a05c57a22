"""Several workers on one machine: who runs what, and what becomes of the tasks of those who go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamz_core.broker.membership import FORCE_S
from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import StorageFull
from streamz_core.log.appending import Make
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.records.state import Owner, State
from tests.runtime.conftest import House, counting, house_of

TASKS = [f"total/{number}" for number in range(6)]


@pytest.fixture
def six() -> House:
    """Six partitions."""
    return house_of(counting(), partitions=6)


def owners(house: House) -> dict[str, Owner]:
    house.backend.log.refresh()
    return house.backend.log.state.group("count").owners


def shares(house: House) -> list[list[str]]:
    """The tasks of each worker, as it has them open; what the chain says must be the same."""
    found = [sorted(worker.tasks) for worker in house.workers]
    for worker in house.workers:
        mine = [
            task
            for task, one in owners(house).items()
            if one.incarnation == worker.backend.log.incarnation
        ]
        assert sorted(mine) == sorted(worker.tasks)
    return found


def feed(house: House, numbers: Iterator[int]) -> None:
    """One record of one key into each partition."""
    for partition in range(6):
        house.send("in", ("k", "x", next(numbers)), partition=partition)


def check(house: House, rounds: int) -> None:
    """Every task counted its key without a gap and without a repetition."""
    rows = sorted(count for partition in range(6) for _, count in house.counts("out", partition))
    assert rows == sorted(list(range(1, rounds + 1)) * 6)


def test_three_workers_share_the_tasks_and_hand_them_over_while_they_work(six: House) -> None:
    numbers = iter(range(10_000))
    rounds = 0
    for workers in (1, 2, 3):
        six.worker()
        for _ in range(4):
            feed(six, numbers)
            rounds += 1
            six.turn()
        six.settle()
        assert sorted(map(len, shares(six))) == {1: [6], 2: [3, 3], 3: [2, 2, 2]}[workers]
    leaving = six.workers.pop(0)
    feed(six, numbers)
    leaving.close()
    assert all(
        owner.incarnation != leaving.backend.log.incarnation for owner in owners(six).values()
    )
    six.settle()
    assert sorted(map(len, shares(six))) == [3, 3]
    check(six, rounds + 1)


def test_the_tasks_of_a_dead_worker_are_taken_over_at_once(six: House) -> None:
    numbers = iter(range(10_000))
    for _ in range(3):
        six.worker()
    feed(six, numbers)
    six.settle()
    feed(six, numbers)
    for worker in six.workers:
        worker.turn()  # taken and not committed
    six.kill(six.workers[1])
    six.settle()
    assert sorted(map(len, shares(six))) == [3, 3]
    check(six, 2)


def test_an_earlier_run_that_died_is_said_kindly_and_once(
    six: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="streamz.group")
    for _ in range(2):
        six.worker()
    feed(six, iter(range(10_000)))
    six.settle()
    for worker in list(six.workers):
        six.kill(worker)
    caplog.clear()
    six.worker()
    six.settle()
    (told,) = [record for record in caplog.records if record.name == "streamz.group"]
    assert told.levelname == "INFO"
    assert "an earlier run of count ended by a failure or was killed (workers " in told.message
    assert "goes on where it stood" in told.message


def test_a_fellow_that_dies_is_a_warning(six: House, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        six.worker()
    six.settle()
    six.kill(six.workers[0])
    six.settle()
    (told,) = [record for record in caplog.records if record.name == "streamz.group"]
    assert told.levelname == "WARNING"
    assert "is dead: what it had is taken over" in told.message


def test_who_makes_no_progress_is_taken_for_dead_and_does_no_harm_when_it_wakes_up(
    six: House,
) -> None:
    """Stopped in the middle of its work, for longer than max.poll.interval.ms."""
    numbers = iter(range(10_000))
    stopped, other = six.worker(), six.worker()
    feed(six, numbers)
    six.settle()
    feed(six, numbers)
    stopped.step()
    stopped.turn()
    six.workers.remove(stopped)
    for _ in range(4):
        six.machine.advance(200_000)
        six.turn(3)
    assert sorted(other.tasks) == TASKS
    assert stopped.backend.log.incarnation not in other.backend.log.state.members
    six.settle()
    six.workers.append(stopped)
    six.settle()
    assert sorted(map(len, shares(six))) == [3, 3]
    feed(six, numbers)
    six.settle()
    check(six, 3)


def test_a_worker_that_turns_slowly_is_not_taken_for_dead(six: House) -> None:
    one, two = six.worker(), six.worker()
    six.settle()
    for _ in range(20):
        six.machine.advance(100_000)
        six.turn()
    assert {one.backend.log.incarnation, two.backend.log.incarnation} <= set(
        one.backend.log.state.members
    )
    assert sorted(map(len, shares(six))) == [3, 3]


def test_a_task_that_is_not_released_is_taken_after_a_while(six: House) -> None:
    """Its owner lives and does not turn: a function of the user that takes long."""
    numbers = iter(range(10_000))
    slow = six.worker()
    feed(six, numbers)
    six.settle()
    feed(six, numbers)
    slow.turn()
    six.workers.remove(slow)
    quick = six.worker()
    six.turn(3)
    assert not quick.tasks
    six.machine.advance(int(FORCE_S * 1000))
    six.turn(5)
    assert len(quick.tasks) == 3
    six.workers.append(slow)
    six.settle()
    assert sorted(map(len, shares(six))) == [3, 3]
    check(six, 2)


def test_a_claim_that_was_chained_is_honoured_also_if_the_next_one_failed(six: House) -> None:
    """The disk fills up between two of them."""
    worker = six.worker()
    append = worker.backend.log.append
    claims: list[OwnerRecord] = []

    def failing(make: Make) -> object:
        def full(state: State) -> Chained | None:
            record = make(state)
            if isinstance(record, OwnerRecord):
                claims.append(record)
                if len(claims) == 3:
                    raise StorageFull("full")
            return record

        return append(full)

    worker.backend.log.append = failing  # type: ignore[method-assign, assignment]
    six.turn(10, wait_s=1.0)
    assert sorted(worker.tasks) == TASKS


def test_assignments_come_to_rest(six: House) -> None:
    for _ in range(3):
        six.worker()
    six.settle()
    six.kill(six.workers[0])
    six.worker()
    six.settle()
    generation = six.workers[0].backend.log.state.group("count").generation
    lsn = six.workers[0].backend.log.state.lsn
    six.turn(50)
    assert six.workers[0].backend.log.state.group("count").generation == generation
    assert six.workers[0].backend.log.state.lsn == lsn


def test_epochs_only_rise(six: House) -> None:
    seen: dict[str, int] = {}
    for number in range(8):
        six.worker()
        six.settle()
        for task, owner in owners(six).items():
            assert owner.epoch >= seen.get(task, 0)
            seen[task] = owner.epoch
        if number % 2:
            six.kill(six.workers[0])
        else:
            six.workers.pop(0).close()
        six.settle() if six.workers else None


def test_a_worker_that_closes_leaves_nothing_behind(six: House) -> None:
    worker = six.worker()
    six.settle()
    six.workers.clear()
    worker.close()
    assert six.machine.tree.names("/home/log/members") == []
    assert isinstance(worker.env, MemoryEnv)
    locks = [lock for _, content in six.machine.tree.files() for lock in content.locks]
    assert not [lock for lock in locks if lock._env is worker.env]


def test_who_joins_while_its_file_is_removed_has_another_one(six: House) -> None:
    worker = six.worker()
    six.settle()
    log = worker.backend.log
    part = worker.backend.membership("other", ["a/0"], ["in"], {}, 60_000)
    env, path = worker.env, log.layout.member(log.incarnation)
    real, left = env.open, [1]

    def removed(name: str, **options: bool) -> object:
        if name == path and left:
            left.pop()
            env.unlink(path)
        return real(name, **options)

    env.open = removed  # type: ignore[method-assign, assignment]
    part.join()
    assert not left
    assert env.exists(path)
