"""How often Python looks for cycles while records run through a process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

CONTAINERS = 2_000
WHOLE = 50
"""A worker holds rows by the ten thousand, and looks through them for cycles that are not there: so all of
them are looked through once in a million new containers, and not in 70,000, which took a sixth of a job; and the young
ones while they are in the processor's cache still (decision note 0025)."""


@contextmanager
def rarely() -> Iterator[None]:
    """Look at the young once in CONTAINERS new containers, and at all once in 10 * WHOLE times as many. A collector that is
    off, or looks more rarely, stays so; whoever sets it meanwhile keeps what he set."""
    young, middle, whole = before = gc.get_threshold()
    ours = (max(young, CONTAINERS), middle, max(whole, WHOLE)) if young else before
    gc.set_threshold(*ours)
    try:
        yield
    finally:
        if gc.get_threshold() == ours:
            gc.set_threshold(*before)
