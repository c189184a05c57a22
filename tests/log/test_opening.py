"""Which directories are logs, and which log one gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import (
    Corrupt,
    ForeignLog,
    Misuse,
)
from streamz_core.log.chain import identity
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.itself import SealRecord
from tests.fixtures import pinned

Open = Callable[..., Log]


def test_a_log_keeps_its_level(opened: Open) -> None:
    opened("process")
    with pytest.raises(Misuse, match="durability level 'process'; 'power' was asked for"):
        opened("power")


def test_a_directory_that_is_no_log_is_refused(machine: MemoryMachine, opened: Open) -> None:
    env = machine.process()
    env.make_dirs("/log")
    env.create("/log/LOG").append(b"something else entirely")
    with pytest.raises(ForeignLog, match="/log/LOG is not"):
        opened()
    with pytest.raises(ForeignLog, match="holds no log"):
        Log.open(env, "/other", create=False)


def test_a_damaged_identity_is_refused(machine: MemoryMachine, opened: Open) -> None:
    opened("process")
    data = machine.tree.get("/log/LOG").data
    data[30] ^= 1
    with pytest.raises(Corrupt, match="/log/LOG is damaged"):
        opened()


def test_segments_of_another_log_are_refused(machine: MemoryMachine) -> None:
    Log.open(machine.process(), "/one", level="process")
    Log.open(machine.process(), "/two", level="process")
    machine.tree.get("/one/commit/000001").data[:] = machine.tree.get("/two/commit/000001").data
    machine.process().remove_tree("/one/copies")
    with pytest.raises(Corrupt, match="another log's key"):
        Log.open(machine.process(), "/one")


def test_who_asks_for_no_level_takes_a_log_as_it_is(machine: MemoryMachine) -> None:
    assert Log.open(machine.process(), "/log", level="process").identity.level == "process"
    assert Log.open(machine.process(), "/log").identity.level == "process"
    assert Log.open(machine.process(), "/other").identity.level == "power"


def test_a_level_that_does_not_exist_makes_no_log(machine: MemoryMachine) -> None:
    env = machine.process()
    with pytest.raises(Misuse, match="durability level 'fast'; there are power and process"):
        Log.open(env, "/log", level="fast")
    assert not env.exists("/log")


def test_a_network_file_system_is_refused(machine: MemoryMachine) -> None:
    class Remote(MemoryEnv):
        def file_system(self, path: str) -> str:
            return "nfs4"

    with pytest.raises(Misuse, match="/log is on nfs4; the log needs a local file system"):
        Log.open(Remote(machine), "/log")


def test_segments_without_their_identity_are_not_begun_anew(
    machine: MemoryMachine, opened: Open
) -> None:
    opened("process").close()
    machine.tree.remove("/log/LOG")
    with pytest.raises(Corrupt, match="commit segments but no LOG file"):
        opened()


def test_a_log_of_format_1_is_refused_and_left_alone(machine: MemoryMachine) -> None:
    Log.open(machine.process(), "/log", level="process").close()
    machine.tree.get("/log/LOG").data[:] = pinned("chain/LOG-1")
    before = {path: bytes(content.data) for path, content in machine.tree.files()}
    with pytest.raises(ForeignLog, match=r"/log/LOG has format 1: release 0.1 wrote it"):
        Log.open(machine.process(), "/log")
    assert {path: bytes(content.data) for path, content in machine.tree.files()} == before


def of_format_2(machine: MemoryMachine) -> bytes:
    """A log that release 0.1's successor wrote: the bytes of its LOG file."""
    log = Log.open(machine.process(), "/log")
    older = evolve(log.identity, version=2).encode()
    log.close()
    machine.tree.get("/log/LOG").data[:] = older
    return older


def test_a_log_of_format_2_is_raised_by_whoever_has_it_alone(machine: MemoryMachine) -> None:
    of_format_2(machine)
    tiny = Limits(chain_segment_bytes=1)
    log = Log.open(machine.process(), "/log", limits=tiny)
    assert log.identity.version == identity.VERSION
    log.create_topic("a", 1, {})
    assert log.chain.segment == 2
    log.close()
    assert not machine.process().exists("/log/LOG.raised")


def test_beside_others_a_log_of_format_2_is_left_as_it_is(machine: MemoryMachine) -> None:
    """They may be of a release that does not know what is new."""
    older = of_format_2(machine)
    others = machine.process().lock("/log/LOG", exclusive=False)
    assert others is not None
    tiny = Limits(chain_segment_bytes=1)
    log = Log.open(machine.process(), "/log", limits=tiny)
    assert log.identity.version == 2
    log.create_topic("a", 1, {})
    assert log.chain.segment == 1
    with pytest.raises(Misuse, match=r"SEAL is of format 3.*has format 2: it is raised when"):
        log.append(lambda _: SealRecord(2))
    assert bytes(machine.tree.get("/log/LOG").data) == older
    log.close()
    others.release()
    assert Log.open(machine.process(), "/log").identity.version == identity.VERSION


class Fragile(MemoryEnv):
    """A process that is killed at a call."""

    left = 0

    def check(self) -> None:
        super().check()
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def killed(machine: MemoryMachine, steps: int) -> bool:
    """Whether who opened the log did not come to its end within so many calls."""
    env = Fragile(machine)
    env.left = steps
    try:
        Log.open(env, "/log").close()
    except KeyboardInterrupt:
        env.left = -1
        env.kill()
        return True
    return False


def test_who_goes_on_with_a_torn_log_file_may_be_killed_anywhere_too(
    machine: MemoryMachine,
) -> None:
    """What stands beside is all that tells which log it is: the second one may not begin with removing it."""
    older = of_format_2(machine)
    raised = evolve(identity.decode(older, ""), version=identity.VERSION).encode()
    for steps in range(1, 100):
        env = machine.process()
        machine.tree.get("/log/LOG").data[:] = raised[:20] + bytes(10) + older[30:]
        if not env.exists("/log/LOG.raised"):
            env.create("/log/LOG.raised").append(raised)
        if not killed(machine, steps):
            break
        again = Log.open(machine.process(), "/log")
        assert again.identity.encode() == raised
        again.close()
    else:
        pytest.fail("never came through")
    assert steps > 5


def test_raising_the_format_may_be_killed_anywhere(machine: MemoryMachine) -> None:
    older = of_format_2(machine)
    log_id = identity.decode(older, "").log_id
    for steps in range(1, 100):
        machine.tree.get("/log/LOG").data[:] = older
        if not killed(machine, steps):
            break
        file = machine.tree.get("/log/LOG").data
        if machine.process().exists("/log/LOG.raised"):
            raised = machine.tree.get("/log/LOG.raised").data
            if len(raised) == len(file):
                file[20:30] = bytes(10)  # torn by a power cut while it was written
        again = Log.open(machine.process(), "/log")
        assert again.identity.log_id == log_id
        again.close()
    else:
        pytest.fail("never came through")
    assert steps > 5
