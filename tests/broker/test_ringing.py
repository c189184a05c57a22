"""Whom a commit wakes."""

from __future__ import annotations

import pytest

from streamz_core.broker.ringing import WHOLE, Bells
from streamz_core.env.memory import MemoryMachine
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord, ReleaseRecord


@pytest.fixture
def machine() -> MemoryMachine:
    return MemoryMachine()


def member(machine: MemoryMachine, group: str, **info: object) -> Log:
    log = Log.open(machine.process(), "/log", level="process")
    log.join(["t"], group, dict(info))
    return log


def owns(log: Log, group: str, *tasks: str) -> None:
    log.refresh()
    mine = dict.fromkeys(tasks, log.incarnation)
    all_of_them = {**log.state.group(group).assignment, **mine}
    number = log.state.group(group).generation + 1
    log.append(lambda _: GenerationRecord(group, number, all_of_them))
    for task in tasks:
        log.append(lambda _, task=task: OwnerRecord(group, task, log.incarnation, 1))


def rung(machine: MemoryMachine, *touched: tuple[str, int], bells: Bells | None = None) -> set[str]:
    log = Log.open(machine.process(), "/log")
    return heard(bells or Bells(log), log, *touched)


def heard(bells: Bells, log: Log, *touched: tuple[str, int]) -> set[str]:
    log.refresh()
    found: list[str] = []
    log.env.ring = lambda address: found.append(address) or True
    bells.ring(touched)
    assert len(found) == len(set(found)), "nobody is rung twice"
    return set(found)


def address(log: Log) -> str:
    log.refresh()
    return log.state.members[log.incarnation].address


def test_a_worker_is_woken_for_the_partitions_of_its_tasks(machine: MemoryMachine) -> None:
    one, two = member(machine, "app"), member(machine, "app")
    owns(one, "app", "a/0", "b/10")
    owns(two, "app", "a/1")
    assert rung(machine, ("t", 0)) == {address(one)}
    assert rung(machine, ("t", 1)) == {address(two)}
    assert rung(machine, ("t", 10), ("t", 0), ("t", 1)) == {address(one), address(two)}
    assert rung(machine, ("t", 2), ("u", 0)) == set()


def test_who_reads_a_whole_topic_is_woken_for_all_of_it(machine: MemoryMachine) -> None:
    one = member(machine, "app", **{WHOLE: ["t"]})
    owns(one, "app", "a/0")
    assert rung(machine, ("t", 7)) == {address(one)}


def test_who_is_in_no_group_of_tasks_is_woken_for_its_topics(machine: MemoryMachine) -> None:
    one, two = member(machine, ""), member(machine, "readers")
    assert rung(machine, ("t", 3)) == {address(one), address(two)}


def test_a_task_that_moves_takes_its_bell_along(machine: MemoryMachine) -> None:
    one, two = member(machine, "app"), member(machine, "app")
    owns(one, "app", "a/0")
    owns(two, "app", "a/1")
    log = Log.open(machine.process(), "/log")
    bells = Bells(log)
    assert heard(bells, log, ("t", 0)) == {address(one)}
    one.append(lambda _: ReleaseRecord("app", "a/0", one.incarnation))
    two.append(lambda _: OwnerRecord("app", "a/0", two.incarnation, 2))
    assert heard(bells, log, ("t", 0)) == {address(two)}


def test_nobody_rings_at_his_own_door(machine: MemoryMachine) -> None:
    one = member(machine, "")
    assert heard(Bells(one), one, ("t", 0)) == set()
