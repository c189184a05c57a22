"""All three worlds keep the promises of the door."""

import subprocess
import sys

import pytest

from streamz_core.env.background import Threads
from streamz_core.env.memory import MemoryMachine
from streamz_core.env.real import RealEnv
from streamz_core.testing.simulator import Profile, Simulation
from tests.env.check_env import CHECKS

HOLDER = """
import sys
from streamz_core.env.real import RealEnv
lock = RealEnv().lock(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""

each_check = pytest.mark.parametrize(
    "check", [pytest.param(check, id=check.__name__.removeprefix("check_")) for check in CHECKS]
)


class RealMachine:
    def __init__(self):
        self.children = []

    def hold(self, path):
        child = subprocess.Popen(
            [sys.executable, "-c", HOLDER, path],
            env={"PYTHONPATH": ":".join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.children.append(child)
        assert child.stdout.readline() == b"held\n"
        return child.kill

    def close(self):
        for child in self.children:
            child.kill()
            child.communicate()


@each_check
def test_real(check, tmp_path):
    machine = RealMachine()
    try:
        check(RealEnv(), str(tmp_path), machine)
    finally:
        machine.close()


class MemoryOthers:
    def __init__(self, machine):
        self.machine = machine

    def hold(self, path):
        other = self.machine.process()
        assert other.lock(path, exclusive=True) is not None
        return other.kill


@each_check
def test_memory(check):
    machine = MemoryMachine()
    env = machine.process()
    env.make_dirs("/root")
    check(env, "/root", MemoryOthers(machine))


class SimulatedOthers:
    def __init__(self, simulation):
        self.simulation = simulation

    def hold(self, path):
        def main(env):
            assert env.lock(path, exclusive=True) is not None
            env.doorbell().wait(1e9)

        other = self.simulation.spawn("holder", main)
        return lambda: self.simulation.kill(other)


# What may happen to anybody, any time: none of it breaks a promise. (Lost rings do: they are lost.)
UNEASY = Profile(calls=0, pieces=1.0, disorder=1.0, sync_slow=0.5, clock=0.1)


@each_check
@pytest.mark.parametrize("profile", [Profile(), UNEASY], ids=["calm", "uneasy"])
def test_simulated(check, profile):
    simulation = Simulation(1, profile)
    simulation.observer().make_dirs("/root")
    main = simulation.spawn("main", lambda env: check(env, "/root", SimulatedOthers(simulation)))
    assert simulation.run_until(lambda: main.dead, 100_000)
    assert main.code == 0


def test_background_threads_whose_making_was_interrupted_go_without_a_word():
    threads = Threads.__new__(Threads)
    threads.__del__()  # raises nothing
    assert threads._threads == 0
