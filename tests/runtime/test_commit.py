"""Committing several tasks at once: some may be lost, some may be too large."""

from __future__ import annotations

import pytest
from attrs import define, field

from streamz_core.broker.backend import Committed, TaskCommit
from streamz_core.broker.embedded import EmbeddedBackend, open_backend
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Fenced, StorageFull, TooLarge
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.runtime.commit import Pending, commit_tasks

GROUP = "g"


@define
class Fake:
    """A task that wants `values` written to each of its partitions."""

    backend: EmbeddedBackend
    name: str
    partitions: tuple[int, ...]
    values: list[bytes] = field(factory=list)
    epoch: int = 1
    start: int = 0
    done: list[Committed] = field(factory=list)
    gone: bool = False
    divided: int = 0

    def collect(self) -> Pending | None:
        if not self.values or self.gone:
            return None
        count, outputs = len(self.values), []
        for partition in self.partitions:
            columns = [None] * count, self.values, [0] * count
            outputs += self.backend.pack("out", partition, *columns)
        moves = [("out", int(self.name[-1]), self.start, self.start + 1)]
        return Pending(TaskCommit(self.name, self.epoch, moves, {"at": self.start}), outputs)

    def applied(self, done: Committed) -> None:
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


def make(machine: MemoryMachine | None = None, **settings: int) -> list[Fake]:
    """Three tasks that are this process's own."""
    env = (machine or MemoryMachine()).process()
    config = Config(durability="process", log_free_bytes=0, **settings)
    backend = open_backend(env, "/home", config)
    backend.create_topic("out", 3, {})
    backend.watch(["out"])
    backend.log.join([], GROUP, {})
    tasks = [Fake(backend, f"s/{n}", ((0, 1), (1,), (2, 0))[n]) for n in range(3)]
    for task in tasks:
        own(task, 1)
    return tasks


def own(task: Fake, epoch: int) -> None:
    log = task.backend.log
    log.append(lambda _: OwnerRecord(GROUP, task.name, log.incarnation, epoch))


def rows(backend: EmbeddedBackend, partition: int) -> list[bytes | None]:
    batches = backend.fetch("out", partition, 0, bytes_max=1 << 30)
    return [value for batch in batches for value in batch.values]


def check_bases(task: Fake) -> None:
    """What a task is told of its outputs is where they are."""
    bases = iter(task.done[-1].bases)
    for partition in task.partitions:
        base = next(bases)
        found = task.backend.fetch("out", partition, base, bytes_max=1)[0]
        assert found.base_offset == base
        assert found.values[0] == task.name.encode()


def commit(tasks: list[Fake]) -> Committed | None:
    return commit_tasks(tasks[0].backend, GROUP, list(tasks))


def test_all_tasks_are_one_record() -> None:
    tasks = make()
    backend = tasks[0].backend
    for task in tasks:
        task.values = [task.name.encode()]
    before = backend.mark.number
    commit(tasks)
    assert backend.mark.number == before + 1
    assert rows(backend, 0) == [b"s/0", b"s/2"]
    for task in tasks:
        check_bases(task)


def test_nothing_to_do_writes_nothing() -> None:
    tasks = make()
    backend = tasks[0].backend
    before = backend.mark.number
    assert commit(tasks) is None
    assert backend.mark.number == before


@pytest.mark.parametrize("lost", [{0}, {1}, {2}, {0, 2}, {0, 1}, {0, 1, 2}])
def test_tasks_that_were_lost_drop_their_part_and_the_others_commit(lost: set[int]) -> None:
    tasks = make()
    backend = tasks[0].backend
    for task in tasks:
        task.values = [b"first"]
    commit(tasks)
    for number in lost:
        own(tasks[number], 2)
    for task in tasks:
        task.values = [task.name.encode()]
    done = commit(tasks)
    assert [task.gone for task in tasks] == [number in lost for number in range(3)]
    assert (done is None) == (len(lost) == 3)
    for number, task in enumerate(tasks):
        assert len(task.done) == (1 if number in lost else 2)
        if number not in lost:
            check_bases(task)
    everything = {value for partition in range(3) for value in rows(backend, partition)}
    assert everything == {b"first"} | {f"s/{n}".encode() for n in range(3) if n not in lost}
    positions = [backend.standing(GROUP, f"s/{n}", []).position for n in range(3)]
    assert [position["at"] for position in positions] == [int(n not in lost) for n in range(3)]


def test_a_task_whose_offset_moved_is_lost_too() -> None:
    tasks = make()
    backend = tasks[0].backend
    backend.commit(GROUP, [TaskCommit("s/1", 1, [("out", 1, 0, 7)])], [])
    for task in tasks:
        task.values = [task.name.encode()]
    commit(tasks)
    assert [task.gone for task in tasks] == [False, True, False]


def test_a_refusal_that_is_nobodys_fault_passes() -> None:
    tasks = make()
    tasks[0].values = [b"v"]
    tasks[0].partitions = (0,)
    tasks[0].backend.log.state.ends[1] = []
    with pytest.raises(Fenced, match="no partition"):
        commit(tasks)


def test_a_full_disk_applies_nothing_and_can_be_tried_again() -> None:
    machine = MemoryMachine()
    tasks = make(machine)
    backend = tasks[0].backend
    for task in tasks:
        task.values = [task.name.encode()]
    machine.capacity_bytes -= machine.free_bytes()
    with pytest.raises(StorageFull):
        commit(tasks)
    assert not any(task.done or task.gone for task in tasks)
    machine.capacity_bytes = 1 << 30
    commit(tasks)
    assert rows(backend, 0) == [b"s/0", b"s/2"]


def test_what_is_too_large_for_one_record_is_committed_in_several() -> None:
    tasks = make(log_commit_bytes=100_000)
    backend = tasks[0].backend
    for task in tasks:
        task.values = [b"%d" % number * 5000 for number in range(5)]
    tasks[0].partitions = (0,)
    tasks[2].partitions = (2,)
    commit(tasks)
    assert [len(task.done) for task in tasks] == [1, 1, 1]
    assert [task.divided for task in tasks] == [0, 0, 0]
    assert len(rows(backend, 0)) == len(rows(backend, 1)) == len(rows(backend, 2)) == 5


def test_a_task_that_is_too_large_alone_is_told_so_and_the_others_commit() -> None:
    tasks = make(log_commit_bytes=10_000)
    backend = tasks[0].backend
    for task in tasks:
        task.values = [task.name.encode()]
    tasks[1].values = [b"x" * 3000] * 4
    commit(tasks)
    assert [len(task.done) for task in tasks] == [1, 0, 1]
    assert [task.divided for task in tasks] == [0, 1, 0]
    commit(tasks)
    assert rows(backend, 1)[1:] == [b"x" * 3000] * 2
    tasks[1].values = [b"x" * 30_000]
    with pytest.raises(TooLarge, match=r"limit is 10000"):
        commit(tasks)
