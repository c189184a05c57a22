"""Threads by number and by name."""

from __future__ import annotations

import threading

from streamz_core.env.processes.threads import get_ident, name_of


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
