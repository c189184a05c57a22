"""A state that is fed by hand."""

from __future__ import annotations

import pytest

from streamz_core.log.chain.frame import Frame
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.kinds import fold
from streamz_core.log.records.members import MemberRecord
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord
from streamz_core.log.records.state import State
from streamz_core.log.records.topics import TopicRecord

ME, OTHER = b"me......", b"other..."


def hash_of(lsn: int) -> bytes:
    return lsn.to_bytes(16, "little")


def frame_of(lsn: int, record: Chained) -> Frame:
    return Frame(lsn, record.kind, hash_of(lsn - 1), hash_of(lsn), record.pack(), (0, b""), 0, 0, 0)


class Hand:
    """A state and an index that take what they are given, as from segment 1 at position 100."""

    def __init__(self, state: State | None = None, watch: tuple[str, ...] = ()) -> None:
        self.state = state or State()
        self.index = Index(watch)

    def add(self, record: Chained) -> str:
        """Apply the record unless it is refused; why it was."""
        why = record.refuse(self.state)
        if not why:
            self.take(record)
        return why

    def take(self, record: Chained) -> None:
        """Apply what is on the chain; Corrupt if it may not be."""
        lsn = self.state.lsn + 1
        fold(self.state, frame_of(lsn, record)).locate(self.index, lsn, (1, 100))


@pytest.fixture
def owned() -> Hand:
    """Topic 1 with two partitions, watched; ME owns sub/0 of group g at epoch 1."""
    hand = Hand(watch=("t",))
    for record in (
        TopicRecord(1, "t", 2, {}),
        MemberRecord(ME, "", [], "g", {}),
        MemberRecord(OTHER, "", [], "g", {}),
        GenerationRecord("g", 1, {"sub/0": ME}),
        OwnerRecord("g", "sub/0", ME, 1),
    ):
        assert hand.add(record) == ""
    return hand
