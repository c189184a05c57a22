"""A worker opens what is its own, and lets go of what is not."""

from __future__ import annotations

import pytest

from streamz_core.broker.backend import TaskCommit
from streamz_core.errors import Misuse
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.removing import lose
from streamz_core.runtime.worker import Worker
from tests.runtime.conftest import House


def test_an_idle_worker_hears_that_a_task_was_taken_from_it(house: House) -> None:
    """It has nothing to commit, so nothing tells it but the chain."""
    one = house.worker()
    house.settle()
    before = one.tasks["total/0"]
    thief = house.backend.log
    thief.join([], "another", {})
    thief.append(lambda _: OwnerRecord("count", "total/0", thief.incarnation, 2))
    house.settle()
    assert before.gone
    assert one.tasks["total/0"].epoch == 3


def test_a_task_whose_offsets_moved_is_opened_anew_where_they_are(house: House) -> None:
    worker = house.worker()
    house.settle()
    house.send("in", ("a", "x", 1), ("a", "y", 2))
    before = worker.tasks["total/0"]
    before.process(1)
    moved = TaskCommit("total/0", before.epoch, [("in", 0, 0, 1)])
    worker.backend.commit("count", [moved], [])
    worker.commit()
    house.settle()
    assert worker.tasks["total/0"] is not before
    assert house.counts() == [("a", 1)]


@pytest.mark.parametrize("taken", [0, 1, 3])
@pytest.mark.parametrize("start, stop, left", [(0, 2, 3), (2, 4, 3), (2, 5, 2), (0, 5, 0)])
def test_a_task_whose_inputs_were_lost_goes_on_behind_them(
    house: House, taken: int, start: int, stop: int, left: int
) -> None:
    """Each once, and only what is left; but one that began before them and has read them already goes on."""
    worker = house.worker()
    house.settle()
    house.send("in", *(("a", str(number), number) for number in range(5)))
    if taken:
        worker.backend.refresh()
        worker.tasks["total/0"].process(taken)
    log = house.backend.log
    lose(log, log.topic("in").id, 0, start, stop, "delete_records")
    house.settle()
    house.send("in", ("b", "x", 9))
    house.settle()
    counts = house.counts()
    assert counts[-1] == ("b", 1)
    expected = 5 if taken and start else left
    assert [count for key, count in counts if key == "a"] == list(range(1, expected + 1))


def test_a_worker_that_cannot_begin_leaves_nothing_behind(house: House) -> None:
    house.backend.log.create_topic("count-total-changelog", 3, {})
    env = house.machine.process()
    with pytest.raises(Misuse, match="the internal topic"):
        Worker(house.job, env, "/home", memory=True)
    locks = [lock for _, content in house.machine.tree.files() for lock in content.locks]
    assert not [lock for lock in locks if lock._env is env]
