"""Another durability level for a log in use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Misuse
from streamz_core.log.log import Log
from streamz_core.log.upkeep.leveling import set_level
from tests.log.chain.test_durability import Watching
from tests.log.conftest import send

Open = Callable[..., Log]
LARGE = b"x" * 5000


def test_all_who_use_the_log_hear_of_it(opened: Open) -> None:
    log, other = opened("process"), opened()
    assert set_level(log, "power")
    assert not set_level(log, "power")
    other.refresh()
    assert [one.durability.level for one in (log, other)] == ["power", "power"]
    assert opened().durability.level == "power"
    with pytest.raises(Misuse, match="has durability level 'power'; 'process' was asked for"):
        opened("process")
    assert set_level(other, "process")
    assert opened("process").durability.level == "process"


def test_to_power_everything_that_was_named_is_synced(machine: MemoryMachine) -> None:
    env = Watching(machine)
    log = Log.open(env, "/log", level="process")
    log.create_topic("t", 1, {})
    writer = Log.open(machine.process(), "/log")
    send(writer, [LARGE])
    env.synced.clear()
    set_level(log, "power")
    data = f"data/{writer.incarnation.hex()}/1"
    assert env.synced[:2] == [data, "commit/000001"]
    assert log.durability.durable[0] == log.state.lsn


def test_payload_that_was_placed_before_is_synced_before_its_record(
    machine: MemoryMachine,
) -> None:
    """The writer hears of the level only when it takes in the end of the chain."""
    env = Watching(machine)
    log = Log.open(env, "/log", level="process")
    log.create_topic("t", 1, {})
    other = Log.open(machine.process(), "/log")
    set_level(other, "power")
    env.synced.clear()
    send(log, [LARGE])
    assert env.synced[0] == f"data/{log.incarnation.hex()}/1"


def test_there_are_two_levels(opened: Open) -> None:
    with pytest.raises(Misuse, match="a durability level is 'none'; there are power and process"):
        set_level(opened(), "none")
