"""When checkpoints are written, and which are kept."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import Misuse, Poisoned
from streamz_core.log.chain import poison
from streamz_core.log.checkpoints import finding
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log

EAGER = Limits(checkpoint_bytes=0, chain_segment_bytes=2000)


def opened(machine: MemoryMachine, level: str = "power", env: MemoryEnv | None = None) -> Log:
    return Log.open(env or machine.process(), "/log", everything=True, level=level, limits=EAGER)


def test_only_who_watches_everything_may_write_one(machine: MemoryMachine) -> None:
    with pytest.raises(Misuse, match="opened with everything=True"):
        Keeper(Log.open(machine.process(), "/log", watch=["t"]))


def test_one_is_written_when_the_log_grew_or_time_passed(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log", everything=True)
    keeper = Keeper(log)
    machine.advance(100_000)
    assert keeper.turn() is None, "nothing happened yet"
    log.create_topic("a", 1, {})
    assert keeper.turn() == "/log/ckpt/00000000000000000001"
    log.create_topic("b", 1, {})
    assert keeper.turn() is None, "too little, and too soon"
    machine.advance(60_000)
    assert keeper.turn() == "/log/ckpt/00000000000000000002"
    assert keeper.turn() is None
    eager = Keeper(opened(machine))
    eager._log.create_topic("c", 1, {})
    assert eager.turn() is not None


def test_it_waits_until_its_record_is_durable(machine: MemoryMachine) -> None:
    log = opened(machine, "process")
    keeper = Keeper(log)
    log.create_topic("a", 1, {})
    assert keeper.turn() is None
    log.create_topic("b", 1, {})
    assert keeper.turn() is None, "what it packed was before that"
    log.durability.secure()
    assert keeper.turn() == "/log/ckpt/00000000000000000001"


def test_the_two_newest_are_kept(machine: MemoryMachine) -> None:
    log = opened(machine)
    keeper = Keeper(log)
    env = log.env
    env.make_dirs("/log/ckpt")
    for name in ("00000000000000000001.abcd", "00000000000000000000", "99999999999999999999"):
        env.create(f"/log/ckpt/{name}").append(b"whatever")
    for name in "abc":
        log.create_topic(name, 1, {})
        assert keeper.turn()
    kept = finding.numbers(env, log.layout)
    assert kept == [99999999999999999999, 3, 2], "nobody knows what the first one is"
    assert env.list("/log/ckpt") == [f"{one:020d}" for one in sorted(kept)]


def test_after_a_failed_sync_none_is_written(machine: MemoryMachine) -> None:
    log = opened(machine)
    keeper = Keeper(log)
    log.create_topic("a", 1, {})
    poison.poison(log.env, log.layout, log.identity)
    with pytest.raises(Poisoned):
        keeper.turn()
    assert finding.numbers(log.env, log.layout) == []


def test_writing_may_be_killed_anywhere(machine: MemoryMachine) -> None:
    class Fragile(MemoryEnv):
        left = 0

        def check(self) -> None:
            super().check()
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt

    for steps in range(1, 300):
        env = Fragile(machine)
        log = opened(machine, env=env)
        keeper = Keeper(log)
        log.create_topic(f"t{steps}", 1, {})
        digest = log.state.digest()
        env.left = steps
        try:
            keeper.turn()
        except KeyboardInterrupt:
            env.left = -1
            env.kill()
            assert opened(machine).state.digest() == digest
            continue
        break
    else:
        pytest.fail("never came through")
    assert steps > 10
    assert len(finding.numbers(log.env, log.layout)) <= 3, (
        "the two newest, and one of an older segment"
    )
