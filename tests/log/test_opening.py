"""Which directories are logs, and which log one gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import (
    Corrupt,
    ForeignLog,
    Misuse,
)
from streamz_core.log.log import Log
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
