"""A commit log of many files: who begins the next one, and what a process that was killed leaves to others."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import Corrupt, StorageFull
from streamz_core.log.chain import frame
from streamz_core.log.chain.layout import encode_seal, segments
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.topics import TopicRecord
from tests.log.chain.test_durability import Watching

TINY = Limits(chain_segment_bytes=1)  # every record has a segment of its own
SECOND = "/log/commit/000002"


def tiny(machine: MemoryMachine, level: str | None = None, env: MemoryEnv | None = None) -> Log:
    return Log.open(env or machine.process(), "/log", level=level, limits=TINY)


def seal(log: Log) -> bytes:
    """The SEAL that would stand next."""
    at = frame.place(log.chain.segment, log.chain.end)
    following = log.chain.segment + 1
    return encode_seal(log.identity.mac, at, log.state.lsn + 1, log.state.hash, following)[0]


@pytest.mark.parametrize("level", ["power", "process"])
def test_a_large_segment_is_sealed_and_another_begun(machine: MemoryMachine, level: str) -> None:
    log = tiny(machine, level)
    for name in "abc":
        log.create_topic(name, 1, {})
    assert segments(log.env, log.layout) == [1, 2, 3, 4]
    other = Log.open(machine.process(), "/log")
    assert sorted(other.state.names) == ["a", "b", "c"]
    assert other.state.digest() == log.state.digest()
    assert other.state.lsn == 6, "three topics, and a SEAL before each of them"
    other.create_topic("d", 1, {})
    assert log.refresh()
    assert "d" in log.state.names


def test_the_old_segment_is_on_the_disk_before_the_new_one_is_there(machine: MemoryMachine) -> None:
    env = Watching(machine)
    log = tiny(machine, "process", env)
    env.synced.clear()
    env.meanwhile = lambda: None if env.exists(SECOND) else env.synced.append("before")
    log.create_topic("a", 1, {})
    assert env.synced[:2] == ["commit/000001", "before"]
    assert env.synced[2].startswith("commit/000002.")
    assert log.durability.durable[0] == 1


def test_a_seal_without_a_next_segment_stops_nobody(machine: MemoryMachine) -> None:
    """Whoever appended it was killed, or stands still."""
    log = Log.open(machine.process(), "/log")
    machine.tree.get("/log/commit/000001").data.extend(seal(log))
    log.refresh()
    assert log.chain.sealed
    other = Log.open(machine.process(), "/log")
    assert other.chain.sealed
    other.create_topic("a", 1, {})
    assert not other.chain.sealed
    log.create_topic("b", 1, {})
    assert sorted(log.state.names) == ["a", "b"]


def test_what_is_appended_behind_a_seal_is_off_the_chain(machine: MemoryMachine) -> None:
    """By somebody who had read up to the SEAL when he was stopped, and by one who had not."""
    log = tiny(machine)
    file = machine.tree.get("/log/commit/000001").data
    state = log.state
    late = TopicRecord(1, "late", 1, {})

    def zombie(lsn: int, prev: bytes, at: int) -> bytes:
        where, none = frame.place(1, at), (0, frame.ZERO)
        return frame.encode(log.identity.mac, where, lsn, 2, prev, late.pack(), b"", none)[0]

    begin = len(file)
    sealed = seal(log)
    file += sealed
    log.refresh()
    behind = zombie(state.lsn + 1, state.hash, len(file))
    file += behind
    file += zombie(1, frame.ZERO, begin)
    for one in (log, Log.open(machine.process(), "/log")):
        one.refresh()
        assert "late" not in one.state.names
    log.create_topic("a", 1, {})
    other = Log.open(machine.process(), "/log")
    assert sorted(other.state.names) == ["a"]


def test_a_seal_that_cannot_be_read_is_told_from_the_next_segment(machine: MemoryMachine) -> None:
    log = tiny(machine)
    reader = Log.open(machine.process(), "/log", limits=TINY)
    log.create_topic("a", 1, {})
    file = machine.tree.get("/log/commit/000001").data
    file[-1] ^= 1
    reader.refresh()
    assert reader.state.digest() == log.state.digest()
    reader.create_topic("b", 1, {})
    again = Log.open(machine.process(), "/log")
    assert again.state.digest() == reader.state.digest()
    del file[-1:]
    assert Log.open(machine.process(), "/log").state.digest() == again.state.digest()


def test_another_record_that_cannot_be_read_is_damage(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log")
    log.create_topic("a", 1, {})
    log.close()
    log = tiny(machine)
    log.create_topic("b", 1, {})
    log.close()
    machine.tree.get("/log/commit/000001").data[150] ^= 1
    machine.process().remove_tree("/log/copies")
    with pytest.raises(Corrupt, match="cannot be read"):
        Log.open(machine.process(), "/log")


def test_a_roller_may_be_killed_anywhere(machine: MemoryMachine) -> None:
    """And leaves nothing that stops others, nor files without a use."""
    first = Log.open(machine.process(), "/log")

    class Fragile(MemoryEnv):
        left = 0

        def check(self) -> None:
            super().check()
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt

    names: set[str] = set()
    for steps in range(1, 200):
        env = Fragile(machine)
        log = tiny(machine, env=env)
        env.left = steps
        try:
            log.create_topic(f"t{steps}", 1, {})
        except KeyboardInterrupt:
            env.left = -1
            env.kill()
            tiny(machine).create_topic(f"o{steps}", 1, {})
            names.add(f"o{steps}")
            continue
        break
    else:
        pytest.fail("never came through")
    assert steps > 10
    first.refresh()
    assert names <= set(first.state.names)
    found = machine.process().list("/log/commit")
    assert all(name.isdigit() for name in found), found


def test_a_disk_that_is_full_can_be_gone_on_with(machine: MemoryMachine) -> None:
    env = machine.process()
    log = tiny(machine, env=env)
    create = env.create

    def full(path: str):
        if "/commit/" in path:
            raise OSError(28, "no space left on device", path)
        return create(path)

    env.create = full  # type: ignore[method-assign]
    with pytest.raises(StorageFull, match="no space"):
        log.create_topic("a", 1, {})
    env.create = create  # type: ignore[method-assign]
    log.create_topic("a", 1, {})
    assert "a" in log.state.names
