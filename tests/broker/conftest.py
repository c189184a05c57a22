"""A broker on a machine in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine

HOME = "/home"


@pytest.fixture
def machine() -> MemoryMachine:
    return MemoryMachine()


@pytest.fixture
def another(machine: MemoryMachine) -> Callable[[], Broker]:
    """What opens the same broker in another process."""
    return lambda: Broker(machine.process(), HOME, Config(durability="process"))


@pytest.fixture
def broker(another: Callable[[], Broker]) -> Broker:
    return another()
