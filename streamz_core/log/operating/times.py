"""Offsets by time: where the first record is that is not older than a moment."""

from __future__ import annotations

from streamz_core.log.log import Log
from streamz_core.log.records.moved.places import sealed_end
from streamz_core.log.records.moved.sealed import holder
from streamz_core.log.segments.data import Gone
from streamz_core.log.segments.shelf import Shelf

FETCH_BYTES = 1 << 20
ONE = 1  # bytes: the least that a fetch brings is a batch


def first_since(
    log: Log, topic: int, partition: int, at_ms: int, lsn_max: int | None = None
) -> tuple[int, int] | None:
    """(offset, timestamp) of the first record whose timestamp is `at_ms` or later; None if there is none.

    The first by its offset, as with Kafka, whatever comes before it in time. What is sealed is found by what the files
    say of their batches; what is not is read. `lsn_max`: without what was committed later. Misuse if the topic is not
    watched; Corrupt where what has to be read cannot be.
    """
    shelf = Shelf(log.env, log.layout, log.identity)
    try:
        return _first(log, shelf, (topic, partition), at_ms, lsn_max)
    finally:
        shelf.close()


def _first(
    log: Log, shelf: Shelf, where: tuple[int, int], at_ms: int, lsn_max: int | None
) -> tuple[int, int] | None:
    state = log.state
    offset = state.start(*where)
    while offset < state.end(*where):
        offset = max(_jump(log, shelf, where, offset, at_ms), state.start(*where))
        if offset >= state.end(*where):
            break
        size = ONE if offset < sealed_end(state, *where) else FETCH_BYTES
        batches = log.fetch(*where, offset, bytes_max=size, lsn_max=lsn_max)
        for batch in batches:
            for row, stamp in enumerate(batch.timestamps):
                if stamp >= at_ms:
                    return batch.offset_of(row), stamp
            offset = batch.next_offset
        if not batches:
            break
    return None


def _jump(log: Log, shelf: Shelf, where: tuple[int, int], offset: int, at_ms: int) -> int:
    """From `offset` on the first one in a batch that may have such a record, as far as files tell."""
    while offset < sealed_end(log.state, *where):
        file = holder(log.state.sealed.of(*where), offset)
        found = None
        if file.name and file.newest_ms >= at_ms:
            try:
                found = shelf.first_since(where, file, offset, at_ms)
            except Gone:
                if not log.refresh():
                    return offset  # the fetch says what is wrong
                continue
        if found is not None:
            return max(found, offset)
        offset = file.stop
    return offset
