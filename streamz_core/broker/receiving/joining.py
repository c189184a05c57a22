"""How a consumer becomes a member of its group."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from streamz_core.broker.checks import whole
from streamz_core.broker.embedded import Broker
from streamz_core.broker.receiving.offsets import Offsets
from streamz_core.broker.receiving.sharing import Parted, Share
from streamz_core.broker.receiving.topics import Topics
from streamz_core.coordination.seats import POLL_MS, SESSION_MS, STATIC
from streamz_core.errors import Misuse

CONSUMER = "consumer"


@frozen
class Member:
    """What is said of a member: its `name` for life, "" without one; for how long what it had is kept when it is dead;
    how long it may take between two polls."""

    name: str
    session_timeout_ms: int
    max_poll_interval_ms: int

    def info(self, pid: int) -> dict[str, Any]:
        """As others see it; Misuse, TypeError."""
        poll_ms = whole("max_poll_interval_ms", self.max_poll_interval_ms, 1)
        session_ms = whole("session_timeout_ms", self.session_timeout_ms)
        found: dict[str, Any] = {"kind": CONSUMER, "pid": pid, POLL_MS: poll_ms}
        return found | {STATIC: self.name, SESSION_MS: session_ms} if self.name else found


def join(broker: Broker, offsets: Offsets, topics: Topics, parts: Parted, who: Member) -> Share:
    """As a member of its group, with the partitions that are free. Misuse if partitions are named, which cannot be
    shared, if the group is an app's, or if the broker is a member already."""
    if topics.parts:
        raise Misuse(
            "topics by name are shared by the group, and (topic, partition) is read whoever else does: of a group a "
            "consumer has the ones or the others"
        )
    backend = broker.backend
    info = who.info(broker.env.pid())
    names = topics.there()
    parts.reads(names)
    seat = backend.seat(offsets.group, names, info, who.max_poll_interval_ms)
    share = Share(backend, seat, offsets, topics, parts, names)
    try:
        share.join()
    except BaseException:
        backend.stand_up(leave=True)
        raise
    return share
