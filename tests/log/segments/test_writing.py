"""Who may still name a file."""

from __future__ import annotations

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.chain.layout import Layout
from streamz_core.log.segments.writing import all_dead, hold, writes

LAYOUT = Layout("/log")


def test_who_holds_the_lock_or_has_none_may_live() -> None:
    machine = MemoryMachine()
    env, other = machine.process(), machine.process()
    env.make_dirs(LAYOUT.data_of(b"w" * 8))
    path = LAYOUT.writer_lock(b"w" * 8)
    assert writes(env, path)
    lock = hold(other, path)
    assert lock is not None
    assert writes(env, path)
    lock.release()
    assert not writes(env, path)
    assert not writes(env, path), "asking takes nothing away"


def test_alone_all_others_are_dead() -> None:
    env = MemoryMachine().process()
    for name in (b"a" * 8, b"b" * 8):
        env.make_dirs(LAYOUT.data_of(name))
    env.create(LAYOUT.writer_lock(b"a" * 8)).close()
    assert writes(env, LAYOUT.writer_lock(b"a" * 8)), "an empty one tells nothing"
    all_dead(env, LAYOUT)
    assert [writes(env, LAYOUT.writer_lock(name)) for name in (b"a" * 8, b"b" * 8)] == [False] * 2
