"""A sync that failed is told in two places, and to everybody."""

from __future__ import annotations

import errno
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from streamz_core.env.door import Killed
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.env.real import RealEnv
from streamz_core.errors import Corrupt, Poisoned
from streamz_core.log.chain import poison
from streamz_core.log.chain.background import BackgroundSync
from streamz_core.log.log import Log

Open = Callable[..., Log]


@pytest.mark.parametrize("place", [0, 1])
def test_one_of_the_two_places_is_enough(machine: MemoryMachine, opened: Open, place: int) -> None:
    log = opened()
    log.env.make_dirs("/dev/shm")
    refused = poison.poison_paths(log.layout, log.identity)[place]

    class Failing(MemoryEnv):
        def create(self, path: str):  # type: ignore[no-untyped-def]
            if path == refused:
                raise OSError(errno.EIO, "broken")
            return super().create(path)

    poison.poison(Failing(machine), log.layout, log.identity)
    assert not machine.process().exists(refused)
    assert poison.is_poisoned(machine.process(), log.layout, log.identity)
    with pytest.raises(Poisoned, match="a sync of the log /log failed: stop every process"):
        log.durability.syncing.check()


def test_whoever_fails_to_sync_says_so_and_ends(
    machine: MemoryMachine, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    log = opened()
    file = log.env.create("/log/file")

    def datasync() -> None:
        raise OSError(errno.EIO, "broken")

    file.datasync = datasync  # type: ignore[method-assign]
    with pytest.raises(Killed):
        log.durability.syncing.sync(file)
    assert poison.is_poisoned(machine.process(), log.layout, log.identity)
    assert "a sync of the log /log failed ([Errno 5] broken): this process ends" in caplog.text


class BadFolder(MemoryEnv):
    """Names cannot be synced: `number` says why."""

    number = errno.EIO

    def sync_dir(self, path: str) -> None:
        raise OSError(self.number, "broken", path)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_names_that_could_not_be_synced_end_the_process(
    machine: MemoryMachine, opened: Open, number: int
) -> None:
    log = opened()
    env = BadFolder(machine)
    env.number = number
    with pytest.raises(Killed):
        poison.Syncing(env, log.layout, log.identity).settle(1)
    assert poison.is_poisoned(machine.process(), log.layout, log.identity)


@pytest.mark.parametrize("number", sorted(poison.NOT_OPENED))
def test_a_folder_that_could_not_be_opened_is_no_failed_sync(
    machine: MemoryMachine, opened: Open, number: int
) -> None:
    log = opened()
    env = BadFolder(machine)
    env.number = number
    syncing = poison.Syncing(env, log.layout, log.identity)
    with pytest.raises(OSError, match="broken"):
        syncing.settle(1)
    assert not poison.is_poisoned(machine.process(), log.layout, log.identity)
    background = BackgroundSync(env, syncing)
    background.start([], (7, b"h" * 16), 1)
    assert background.finish() is None


def test_a_log_that_was_removed_is_told(tmp_path: Path) -> None:
    log = Log.open(RealEnv(), str(tmp_path / "log"))
    log.durability.syncing.check()
    shutil.rmtree(tmp_path / "log")
    syncing = log.durability.syncing
    for use in (syncing.check, syncing.lock, lambda: syncing.sync_paths([log.layout.segment(1)])):
        with pytest.raises(Corrupt, match="log is gone: somebody removed or renamed it"):
            use()
    assert not poison.is_poisoned(log.env, log.layout, log.identity)


def test_it_is_told_where_no_file_can_be_opened(tmp_path: Path) -> None:
    """A process that has no descriptor left learns of a failed sync just as others do."""
    root = str(tmp_path / "log")
    log = Log.open(RealEnv(), root, level="process")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        with pytest.raises(OSError, match="Too many open files"):
            log.env.create(f"{root}/any")
        poison.poison(log.env, log.layout, log.identity)
        poison.poison(log.env, log.layout, log.identity)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert log.env.exists(log.layout.poison)
    log.guard.broken = "a failed sync"
    log.close()
    again = Log.open(RealEnv(), root)
    assert not poison.is_poisoned(again.env, again.layout, again.identity)
    assert again.chain.segment == 2
    again.close()
