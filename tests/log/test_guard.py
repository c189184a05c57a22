"""A handle that was closed or interrupted is of no use any more."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import (
    Misuse,
    NotReady,
)
from streamz_core.log.log import Log
from streamz_core.log.removing import damaged, lose, reset
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


def test_a_second_thread_is_refused_and_the_first_goes_on(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    log.watch(["t"])
    calls: list[Callable[[], object]] = [
        log.refresh,
        log.tick,
        log.close,
        log.leave,
        lambda: log.append(lambda _: None),
        lambda: log.commit([], []),
        lambda: log.fetch(1, 0, 0),
        lambda: log.readable_end(1, 0, 9),
        lambda: damaged(log, 1, 0, 0),
        lambda: log.wait(0.0),
        lambda: log.watch(["u"]),
        lambda: log.join([], "g", {}),
        lambda: log.create_topic("u", 1, {}),
        lambda: log.register({b"aaaa": b"one"}, [(1, "key", b"aaaa")]),
        lambda: lose(log, 1, 0, 0, 1, "skip"),
        lambda: reset(log, "g", {}, asker="me"),
        lambda: log.acknowledge(1),
    ]
    told: list[str] = []

    def use() -> None:
        for call in calls:
            try:
                call()
            except Misuse as error:
                told.append(str(error))

    second = threading.Thread(target=use, name="second")
    second.start()
    second.join()
    assert len(told) == len(calls)
    assert set(told) == {
        (
            "the log /log was opened here by thread MainThread, and thread second uses it: a producer may be "
            "shared by threads, a handle on a log may not; let each thread open its own"
        )
    }
    send(log, [b"v"])
    assert read(log) == [b"v"]


def test_a_closed_handle_reads_nothing(opened: Open) -> None:
    log = opened()
    log.create_topic("t", 1, {})
    log.watch(["t"])
    log.close()
    for call in (
        lambda: log.fetch(1, 0, 0),
        lambda: log.join([], "g", {}),
    ):
        with pytest.raises(Misuse, match="closed here"):
            call()
