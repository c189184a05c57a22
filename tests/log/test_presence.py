"""Members of a log: who is woken, who is dead, and what the dead leave behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import Fenced
from streamz_core.log.log import Log
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.ownership import OwnerRecord
from tests.log.conftest import send, transaction_on

Open = Callable[..., Log]


def kill(log: Log) -> None:
    assert isinstance(log.env, MemoryEnv)
    log.env.kill()


def files(machine: MemoryMachine) -> list[str]:
    return machine.tree.names("/log/members")


def test_only_those_who_are_interested_are_woken(machine: MemoryMachine, opened: Open) -> None:
    one, two, writer = opened("process"), opened(), opened()
    writer.create_topic("t", 1, {})
    one.join(["t"], "", {})
    two.join(["other"], "", {})
    transaction = transaction_on(writer)
    transaction.send("t", 0, [None], [b"v"], [0])
    transaction.commit()
    members = writer.state.members
    assert machine.bells[members[one.incarnation].address].rung
    assert not machine.bells[members[two.incarnation].address].rung


def test_the_dead_of_any_group_are_taken_off_the_list(machine: MemoryMachine, opened: Open) -> None:
    dead = [opened("process") for _ in range(5)]
    for number, log in enumerate(dead):
        log.join(["t"], f"group{number}" if number else "", {})
        kill(log)
    living, other = opened(), opened()
    living.join(["t"], "", {})
    other.join(["t"], "another", {})
    other.refresh()
    for _ in range(2):
        machine.advance(10_000)
        other.tick()
    assert set(other.state.members) == {living.incarnation, other.incarnation}
    assert files(machine) == sorted([living.incarnation.hex(), other.incarnation.hex()])


def test_a_full_disk_leaves_the_dead_where_they_are(machine: MemoryMachine, opened: Open) -> None:
    dead, living = opened("process"), opened()
    dead.join([], "", {})
    kill(dead)
    living.refresh()
    machine.capacity_bytes -= machine.free_bytes()
    machine.advance(10_000)
    living.tick()
    assert list(living.state.members) == [dead.incarnation]


def test_who_leaves_takes_its_file_along(machine: MemoryMachine, opened: Open) -> None:
    log = opened("process")
    log.join([], "", {})
    assert files(machine) == [log.incarnation.hex()]
    log.leave()
    log.close()
    assert files(machine) == []


def test_looking_after_somebody_makes_no_file(machine: MemoryMachine, opened: Open) -> None:
    assert not opened("process").alive(b"nobody..")
    assert files(machine) == []


def test_a_member_whose_file_was_removed_joins_with_a_new_one(
    machine: MemoryMachine, opened: Open
) -> None:
    log, other = opened("process"), opened()
    log.join([], "", {})
    machine.tree.remove(f"/log/members/{log.incarnation.hex()}")
    assert not other.alive(log.incarnation)
    log.join([], "", {})
    assert other.alive(log.incarnation)


def test_after_a_leave_nothing_of_the_member_counts_any_more(opened: Open) -> None:
    """Evicted while it was stopped; it comes back with the same name, and with a late commit."""
    old, new = opened("process"), opened()
    old.create_topic("t", 1, {})
    for log, epoch in ((old, 1), (new, 2)):
        log.join([], "g", {})
        record = OwnerRecord("g", "s/0", log.incarnation, epoch)
        log.append(lambda _, record=record: record)  # type: ignore[misc]
        if log is old:
            new.leave(old.incarnation)
    old.join([], "g", {})
    for epoch in (1, 2):
        task = ["g", "s/0", epoch, [[1, 0, 0, 1]], None]
        refused = CommitRecord(old.incarnation, [task], [])
        assert "s/0: owner is" in refused.refuse(old.state)


def test_offsets_of_an_app_move_only_with_its_tasks(opened: Open) -> None:
    """A consumer that takes an app's name for its group would make the app skip records."""
    app, consumer = opened("process"), opened()
    app.create_topic("t", 1, {})
    app.join([], "shop", {})
    app.append(lambda _: OwnerRecord("shop", "s/0", app.incarnation, 1))
    consumer.refresh()
    send(consumer, [b"v"] * 5)
    transaction = transaction_on(consumer, "shop")
    transaction.move("t", 0, 0, 5)
    with pytest.raises(Fenced, match="group shop is an app's"):
        transaction.commit()
