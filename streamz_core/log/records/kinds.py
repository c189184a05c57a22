"""The kinds of records on the chain, and what the body of each holds.

Bodies are msgpack arrays, in this order:

    SEGMENT    log id, segment number, boot id          (the first frame of a file; not on the chain)
    TOPIC      topic id, name, partitions, config
    MEMBER     incarnation, wake address, topic names, group or "", info
    LEAVE      incarnation
    GENERATION group, number, assignment {task: incarnation}
    OWNER      group, task, incarnation, epoch
    RELEASE    group, task, incarnation
    COMMIT     incarnation, tasks, ranges

A task of a COMMIT: group, task name ("" for a plain consumer group), epoch, moves, position changes.
A move: topic id, partition, from, to. A range: topic id, partition, records, file number (0: the
payload of this frame), position, bytes, crc32.
"""

from __future__ import annotations

SEGMENT, TOPIC, MEMBER, LEAVE, GENERATION, OWNER, RELEASE, COMMIT = range(1, 9)
NAMES = ("", "SEGMENT", "TOPIC", "MEMBER", "LEAVE", "GENERATION", "OWNER", "RELEASE", "COMMIT")
