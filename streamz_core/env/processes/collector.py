"""How often Python looks for cycles while records run through a process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

CONTAINERS = 10_000
"""A worker holds rows by the ten thousand, and looks through them for cycles that are not there: at the
700 new containers that Python waits for by itself, this took a sixth of a job (decision note 0025)."""


@contextmanager
def rarely() -> Iterator[None]:
    """Look once in CONTAINERS new containers. A collector that is off, or looks more rarely, stays so;
    whoever sets it meanwhile keeps what he set."""
    before = gc.get_threshold()
    ours = (max(before[0], CONTAINERS) if before[0] else 0, *before[1:])
    gc.set_threshold(*ours)
    try:
        yield
    finally:
        if gc.get_threshold() == ours:
            gc.set_threshold(*before)
