"""All promises, and `check_broker`, which tries them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from streamz_core.testing.promises import (
    administering,
    grouping,
    reading,
    sharing,
    transactions,
    writing,
)
from streamz_core.testing.promises.promise import Promise
from streamz_core.testing.promises.stage import Make

ROOMS = (writing, reading, grouping, sharing, transactions, administering)
PROMISES: Mapping[str, Promise] = {one.name: one for room in ROOMS for one in room.PROMISES}
"""Every promise of topics, by its name."""


def check_broker(make: Make) -> list[str]:
    """Try every promise that this kind of broker can keep, each with topics of its own; the names of those that were.

    `make` gives another process's Clients on one and the same broker: `lambda: LocalClients("/srv/shop")`. What was not kept
    is raised together, as an ExceptionGroup, each error with its promise as a note. One alone: `PROMISES[name](make)`.
    """
    with closing(make()) as asked:
        wanted = [one for one in PROMISES.values() if one.kept_by(asked.side)]
    broken: list[Exception] = []
    for promise in wanted:
        try:
            promise(make)
        except Exception as error:  # noqa: BLE001 - told at the end, with the others
            broken.append(error)
    if broken:
        raise ExceptionGroup(f"{len(broken)} of {len(wanted)} promises are not kept", broken)
    return [one.name for one in wanted]
