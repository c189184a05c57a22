"""The lease of a supervisor, and the leash of its workers."""

import shutil

import pytest

from streamz_core.cli.running import lease as leases
from streamz_core.cli.running.lease import Lease, Leash
from streamz_core.env.real import RealEnv


class Clock(RealEnv):
    """A machine whose clock the test turns."""

    now_s = 100.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def env():
    return Clock()


@pytest.fixture
def lease(env, tmp_path):
    return Lease(env, str(tmp_path))


def test_while_it_is_held_the_worker_goes_on(env, lease):
    leash = Leash(env, lease.path)
    for _ in range(3):
        env.now_s += leases.LOOK_S
        assert not leash.over()
    lease.end()


def test_when_it_was_given_back_the_worker_ends_and_nothing_is_left(env, lease, tmp_path):
    leash = Leash(env, lease.path)
    lease.end()
    env.now_s += leases.LOOK_S
    assert leash.over()
    assert list((tmp_path / "run").iterdir()) == []


def test_when_its_holder_died_the_worker_ends(env, lease):
    """The file is there still, and its lock is free."""
    leash = Leash(env, lease.path)
    lease._lock.release()
    env.now_s += leases.LOOK_S
    assert leash.over()
    assert leash.over(), "and stays so"


def test_it_is_looked_at_once_a_second(env, lease):
    leash = Leash(env, lease.path)
    lease.end()
    assert not leash.over()
    env.now_s += leases.LOOK_S
    assert leash.over()


def test_each_supervisor_has_one_of_its_own(env, lease, tmp_path):
    other = Lease(env, str(tmp_path))
    assert other.path != lease.path
    other.end()
    lease.end()


def test_it_ends_though_its_home_is_gone(env, lease, tmp_path):
    shutil.rmtree(tmp_path / "run")
    lease.end()
    assert Leash(env, lease.path)._free()
