"""Making records no more, and the past of a group: what operators and the upkeep of a log ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamz_core.log.entry import checked
from streamz_core.log.log import Log
from streamz_core.log.reading import Reading
from streamz_core.log.records.removal import LostRecord, ResetRecord
from streamz_core.log.records.state import State


def damaged(
    log: Log, topic: int, partition: int, offset: int, stop: int | None = None
) -> tuple[int, int, str] | None:
    """(from, to, why) of the first records from `offset` on that cannot be read now; None if all can.

    A batch is read or not read as a whole: the one that holds `offset` counts from its first record. Looks
    up to `stop`, or to the end: everything there is read. What was lost is not among them. If nothing
    brings the bytes back, the range is what `lose` is to be told. Misuse if the topic is not watched.
    """
    log.refresh()
    reading = Reading(log.env, log.layout, log.identity, log.state, log.index)
    try:
        return reading.damaged(topic, partition, offset, stop)
    finally:
        reading.close()


def lose(log: Log, topic: int, partition: int, start: int, stop: int, cause: str) -> None:  # noqa: PLR0913
    """The records [start, stop) are no more: nobody reads them from now on; safe on return.

    Whoever stands inside of the range goes on at `stop`. Nothing is appended if all are lost already.
    Misuse if the partition does not have these offsets, or `cause` is none of CAUSES.
    """
    checked(LostRecord(topic, partition, start, stop, 0, cause))

    def make(state: State) -> LostRecord | None:
        record = LostRecord.of(state, topic, partition, start, stop, cause)
        return record if record.count or record.refuse(state) else None

    done = log.append(make)
    if done is not None:
        log.acknowledge(done.lsn)


def reset(
    log: Log,
    group: str,
    offsets: Mapping[tuple[int, int], int | None],
    removed: Sequence[int] = (),
    *,
    asker: str,
) -> None:
    """The group goes on at these offsets, by (topic id, partition); None: as if it never committed.

    Its positions are forgotten, and `removed` (ids of its internal topics) are no more; safe on return.
    `asker` is told to whoever looks later. Misuse while a member of the group lives, for offsets
    that a partition does not have, and for topics that are not the group's.
    """
    record = ResetRecord.of(group, offsets, removed, asker)
    checked(record)
    log.refresh()
    for member in log.state.members_of(group):
        if not log.alive(member.incarnation):
            log.leave(member.incarnation)
    done = log.append(lambda _: record)
    assert done is not None, "a reset always has something to say"
    log.acknowledge(done.lsn)
