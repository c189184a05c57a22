"""Where the records of a partition are read: up to an offset in sealed files, from there on where they were
committed."""

from __future__ import annotations

from streamz_core.log.records.state import State


def sealed_end(state: State, topic_id: int, partition: int) -> int:
    """The offset behind what is sealed; the start of the partition if nothing is."""
    files = state.sealed.of(topic_id, partition)
    return files[-1].stop if files else state.start(topic_id, partition)


def vacated(state: State, topic_id: int, partition: int, start: int, stop: int) -> bool:
    """Whether nobody reads [start, stop) where it was committed: it is lost, or lies in sealed files."""
    if not state.has(topic_id, partition):
        return True
    start = max(start, sealed_end(state, topic_id, partition))
    return state.all_lost(topic_id, partition, start, stop)
