"""The table of kinds: each has a number, a rule of its own, and bytes that stay."""

from __future__ import annotations

from pathlib import Path

import msgpack
import pytest

from streamz_core.errors import Corrupt
from streamz_core.log.chain.frame import Frame
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord, Range, SentRecord
from streamz_core.log.records.itself import LevelRecord, SealRecord
from streamz_core.log.records.kinds import KINDS, unpack
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.moved.manifest import ManifestRecord, Part
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
from streamz_core.log.records.topics import AlterTopicRecord, TopicRecord
from streamz_core.log.values import TaskCommit
from tests.fixtures import check, pinned
from tests.log.records.conftest import Hand, frame_of

ME, YOU = b"\x01\x02\x03\x04\x05\x06\x07\x08", b"\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8"
SAMPLES: list[Chained] = [
    TopicRecord(3, "clicks", 4, {"cleanup": "compact,delete", "retention_ms": 86_400_000}, "shop"),
    MemberRecord(ME, "/run/bell", ["clicks", "users"], "shop", {"pid": 7, "http": "127.0.0.1:80"}),
    LeaveRecord(ME),
    GenerationRecord("shop", 300, {"total/0": ME, "total/1": YOU}),
    OwnerRecord("shop", "total/0", ME, 70_000),
    ReleaseRecord("shop", "total/0", ME),
    CommitRecord.of(
        ME,
        [
            TaskCommit(
                "shop", "total/0", 2, [(3, 0, 5, 1 << 40)], {"time:clicks": 1_700_000_000_000}
            ),
            TaskCommit("plain", "", 0, [(3, 1, 0, 9)]),
        ],
        [Range(4, 0, 4096, 2, 1 << 33, 50_000, 0xDEADBEEF), Range(4, 1, 1, 0, 0, 40, 1)],
    ),
    SchemaRecord([(b"abcd", b"\x92\xa4list\xa3int")], [(3, "value", b"abcd"), (3, "key", b"wxyz")]),
    LostRecord(3, 1, 7, 1 << 40, 1000, "skip"),
    ResetRecord.of("shop", {(3, 0): 5, (3, 1): None}, [4, 5], "an operator"),
    SealRecord(300),
    LevelRecord("process"),
    ManifestRecord(
        [
            Part(
                3,
                0,
                [ME + b"abcd"],
                [[0, 300, YOU + b"efgh", 1 << 26, 299, 1_700_000_000_000]],
                7,
                [300, 200, 1_700_000_000_000],
            ),
            Part(
                3,
                1,
                [],
                [[5, 1 << 40, ME + b"ijkl", 1000, 2, 0], [1 << 40, (1 << 40) + 1, b"", 0, 0, 0]],
            ),
        ]
    ),
    ExpireRecord("plain", 1_700_000_000_000, forget=True),
    DeleteTopicRecord(3, "an operator"),
    AlterTopicRecord(3, 300, {"retention.ms": 86_400_000}, "an operator"),
    ProducerRecord("orders-1", ME, 300),
    SentRecord(
        ME,
        [["plain", "", 0, [[3, 1, 0, 9]], None]],
        [[4, 1, 1, 0, 0, 40, 1]],
        "orders-1",
        300,
        1 << 40,
    ),
    ForgetRecord("orders-1", 1_700_000_000_000, forget=True),
    ShareRecord("billing", ME, ["clicks/0", "clicks/12"], ["users/3"]),
]


@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: record.name)
def test_the_bytes_of_a_kind_stay(record: Chained) -> None:
    name = f"records/{record.kind}-{record.name}"
    check(name, record.pack())
    again = KINDS[record.kind].unpack(pinned(name))
    assert type(again) is type(record)
    assert again.pack() == record.pack()


def test_every_kind_is_documented() -> None:
    """Drawn, with its rules: docs/formats/records.md."""
    page = (Path(__file__).parents[3] / "docs/formats/records.md").read_text()
    for record in SAMPLES:
        assert f"| {record.kind} {record.name} |" in page


def test_every_kind_has_a_number_of_its_own_and_a_sample() -> None:
    assert [record.kind for record in SAMPLES] == sorted(KINDS)
    assert len({each.name for each in KINDS.values()}) == len(KINDS)
    written = {
        each.__name__ for each in (*Chained.__subclasses__(), *CommitRecord.__subclasses__())
    }
    assert {each.__name__ for each in KINDS.values()} == written


def frame(kind: int, body: bytes) -> Frame:
    return Frame(5, kind, b"", b"", body, (0, b""), 0, 0, 0)


def test_a_kind_of_a_newer_version_is_refused() -> None:
    with pytest.raises(Corrupt, match="commit 5 has the unknown kind 99: written by a newer"):
        unpack(frame(99, msgpack.packb([])))


@pytest.mark.parametrize("body", [msgpack.packb([]), msgpack.packb(7), b"", b"\xc1"])
def test_a_body_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(Corrupt, match=r"commit 5 \(OWNER\) is not as this version writes it"):
        unpack(frame(OwnerRecord.kind, body))


def test_a_chain_that_breaks_the_rules_is_damaged(owned: Hand) -> None:
    before = repr(owned.state.digest())
    with pytest.raises(Corrupt, match=r"commit 6 \(TOPIC\) breaks the rules.*topic t exists"):
        owned.take(TopicRecord(2, "t", 1, {}))
    assert repr(owned.state.digest()) == before


def test_a_frame_is_unpacked_to_the_record_it_was_made_of() -> None:
    for record in SAMPLES:
        again = unpack(frame_of(1, record))
        assert type(again) is type(record)
        assert again.pack() == record.pack()
        assert again.check() == ""
