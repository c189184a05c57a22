"""A sync that failed is told in two places, and to everybody."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from streamz_core.env.door import Killed
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import Poisoned
from streamz_core.log.chain import poison
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


def test_whoever_fails_to_sync_says_so_and_ends(machine: MemoryMachine, opened: Open) -> None:
    log = opened()
    file = log.env.create("/log/file")

    def datasync() -> None:
        raise OSError(errno.EIO, "broken")

    file.datasync = datasync  # type: ignore[method-assign]
    with pytest.raises(Killed):
        log.durability.syncing.sync(file)
    assert poison.is_poisoned(machine.process(), log.layout, log.identity)
