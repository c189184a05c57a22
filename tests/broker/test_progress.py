"""Who turns, and who stands still."""

from __future__ import annotations

import errno

import pytest

from streamz_core.broker.progress import PROGRESS_S, Progress
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.log.chain.layout import Layout

ME = b"12345678"
STALL_S = 10.0
TOLD_S = 13.0
"""Behind this time and what a thread beside it may not have told yet, a quarter of it."""


@pytest.fixture
def env() -> MemoryEnv:
    found = MemoryMachine().process()
    found.make_dirs(Layout("/log").members)
    return found


def progress(env: MemoryEnv) -> Progress:
    return Progress(env, Layout("/log"), STALL_S)


@pytest.fixture
def one(env: MemoryEnv) -> Progress:
    """A member that shows progress whenever it beats."""
    env.create(Layout("/log").member(ME)).close()
    found = progress(env)
    found.begin(ME)
    return found


def test_who_beats_is_not_stalled(env: MemoryEnv, one: Progress) -> None:
    other = progress(env)
    for second in range(100):
        one.beat(second)
        assert not other.stalled(ME, second)


def test_who_stands_still_is_stalled_after_a_while(env: MemoryEnv, one: Progress) -> None:
    other = progress(env)
    one.beat(0.0)
    found = [second for second in range(30) if other.stalled(ME, second)]
    assert found[0] == TOLD_S
    one.beat(30.0)
    assert not other.stalled(ME, 31.0)
    assert not other.stalled(ME, 31.0 + STALL_S)


def test_what_one_step_may_take_it_may_take_again_and_again(env: MemoryEnv, one: Progress) -> None:
    """Also where a beat in between is too soon after the last one to be told."""
    other, now_s = progress(env), 0.0
    for _ in range(20):
        for step_s in (PROGRESS_S * 0.9, STALL_S):
            one.beat(now_s)
            for part in range(100):
                assert not other.stalled(ME, now_s + step_s * part / 100)
            now_s += step_s


def test_who_gets_on_is_seen_though_it_does_not_beat(env: MemoryEnv) -> None:
    """From a thread beside it, which asks where it is."""
    env.create(Layout("/log").member(ME)).close()
    where = [0]
    one, other = Progress(env, Layout("/log"), STALL_S, lambda: where[0]), progress(env)
    one.begin(ME)
    one.beat(env.monotonic())
    for _ in range(40):
        env.advance(1000)
        where[0] += 1
        assert not other.stalled(ME, env.monotonic())
    found = []
    for _ in range(20):
        env.advance(1000)
        found.append(other.stalled(ME, env.monotonic()))
    assert (found[0], found[-1]) == (False, True), "it stands still now"


def test_nobody_looks_at_who_ended(env: MemoryEnv) -> None:
    env.create(Layout("/log").member(ME)).close()
    asked = []
    one = Progress(env, Layout("/log"), STALL_S, lambda: asked.append(1))
    one.begin(ME)
    one.begin(ME)
    env.advance(2500)
    assert asked == [1], "it was begun again: once"
    one.end()
    for _ in range(10):
        env.advance(2500)
    assert asked == [1]


def test_who_ended_does_not_beat_any_more(env: MemoryEnv, one: Progress) -> None:
    one.beat(0.0)
    one.end()
    one.end()
    other = progress(env)
    assert not other.stalled(ME, 0.0)
    one.beat(5.0)
    assert other.stalled(ME, TOLD_S)


def test_the_counter_is_not_written_more_often_than_needed(env: MemoryEnv, one: Progress) -> None:
    for hundredth in range(1000):
        one.beat(hundredth / 100)
    (count,) = env.read(Layout("/log").member(ME))[:1]
    assert count == 10 / PROGRESS_S


def test_who_never_showed_progress_is_not_judged(env: MemoryEnv) -> None:
    """It is about to begin, or its lock tells."""
    assert not progress(env).stalled(ME, 0.0)
    assert not progress(env).stalled(ME, 1000.0)


def test_who_is_forgotten_is_judged_anew(env: MemoryEnv, one: Progress) -> None:
    other = progress(env)
    one.beat(0.0)
    other.stalled(ME, 0.0)
    other.forget_all_but([ME])
    assert other.stalled(ME, TOLD_S)
    other.forget_all_but([])
    assert not other.stalled(ME, 2 * STALL_S)


def test_a_full_disk_is_no_reason_to_die(one: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot show progress for long will be taken for dead; that is for the others to say."""
    errors = iter([errno.ENOSPC, errno.EDQUOT, errno.EIO])

    def refuse(*_: object) -> None:
        raise OSError(next(errors), "refused")

    monkeypatch.setattr(one._counter, "pwrite", refuse)
    one.beat(0.0)
    one.beat(10.0)
    with pytest.raises(OSError, match="refused"):
        one.beat(20.0)
