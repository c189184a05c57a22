"""What a janitor does in time, done now: records go that may go."""

from __future__ import annotations

from collections.abc import Sequence

from streamz_core.env.door import Env
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.upkeep.by_hand import thorough, tidy_up


def tidy(env: Env, home: str, topics: Sequence[str]) -> None:
    """Seal, compact and let go the records of these topics, beside whoever runs. UnknownTopic, ForeignLog."""
    limits = thorough(Limits())
    log = Log.open(env, f"{home}/log", create=False, everything=True, limits=limits)
    try:
        tidy_up(log, [log.topic(name).id for name in topics])
    finally:
        log.close()
