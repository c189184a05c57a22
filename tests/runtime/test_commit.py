"""Committing several tasks at once: some may be lost, some may be too large."""

from __future__ import annotations

import pytest
from attrs import define, field

from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import Fenced, StorageFull, TooLarge
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.transaction import pack
from streamz_core.log.values import Appended, TaskCommit
from streamz_core.runtime.commit import Pending, commit_tasks

GROUP = "g"


@define
class Fake:
    """A task that wants `values` written to each of its partitions."""

    log: Log
    name: str
    partitions: tuple[int, ...]
    values: list[bytes] = field(factory=list)
    epoch: int = 1
    start: int = 0
    done: list[Appended] = field(factory=list)
    gone: bool = False
    divided: int = 0

    def collect(self) -> Pending | None:
        if not self.values or self.gone:
            return None
        topic, count = self.log.topic("out"), len(self.values)
        outputs = []
        for partition in self.partitions:
            outputs += pack(self.log, topic, partition, [None] * count, self.values, [0] * count)
        moves = [(topic.id, int(self.name[-1]), self.start, self.start + 1)]
        told = TaskCommit(GROUP, self.name, self.epoch, moves, {"at": self.start})
        return Pending(told, outputs, frozenset({"out"}))

    def applied(self, done: Appended) -> None:
        self.done.append(done)
        self.start += 1
        self.values = []

    def lost(self) -> None:
        self.gone = True

    def divide(self, error: TooLarge) -> None:
        self.divided += 1
        if len(self.values) == 1:
            raise error
        del self.values[len(self.values) // 2 :]


def make(limits: Limits | None = None) -> tuple[Log, list[Fake]]:
    """A log with three tasks that own themselves."""
    log = Log.open(MemoryEnv(), "/log", level="process", limits=limits)
    log.create_topic("out", 3, {})
    log.watch(["out"])
    log.join([], GROUP, {})
    tasks = [Fake(log, f"s/{n}", ((0, 1), (1,), (2, 0))[n]) for n in range(3)]
    for task in tasks:
        own(log, task.name, 1)
    return log, tasks


def own(log: Log, task: str, epoch: int) -> None:
    log.append(lambda _: OwnerRecord(GROUP, task, log.incarnation, epoch))


def rows(log: Log, partition: int) -> list[bytes | None]:
    topic = log.topic("out").id
    return [v for batch in log.fetch(topic, partition, 0) for v in batch.values]


def check_bases(log: Log, task: Fake) -> None:
    """What a task is told of its outputs is where they are."""
    bases = iter(task.done[-1].bases)
    for partition in task.partitions:
        base = next(bases)
        found = log.fetch(log.topic("out").id, partition, base)[0]
        assert found.base_offset == base
        assert found.values[0] == task.name.encode()


def commit(log: Log, tasks: list[Fake]) -> Appended | None:
    return commit_tasks(log, GROUP, list(tasks))


def test_all_tasks_are_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    log, tasks = make()
    for task in tasks:
        task.values = [task.name.encode()]
    before = log.state.lsn
    commit(log, tasks)
    assert log.state.lsn == before + 1
    assert rows(log, 0) == [b"s/0", b"s/2"]
    for task in tasks:
        check_bases(log, task)


def test_nothing_to_do_writes_nothing() -> None:
    log, tasks = make()
    before = log.state.lsn
    assert commit(log, tasks) is None
    assert log.state.lsn == before


@pytest.mark.parametrize("lost", [{0}, {1}, {2}, {0, 2}, {0, 1}, {0, 1, 2}])
def test_tasks_that_were_lost_drop_their_part_and_the_others_commit(lost: set[int]) -> None:
    log, tasks = make()
    for task in tasks:
        task.values = [b"first"]
    commit(log, tasks)
    for number in lost:
        own(log, f"s/{number}", 2)
    for task in tasks:
        task.values = [task.name.encode()]
    done = commit(log, tasks)
    assert [task.gone for task in tasks] == [number in lost for number in range(3)]
    assert (done is None) == (len(lost) == 3)
    for number, task in enumerate(tasks):
        assert len(task.done) == (1 if number in lost else 2)
        if number not in lost:
            check_bases(log, task)
    everything = {value for partition in range(3) for value in rows(log, partition)}
    assert everything == {b"first"} | {f"s/{n}".encode() for n in range(3) if n not in lost}
    positions = log.state.group(GROUP).positions
    assert [positions[f"s/{n}"]["at"] for n in range(3)] == [int(n not in lost) for n in range(3)]


def test_a_task_whose_offset_moved_is_lost_too() -> None:
    log, tasks = make()
    topic = log.topic("out").id
    log.commit([TaskCommit(GROUP, "s/1", 1, [(topic, 1, 0, 7)])], [])
    for task in tasks:
        task.values = [task.name.encode()]
    commit(log, tasks)
    assert [task.gone for task in tasks] == [False, True, False]


def test_a_refusal_that_is_nobodys_fault_passes() -> None:
    log, tasks = make()
    tasks[0].values = [b"v"]
    tasks[0].partitions = (0,)
    log.state.ends[1] = []
    with pytest.raises(Fenced, match="no partition"):
        commit(log, tasks)


def test_a_full_disk_applies_nothing_and_can_be_tried_again() -> None:
    log, tasks = make()
    for task in tasks:
        task.values = [task.name.encode()]
    assert isinstance(log.env, MemoryEnv)
    machine = log.env.machine
    machine.capacity_bytes -= machine.free_bytes()
    with pytest.raises(StorageFull):
        commit(log, tasks)
    assert not any(task.done or task.gone for task in tasks)
    machine.capacity_bytes = 1 << 30
    commit(log, tasks)
    assert rows(log, 0) == [b"s/0", b"s/2"]


def test_what_is_too_large_for_one_record_is_committed_in_several() -> None:
    log, tasks = make(Limits(commit_bytes=100_000))
    for task in tasks:
        task.values = [b"%d" % number * 5000 for number in range(5)]
    tasks[0].partitions = (0,)
    tasks[2].partitions = (2,)
    commit(log, tasks)
    assert [len(task.done) for task in tasks] == [1, 1, 1]
    assert [task.divided for task in tasks] == [0, 0, 0]
    assert len(rows(log, 0)) == len(rows(log, 1)) == len(rows(log, 2)) == 5


def test_a_task_that_is_too_large_alone_is_told_so_and_the_others_commit() -> None:
    log, tasks = make(Limits(commit_bytes=10_000))
    for task in tasks:
        task.values = [task.name.encode()]
    tasks[1].values = [b"x" * 3000] * 4
    commit(log, tasks)
    assert [len(task.done) for task in tasks] == [1, 0, 1]
    assert [task.divided for task in tasks] == [0, 1, 0]
    commit(log, tasks)
    assert rows(log, 1)[1:] == [b"x" * 3000] * 2
    tasks[1].values = [b"x" * 30_000]
    with pytest.raises(TooLarge, match=r"limit is 10000"):
        commit(log, tasks)
