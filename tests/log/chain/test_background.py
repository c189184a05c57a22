"""The background sync: in order, by one process, and honest about what it could not do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.chain.background import BackgroundSync
from streamz_core.log.chain.poison import Syncing
from streamz_core.log.log import Log
from tests.log.chain.test_durability import Watching

Open = Callable[..., Log]
TARGET = (7, b"h" * 16)


def made(machine: MemoryMachine, log: Log) -> tuple[Watching, BackgroundSync]:
    env = Watching(machine)
    return env, BackgroundSync(env, Syncing(env, log.layout, log.identity))


def test_files_are_synced_in_order_and_then_the_record_is_durable(
    machine: MemoryMachine, opened: Open
) -> None:
    env, sync = made(machine, opened())
    for name in ("one", "two"):
        env.create(f"/log/{name}")
    sync.start(["/log/two", "/log/one"], TARGET, 1)
    assert sync.under_way
    assert sync.finish() == TARGET
    assert env.synced == ["two", "one"]
    assert not sync.under_way
    assert not sync.ready


def test_what_could_not_be_opened_now_is_not_durable(machine: MemoryMachine, opened: Open) -> None:
    env, sync = made(machine, opened())
    env.create("/log/one")
    env.refuse, env.errno = "one", 24
    sync.start(["/log/one"], TARGET, 1)
    assert sync.finish() is None


def test_a_file_that_is_gone_is_told(machine: MemoryMachine, opened: Open) -> None:
    _, sync = made(machine, opened())
    sync.start(["/log/gone"], TARGET, 1)
    with pytest.raises(Corrupt, match="/log/gone is missing, and commits refer to it"):
        sync.finish()


def test_a_file_whose_records_were_moved_may_be_gone(machine: MemoryMachine, opened: Open) -> None:
    env, sync = made(machine, opened())
    env.create("/log/one")
    sync.start(["/log/gone", "/log/one"], TARGET, 1, moved=True)
    assert sync.finish() == TARGET
    sync.start(["/log/one", "/log/gone"], TARGET, 1, moved=True)
    with pytest.raises(Corrupt, match="/log/gone is missing"):
        sync.finish()


def test_one_process_leads_until_it_lets_go(machine: MemoryMachine, opened: Open) -> None:
    log = opened()
    (_, one), (_, two) = made(machine, log), made(machine, log)
    assert one.lead()
    assert one.lead()
    assert not two.lead()
    one.release()
    one.release()
    assert two.lead()
