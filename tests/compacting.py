"""A janitor that compacts all that may be compacted, now, as if everybody had had time for the deletes."""

from __future__ import annotations

from attrs import evolve

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.upkeep.upkeep import Upkeep

EAGER = {"min.cleanable.dirty.ratio": 0, "delete.retention.ms": 0, "min.compaction.lag.ms": 0}
AT_ONCE = Limits(seal_bytes=1, free_bytes=0)


def compact(machine: MemoryMachine, log: str, turns: int = 6) -> int:
    """Seal and compact the log in that directory; how many records were sealed and are gone."""
    janitor = Log.open(machine.process(), log, limits=AT_ONCE)
    upkeep = Upkeep(janitor)
    for topic in list(janitor.state.topics.values()):
        asked = evolve(topic, config={**topic.config, **EAGER})
        janitor.state.topics[topic.id] = asked
        if topic.name in janitor.state.names:
            janitor.state.names[topic.name] = asked
    for _ in range(turns * max(len(janitor.state.topics), 1)):
        machine.waited_s += 2  # so that what was committed is durable
        janitor.tick()
        upkeep.turn()
    gone = sum(
        file.stop - file.base - file.records
        for files in janitor.state.sealed.files.values()
        for file in files
    )
    upkeep.close()
    janitor.close()
    return gone
