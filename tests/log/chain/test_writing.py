"""Appending frames, and which of them are copied when."""

from __future__ import annotations

import errno

from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.errors import StorageFull
from streamz_core.log.chain import frame
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.writing import CROWDED, TORN_MAX, Writing
from streamz_core.log.limits import Limits

LAYOUT = Layout("/log")


def framed(segment: int, payload: bytes) -> bytes:
    at = frame.place(segment, 7)
    keyed = frame.mac(b"k" * 32)
    return frame.encode(keyed, at, 1, 4, frame.ZERO, b"", payload, (0, frame.ZERO))[0]


def test_copies_lie_beside_the_segment_of_each(machine: MemoryMachine) -> None:
    env = machine.process()
    writing = Writing(env, LAYOUT, Limits())
    frames = [framed(1, b"a"), framed(1, b"b"), framed(2, b"c")]
    for raw in frames:
        writing.keep(raw, 1)
    writing.copy()
    assert env.read("/log/copies/000001") == frames[0] + frames[1]
    assert env.read("/log/copies/000002") == frames[2]
    writing.keep(frames[0], 1)
    writing.copy()
    writing.copy()
    assert env.read("/log/copies/000001") == frames[0] + frames[1] + frames[0]


def test_much_payload_is_not_copied(machine: MemoryMachine) -> None:
    env = machine.process()
    writing = Writing(env, LAYOUT, Limits())
    raw = framed(1, b"x" * 2000)
    writing.keep(raw, 2000)
    writing.copy()
    assert env.read("/log/copies/000001") == raw[:-2000]


def test_what_is_not_copied_now_is_not_copied(machine: MemoryMachine) -> None:
    """It would lie there for as long as the disk is full."""

    class Full(MemoryEnv):
        full = True

        def create(self, path: str) -> MemoryFile:
            if self.full:
                raise OSError(errno.ENOSPC, "no space left", path)
            return super().create(path)

    env = Full(machine)
    writing = Writing(env, LAYOUT, Limits())
    writing.keep(framed(1, b"a"), 1)
    writing.copy()
    env.full = False
    writing.keep(framed(1, b"b"), 1)
    writing.copy()
    assert env.read("/log/copies/000001") == framed(1, b"b")


def test_a_disk_that_takes_only_beginnings_is_full(machine: MemoryMachine) -> None:
    class Short(MemoryEnv):
        def create(self, path: str) -> MemoryFile:
            file = super().create(path)
            whole = file.append
            file.append = lambda data: whole(data[:7])  # type: ignore[method-assign]
            return file

    env = Short(machine)
    env.make_dirs("/log")
    file, writing = env.create("/log/one"), Writing(env, LAYOUT, Limits())
    told = [writing.write(file, b"x" * 20) for _ in range(TORN_MAX)]
    assert told[:-1] == [None] * (TORN_MAX - 1)
    assert isinstance(told[-1], StorageFull)


def test_a_writer_alone_takes_no_turn(machine: MemoryMachine) -> None:
    env = machine.process()
    env.make_dirs("/log")
    writing = Writing(env, LAYOUT, Limits())
    assert writing.turn() is None
    assert not env.exists(LAYOUT.append_lock)


def test_who_lost_a_race_appends_in_turn_for_a_while(machine: MemoryMachine) -> None:
    env, other = machine.process(), machine.process()
    env.make_dirs("/log")
    writing = Writing(env, LAYOUT, Limits())
    held = writing.lost(None)
    assert held is not None
    assert writing.lost(held) is held
    held.release()
    for _ in range(CROWDED):
        machine.advance(1)
        turn = writing.turn()
        assert turn is not None
        assert other.lock(LAYOUT.append_lock, exclusive=True) is None
        turn.release()
    assert writing.turn() is None


def test_a_holder_that_stands_still_is_not_waited_for(machine: MemoryMachine) -> None:
    env, stopped = machine.process(), machine.process()
    env.make_dirs("/log")
    kept = stopped.lock(LAYOUT.append_lock, exclusive=True)
    writing = Writing(env, LAYOUT, Limits(lock_wait_s=0.01))
    assert writing.lost(None) is None
    machine.advance(1)
    assert writing.turn() is None
    assert kept is not None


def test_who_appends_without_a_pause_takes_no_turn(machine: MemoryMachine) -> None:
    """All that is saved is work that another core does; standing in line, nobody does any."""
    env = machine.process()
    env.make_dirs("/log")
    writing = Writing(env, LAYOUT, Limits())
    held = writing.lost(None)
    assert held is not None
    held.release()
    machine.advance(1)
    first = writing.turn()
    assert first is not None
    first.release()
    assert writing.turn() is None
