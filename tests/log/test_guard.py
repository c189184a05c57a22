"""A handle that was closed or interrupted is of no use any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import (
    Misuse,
    NotReady,
)
from streamz_core.log.log import Log
from tests.log.conftest import read, send
from tests.log.test_appending import Stumbling

Open = Callable[..., Log]


def test_a_commit_that_was_interrupted_ends_the_handle(
    machine: MemoryMachine, opened: Open
) -> None:
    env = Stumbling(machine, "append", KeyboardInterrupt())
    log = opened("process", env=env)
    log.create_topic("t", 1, {})
    with pytest.raises(KeyboardInterrupt):
        send(log, [b"lost" * 3000])
    with pytest.raises(NotReady, match="interrupted"):
        send(log, [b"more" * 3000])
    assert read(opened()) == []


def test_a_log_may_be_closed_twice_and_is_of_no_use_then(opened: Open) -> None:
    log = opened()
    log.create_topic("t", 1, {})
    log.close()
    log.close()
    with pytest.raises(Misuse, match="closed here; open it again"):
        log.refresh()
    with pytest.raises(Misuse, match="closed here"):
        send(log, [b"v"])
