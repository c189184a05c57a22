"""Schedules one after the other, until a budget is spent."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

World = Any
"""A schedule with its `seed`, and `sim`, the simulation that counts what happens in it."""


def campaign(
    make: Callable[..., World],
    finding: Callable[[World], Exception | None],
    report: Callable[[World, Exception], None],
    first: int,
    budget_s: float,
) -> int:
    """Play those from the seed `first` on, at least one, whose history is kept if it is the only one; print what happened,
    and how many passed. 1 if one failed, which `report` was told.
    """
    until_s = time.monotonic() + budget_s
    passed = failed = 0
    counts: Counter[str] = Counter()
    while True:
        world = make(first + passed + failed, history=budget_s == 0)
        error = finding(world)
        counts.update(world.sim.counts)
        if error is None:
            passed += 1
        else:
            failed += 1
            report(world, error)
        if time.monotonic() >= until_s:
            break
    print(", ".join(f"{counts[name]} {name}" for name in sorted(counts)))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
