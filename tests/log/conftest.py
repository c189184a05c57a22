"""Logs in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.broker.transaction import Transaction
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


def transaction_on(log: Log, group: str = "") -> Transaction:
    """A commit built by hand."""
    return Transaction(EmbeddedBackend(log.env, log), group)


def send(log: Log, values: list[bytes], partition: int = 0) -> int:
    """Commit records without keys to topic t; the number of the commit."""
    transaction = transaction_on(log)
    stamps = list(range(len(values)))
    transaction.send("t", partition, [None] * len(values), values, stamps)
    return transaction.commit().mark.number


def read(log: Log, offset: int = 0, partition: int = 0) -> list[bytes | None]:
    """The values of topic t from an offset on."""
    log.watch(["t"])
    log.refresh()
    topic = log.topic("t")
    found = log.fetch(topic.id, partition, offset, bytes_max=1 << 30)
    return [value for batch in found for value in batch.values]
