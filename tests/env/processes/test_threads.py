"""Threads by number and by name."""

from __future__ import annotations

import threading

import pytest

from streamz_core.env.processes.threads import get_ident, name_of, start


def test_a_thread_has_a_number_and_a_name() -> None:
    seen: list[tuple[int, str]] = []

    def look() -> None:
        seen.append((get_ident(), name_of(get_ident())))

    thread = threading.Thread(target=look, name="beside")
    thread.start()
    thread.join()
    (number, name), me = seen[0], get_ident()
    assert name == "beside"
    assert number != me == threading.main_thread().ident
    assert name_of(me) == "MainThread"


def test_a_thread_that_is_over_is_told_by_its_number() -> None:
    assert name_of(-1) == "-1"


def test_a_thread_is_started_by_its_name_and_keeps_no_process_alive() -> None:
    seen: list[tuple[str, bool, int]] = []
    done = threading.Event()

    def look(number: int) -> None:
        thread = threading.current_thread()
        seen.append((thread.name, thread.daemon, number))
        done.set()

    start(look, "beside", 7)
    assert done.wait(10)
    assert seen == [("beside", True, 7)]


def test_an_interrupt_while_it_starts_is_one_though_python_loses_its_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_: threading.Thread) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("release unlocked lock")

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(print, "beside")


def test_a_thread_that_cannot_be_started_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="can't start"):
        start(print, "beside")
