"""The scheduler: the same seed plays the same run; time, signals, timers, children, errors."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from streamz_core.testing.simulator import Endless, Profile, Simulation, draw
from streamz_core.testing.simulator.profile import CHANCES, IN_PLAY, RATES

FOREVER = float("inf")

PLAY = """
from tests.testing.simulator.test_schedule import play
print([play(seed).digest() for seed in range(12)])
"""


def busy(env):
    """A bit of everything."""
    env.make_dirs("/d")
    env.sync_dir("/")
    bell = env.doorbell()
    name = f"/d/{env.random(2).hex()}"
    env.create(name).append(bell.address.encode())
    while True:
        for other in env.list("/d"):
            env.point("loop")
            if env.random(1) < b"\x40":
                env.ring(env.read(f"/d/{other}").decode())
        lock = env.lock("/d/lock", exclusive=True, wait_s=0.01)
        file = env.open(name, write=True)
        ticket = env.background(file.datasync)
        file.append(env.random(40) + str(env.now_ms()).encode())
        bell.wait(0.001)
        ticket.wait()
        if lock is not None:
            lock.release()


def play(seed):
    simulation = Simulation(seed)
    for number in range(simulation.profile.workers):
        errors = (OSError, UnicodeDecodeError)
        simulation.spawn(f"worker {number}", busy, respawn=True, expected=errors)
    simulation.run(600)
    simulation.calm()
    simulation.run(200)
    return simulation


def test_the_same_seed_plays_the_same_run():
    first = [play(seed).digest() for seed in range(12)]
    assert [play(seed).digest() for seed in range(12)] == first
    assert len(set(first)) == 12
    for hash_seed in ("1", "2"):
        environ = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command = [sys.executable, "-c", PLAY]
        told = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == str(first)


def test_a_history_changes_nothing():
    told = Simulation(3, history=True)
    quiet = Simulation(3)
    for simulation in (told, quiet):
        simulation.spawn("worker", busy, respawn=True, expected=(OSError, UnicodeDecodeError))
        simulation.run(200)
    assert told.digest() == quiet.digest()
    assert any("append /d/" in line for line in told.history)


def test_looking_changes_nothing():
    plain, looked_at = Simulation(3), Simulation(3)
    for simulation in (plain, looked_at):
        simulation.spawn("worker", busy, respawn=True, expected=(OSError, UnicodeDecodeError))
        for _ in range(50):
            simulation.run(4)
            if simulation is looked_at:
                env = simulation.observer()
                for name in env.list("/d"):
                    env.read(f"/d/{name}")
                    env.open(f"/d/{name}").pread(10, 0)
                env.random(8)
                env.monotonic()
    assert plain.digest() == looked_at.digest()


def test_an_observer_may_not_wait():
    simulation = Simulation(0, Profile())
    env = simulation.observer()
    assert not env.doorbell().wait(1.0)
    assert env.background(lambda: 5).wait() == 5
    env.make_dirs("/d")

    def hold(other):
        other.lock("/d/lock", exclusive=True)
        other.doorbell().wait(FOREVER)

    simulation.spawn("holder", hold)
    simulation.run(5)
    assert env.lock("/d/lock", exclusive=True, wait_s=1.0) is None
    with pytest.raises(RuntimeError, match="may not wait"):
        simulation.block(env.process, 1.0, None)


def test_every_fault_comes_up_and_each_can_be_left_out():
    profiles = [draw(seed) for seed in range(200)]
    for name in (*RATES, *CHANCES):
        often = 200 * IN_PLAY.get(name, 0.5)
        assert 0.5 * often < sum(getattr(profile, name) > 0 for profile in profiles) < 1.5 * often
        assert {getattr(profile.without(name), name) for profile in profiles} == {0.0}
    assert all(not getattr(profiles[0].calm(), name) for name in (*RATES, *CHANCES))
    assert profiles[0].calm().sector == profiles[0].sector
    assert "workers=" in str(profiles[0])


def test_a_run_without_end_is_ended_at_the_same_step():
    def spin(env):
        while True:
            env.pid()

    told = []
    for _ in range(2):
        simulation = Simulation(0, Profile(), steps_max=1000)
        simulation.spawn("worker", spin)
        with pytest.raises(
            Endless, match=r"seed 0: no end after 1\d\d\d steps, in turn \d+"
        ) as caught:
            simulation.run(1_000_000)
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_what_is_read_counts_by_the_page():
    simulation = Simulation(0, Profile())
    env = simulation.observer()
    env.make_dirs("/d")
    file = env.create("/d/large")
    file.append(bytes(4096 * 90))
    for read in (lambda: env.read("/d/large"), lambda: file.pread(4096 * 100, 0)):
        before = simulation.steps
        assert len(read()) == 4096 * 90
        assert simulation.steps - before == 91
    before = simulation.steps
    assert file.pread(2, 4096 * 90 - 1) == b"\0"
    assert simulation.steps - before == 1


def test_time_jumps_when_all_wait():
    simulation = Simulation(0, Profile())
    times = []

    def main(env):
        bell = env.doorbell()
        begin_s = env.monotonic()
        bell.wait(3600.0)
        times.append(env.monotonic() - begin_s)

    simulation.spawn("sleeper", main)
    simulation.run(10)
    assert times == [pytest.approx(3600.0, abs=0.01)]
    assert not simulation.step(), "nobody is left"


def test_a_ring_wakes_at_once_and_a_lost_one_does_not():
    for lost, expected_s in ((0.0, 0.0), (1.0, 1.0)):
        simulation = Simulation(0, Profile(ring_lost=lost))
        took = []

        def sleep(env, took=took):
            bell = env.doorbell()
            begin_s = env.monotonic()
            heard = bell.wait(1.0)
            took.append((env.monotonic() - begin_s, heard))

        def ring(env):
            while not env.ring("bell:0"):
                pass

        simulation.spawn("sleeper", sleep)
        simulation.spawn("ringer", ring)
        simulation.run(50)
        assert took == [(pytest.approx(expected_s, abs=0.01), not lost)]


def test_a_lock_is_waited_for_as_long_as_was_said():
    simulation = Simulation(0, Profile())
    simulation.observer().make_dirs("/d")
    told = []

    def hold(env):
        lock = env.lock("/d/lock", exclusive=True)
        env.doorbell().wait(1.0)
        lock.downgrade()
        env.doorbell().wait(1.0)
        lock.release()
        env.doorbell().wait(FOREVER)

    def ask(env, exclusive, wait_s):
        env.doorbell().wait(0.01)
        lock = env.lock("/d/lock", exclusive=exclusive, wait_s=wait_s)
        told.append((exclusive, wait_s, lock is not None, round(env.monotonic(), 1)))

    simulation.spawn("holder", hold)
    for exclusive, wait_s in ((True, 0.5), (False, 1.5), (True, 5.0)):
        simulation.spawn("asker", lambda env, e=exclusive, w=wait_s: ask(env, e, w))
    simulation.run(100)
    assert sorted(told) == [
        (False, 1.5, True, 1.0),
        (True, 0.5, False, 0.5),
        (True, 5.0, True, 2.0),
    ]


def test_a_stopped_process_does_nothing_until_it_goes_on():
    simulation = Simulation(0, Profile(calls=0))
    counted = []

    def count(env):
        while True:
            counted.append(env.monotonic())

    def wait(env):
        while True:
            env.doorbell().wait(0.001)

    counter = simulation.spawn("counter", count)
    simulation.spawn("other", wait)
    simulation.run(20)
    simulation.stop(counter, 5.0)
    stopped_s = simulation.now_s
    before = len(counted)
    simulation.run_until(lambda: len(counted) > before, 100_000, every=1)
    assert counted[before] >= stopped_s + 5.0
    simulation.stop(counter)
    before = len(counted)
    simulation.run(50)
    assert len(counted) == before
    simulation.resume(counter)
    simulation.run(50)
    assert len(counted) > before


def test_a_dead_process_is_started_again_and_one_that_is_done_is_not():
    simulation = Simulation(0, Profile())
    lives = []

    def main(env):
        lives.append((env.pid(), str(env.process)))
        if len(lives) < 3:
            raise OSError(errno.EIO, "so it goes")

    simulation.spawn("worker", main, respawn=True, expected=(OSError,))
    simulation.run(100)
    assert lives == [(1, "worker.1"), (2, "worker.2"), (3, "worker.3")]
    assert simulation.counts["OSError"] == 2


def test_an_unexpected_error_is_a_finding_and_names_the_seed():
    simulation = Simulation(77, Profile())

    def main(env):
        env.pid()
        raise KeyError("surprise")

    simulation.spawn("worker", main, expected=(OSError,))
    with pytest.raises(KeyError) as caught:
        simulation.run(10)
    assert "seed 77" in caught.value.__notes__[0]
    assert "worker.1" in caught.value.__notes__[0]


def test_a_power_cut_is_a_new_boot():
    simulation = Simulation(0, Profile())
    told = []

    def main(env):
        told.append((env.boot_id(), round(env.monotonic())))
        env.doorbell().wait(FOREVER)

    simulation.spawn("worker", main, respawn=True)
    simulation.run(10)
    simulation.now_s += 100
    simulation.power_cut()
    simulation.run(10)
    assert [boot for boot, _ in told] == ["boot-0", "boot-1"]
    assert told[1][1] <= 1
    assert simulation.counts == {"power cut": 1}


def test_the_wall_clock_jumps_and_the_other_does_not():
    simulation = Simulation(0, Profile(clock=0.5))
    walls, monotonic = [], []

    def main(env):
        while True:
            walls.append(env.now_ms())
            monotonic.append(env.monotonic())

    simulation.spawn("worker", main)
    simulation.run(100)
    assert walls != sorted(walls)
    assert monotonic == sorted(monotonic)


def test_children():
    told = []

    def program(argv, environ):
        def child(env):
            told.append((argv, env.environ()))
            env.doorbell().wait(1.0)
            env.exit(5)

        assert environ == {"A": "1"}
        return child

    simulation = Simulation(0, Profile(), programs=program)

    def parent(env):
        child = env.spawn(["child", "x"], {"A": "1"})
        told.append((child.poll(), child.wait(0.1), child.wait()))
        stopped = env.spawn(["child", "y"], {"A": "1"})
        stopped.signal(signal.SIGSTOP)
        told.append(stopped.wait(100.0))
        stopped.signal(signal.SIGCONT)
        told.append(stopped.wait())
        killed = env.spawn(["child", "z"], {"A": "1"})
        killed.signal(signal.SIGKILL)
        told.append(killed.poll())
        assert killed.pid > stopped.pid > env.pid()

    main = simulation.spawn("parent", parent)
    simulation.run(200)
    assert main.code == 0
    # The killed one may or may not have begun.
    wanted = [
        (["child", "x"], {"A": "1"}),
        (None, None, 5),
        None,
        (["child", "y"], {"A": "1"}),
        5,
        -9,
    ]
    assert told == wanted


def test_calm_ends_a_slow_sync():
    simulation = Simulation(2, Profile(sync_slow=1.0))
    simulation.observer().make_dirs("/d")
    worker = simulation.spawn("worker", lambda env: env.sync_dir("/d"))
    simulation.spawn("other", lambda env: [env.pid() for _ in range(1000)])
    simulation.run(20)
    assert not worker.dead
    simulation.calm()
    begin_s = simulation.now_s
    assert simulation.run_until(lambda: worker.dead, 100, every=1)
    assert simulation.now_s - begin_s < 0.01


def test_calm_ends_every_fault():
    simulation = Simulation(
        1, Profile(**{name: seldom_often[1] for name, seldom_often in RATES.items()})
    )
    simulation.spawn("worker", busy, respawn=True, expected=(OSError, UnicodeDecodeError))
    simulation.run(300)
    simulation.calm()
    events = ("killed", "stopped", "power cut", "disk full", "sync failed", "append in pieces")
    before = [simulation.counts.get(name) for name in events]
    simulation.run(300)
    assert [simulation.counts.get(name) for name in events] == before
    assert simulation.disk.room() > 1 << 30
    assert all(process.stopped_s == 0.0 for process in simulation.processes)
