"""Logs in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.log.log import Log

Open = Callable[..., Log]


@pytest.fixture
def machine() -> MemoryMachine:
    """One machine in memory."""
    return MemoryMachine()


@pytest.fixture
def opened(machine: MemoryMachine) -> Open:
    """A new process's handle on the log of the machine."""

    def open_log(level: str | None = None, *, env: MemoryEnv | None = None) -> Log:
        return Log.open(env or machine.process(), "/log", level=level)

    return open_log
