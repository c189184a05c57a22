"""Another durability level for a log that there is: what an acknowledgement means from now on."""

from __future__ import annotations

from streamz_core.log.entry import checked
from streamz_core.log.log import Log
from streamz_core.log.records.itself import LevelRecord
from streamz_core.log.records.state import State


def set_level(log: Log, level: str) -> bool:
    """The log has that level from now on, for all who use it; false if it had it before.

    To power: on return everything that was acknowledged is on the disk. Misuse for a level that there is
    none, and while a process of an older release may have the log open.
    """
    record = LevelRecord(level)
    checked(record)

    def make(_: State) -> LevelRecord | None:
        return None if log.durability.level == level else record

    done = log.append(make)
    if done is not None:
        log.acknowledge(done.lsn)
    return done is not None
