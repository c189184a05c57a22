"""The kinds of chained records: number -> class, and the step from a frame to the state after it.

A new kind is one class in the file of its family, with a number of its own, and one row here;
1 is SEGMENT, the first frame of a file and no record of the chain (chain/layout.py).
"""

from __future__ import annotations

import msgpack

from streamz_core.errors import Corrupt
from streamz_core.log.chain.frame import Frame
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord, SentRecord
from streamz_core.log.records.itself import LevelRecord, SealRecord
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.moved.manifest import ManifestRecord
from streamz_core.log.records.ownership import (
    GenerationRecord,
    OwnerRecord,
    ProducerRecord,
    ReleaseRecord,
    ShareRecord,
)
from streamz_core.log.records.removal import (
    DeleteTopicRecord,
    ExpireRecord,
    ForgetRecord,
    LostRecord,
    ResetRecord,
)
from streamz_core.log.records.schemas import SchemaRecord
from streamz_core.log.records.state import State
from streamz_core.log.records.topics import AlterTopicRecord, TopicRecord

KINDS: dict[int, type[Chained]] = {
    one.kind: one
    for one in (
        TopicRecord,
        MemberRecord,
        LeaveRecord,
        GenerationRecord,
        OwnerRecord,
        ReleaseRecord,
        CommitRecord,
        SchemaRecord,
        LostRecord,
        ResetRecord,
        SealRecord,
        LevelRecord,
        ManifestRecord,
        ExpireRecord,
        DeleteTopicRecord,
        AlterTopicRecord,
        ProducerRecord,
        SentRecord,
        ForgetRecord,
        ShareRecord,
    )
}


def unpack(found: Frame) -> Chained:
    """The record of a frame; Corrupt if this version cannot read it."""
    try:
        return KINDS[found.kind].unpack(found.body)
    except (KeyError, TypeError, ValueError, msgpack.UnpackException) as error:
        known = KINDS.get(found.kind)
        raise Corrupt(
            f"commit {found.lsn} has the unknown kind {found.kind}: written by a newer version?"
            if known is None
            else f"commit {found.lsn} ({known.name}) is not as this version writes it: {error}"
        ) from error


def fold(state: State, found: Frame) -> Chained:
    """Apply the record of the next frame; Corrupt if it breaks the rules of the log."""
    record = unpack(found)
    follow(state, found, record)
    return record


def follow(state: State, found: Frame, record: Chained) -> None:
    """Apply the record, which was unpacked from the next frame; Corrupt if it breaks the rules of the log."""
    why = record.refuse(state)
    if why:
        raise Corrupt(f"commit {found.lsn} ({record.name}) breaks the rules of the log: {why}")
    record.apply(state)
    state.follow(found.lsn, found.hash)
    record.remember(state)
