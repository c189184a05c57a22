"""Which checkpoint a log is opened from, and that it is the same log whichever it is."""

from __future__ import annotations

import pytest
from attrs import evolve

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.chain import poison
from streamz_core.log.checkpoints import file
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.trust import on_chain
from tests.log.chain.test_recovery import Rebooted
from tests.log.conftest import read, send

EAGER = Limits(checkpoint_bytes=0, chain_segment_bytes=500)


@pytest.fixture
def log(machine: MemoryMachine) -> Log:
    """Records before each of two checkpoints, and behind them."""
    log = Log.open(machine.process(), "/log", everything=True, limits=EAGER)
    keeper = Keeper(log)
    log.create_topic("t", 1, {})
    for number in range(9):
        send(log, [b"%d" % number * (1 + number % 2 * 5000)])
        if number in (3, 6):
            assert keeper.turn()
    return log


def opened(machine: MemoryMachine, env: MemoryEnv | None = None, *watch: str) -> Log:
    return Log.open(env or machine.process(), "/log", watch=watch, limits=EAGER)


def values() -> list[bytes]:
    return [b"%d" % number * (1 + number % 2 * 5000) for number in range(9)]


def checkpoints(log: Log) -> list[str]:
    return [f"/log/ckpt/{name}" for name in log.env.list("/log/ckpt")]


def test_a_log_is_opened_from_the_newest_checkpoint(machine: MemoryMachine, log: Log) -> None:
    newest = file.read(log.env, log.identity, checkpoints(log)[-1])
    for other in (opened(machine), opened(machine, None, "t")):
        assert other.chain.begin.lsn == newest.begin.lsn > 0
        assert other.state.digest() == log.state.digest()
        assert read(other) == values(), "those before the checkpoint, too"
    assert opened(machine).durability.durable[0] >= newest.begin.lsn


@pytest.mark.parametrize("damage", ["newest", "all", "ranges", "ahead", "foreign"])
def test_one_that_cannot_be_used_is_passed_over(
    machine: MemoryMachine, log: Log, damage: str
) -> None:
    older, newest = checkpoints(log)
    data = machine.tree.get(newest).data
    begin = file.read(log.env, log.identity, older).begin.lsn
    if damage == "all":
        machine.tree.get(older).data[-1] ^= 1
        machine.tree.get(older).data[20] ^= 1
        begin = 0
    if damage == "ranges":
        data[-1] ^= 1
    elif damage == "ahead":
        place = evolve(log.chain.place, lsn=log.state.lsn + 5)
        data[:] = file.encode(log.identity, place, log.state, log.index)
    elif damage == "foreign":
        who = evolve(log.identity, log_id=b"x" * 16)
        data[:] = file.encode(who, log.chain.place, log.state, log.index)
    else:
        data[20] ^= 1
    other = opened(machine, None, "t")
    assert other.chain.begin.lsn == begin
    assert other.state.digest() == log.state.digest()
    assert read(other) == values()


@pytest.mark.parametrize("poisoned", [False, True])
def test_a_cold_start_begins_there(machine: MemoryMachine, log: Log, *, poisoned: bool) -> None:
    digest = log.state.digest()
    if poisoned:
        poison.poison(log.env, log.layout, log.identity)
    log.env.kill()  # type: ignore[attr-defined]
    other = opened(machine, Rebooted(machine), "t")
    assert other.state.digest() == digest
    assert other.chain.begin.lsn > 0
    assert read(other) == values()


def test_a_cold_start_takes_a_checkpoint_for_a_witness(machine: MemoryMachine, log: Log) -> None:
    """What it names was durable; a log that does not reach so far has lost what it promised."""
    for name in log.env.list("/log/commit")[1:]:
        log.env.unlink(f"/log/commit/{name}")
    log.env.unlink("/log/durable")
    log.env.remove_tree("/log/data")
    log.env.kill()  # type: ignore[attr-defined]
    with pytest.raises(Corrupt, match="was durable, but the log can be read only up to"):
        opened(machine, Rebooted(machine))


def test_old_segments_are_not_needed(machine: MemoryMachine, log: Log) -> None:
    begin = file.read(log.env, log.identity, checkpoints(log)[0]).begin
    assert begin.segment > 1
    for number in range(1, begin.segment):
        log.env.unlink(f"/log/commit/{number:06d}")
    assert opened(machine).state.digest() == log.state.digest()


def test_the_past_is_told_from_the_files_where_the_state_forgot(
    machine: MemoryMachine, log: Log
) -> None:
    marks = [(log.state.lsn, log.state.hash)]
    for number in range(3):
        send(log, [b"%d" % number])
        marks.append((log.state.lsn, log.state.hash))
    assert Keeper(log).turn()
    other = opened(machine)
    assert [other.state.on_chain(*mark) for mark in marks] == [None, None, None, True]
    assert all(on_chain(other, *mark) for mark in marks)
    assert not any(on_chain(other, lsn, b"x" * 16) for lsn, _ in marks)
    for number in range(1, other.chain.segment):
        log.env.unlink(f"/log/commit/{number:06d}")
    assert not on_chain(other, *marks[0]), "nothing tells any more"


def test_a_handle_that_lives_for_weeks_forgets(machine: MemoryMachine, log: Log) -> None:
    limits = evolve(EAGER, past_bytes=20)
    other = Log.open(machine.process(), "/log", limits=limits)
    keeper = Keeper(log)
    for _ in range(3):
        for number in range(5):
            send(log, [b"%d" % number])
        keeper.turn()
        other.refresh()
        machine.advance(10_000)
        other.tick()
    assert other.state.past.base[0] > other.chain.begin.lsn
    assert len(other.state.past.hashes) < 8 * 14
    assert other.state.on_chain(other.state.lsn, other.state.hash)
    assert read(other)[-1] == b"4", "watched later: read from a checkpoint, not from the base"
