"""The janitor: a process beside the workers that looks after a broker. None for a day does no harm, nor two."""

from __future__ import annotations

from collections.abc import Callable

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env

TURN_S = 1.0  # between two turns in which there is nothing to do


def tend(env: Env, backend: Backend, stop: Callable[[], bool]) -> None:
    """Give the broker its turns until `stop()` is true. What a turn raises ends it: another process may go on."""
    next_s = env.monotonic()
    while not stop():
        if env.monotonic() >= next_s and not backend.tend():
            next_s = env.monotonic() + TURN_S
        backend.upkeep()
        if env.monotonic() < next_s:
            backend.refresh()
            backend.wait(next_s - env.monotonic())
