"""Making records no more, and the past of a group: what operators and the upkeep of a log ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamz_core.errors import FORCED, Misuse
from streamz_core.log.entry import checked
from streamz_core.log.log import Log
from streamz_core.log.reading import Reading
from streamz_core.log.records.removal import DeleteTopicRecord, LostRecord, ResetRecord
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


def delete_topic(log: Log, name: str, *, asker: str, force: bool = False) -> None:
    """The topic is no more, nor anything that was said of it; safe on return.

    `asker` is told to whoever looks later. UnknownTopic; Misuse for an internal topic of an app, and while
    a member that reads the topic lives, unless `force` says to do it all the same.
    """
    log.refresh()

    def make(state: State) -> DeleteTopicRecord:
        topic = log.topic(name)
        if topic.owner and not force:
            raise Misuse(
                f"topic {name} is an internal topic of app {topic.owner}: streamz reset removes it, and lets "
                f"the app begin anew; to delete it all the same {FORCED}"
            )
        for member in () if force else state.members.values():
            if name in member.topics and log.alive(member.incarnation):
                who = f"a member of {member.group}" if member.group else "a consumer"
                pid = member.info.get("pid", member.incarnation.hex())
                raise Misuse(
                    f"topic {name} is read by {who} (pid {pid}): end it first; to delete the topic all the same "
                    f"{FORCED}"
                )
        return DeleteTopicRecord(topic.id, asker)

    done = log.append(make)
    assert done is not None, "it has something to say, or raises"
    log.acknowledge(done.lsn)
