"""What may not enter: records and batches that somebody could not read."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.errors import Misuse
from streamz_core.log.entry import check_commit, checked
from streamz_core.log.records.commits import CommitRecord, Range
from streamz_core.log.records.members import MemberRecord
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord
from streamz_core.log.records.topics import TopicRecord
from streamz_core.log.segments import batch as batches
from streamz_core.log.values import Output, TaskCommit
from streamz_core.record import Batch

ME = b"12345678"
NESTED: list[Any] = []
for _ in range(2000):
    NESTED = [NESTED]


def test_a_record_is_checked_as_it_will_be_read() -> None:
    record = CommitRecord.of(ME, [TaskCommit("g", "t/0", 1, [(1, 0, 2, 3)], {"at": 3})], [])
    read, body = checked(record)
    assert read == CommitRecord(ME, [["g", "t/0", 1, [[1, 0, 2, 3]], {"at": 3}]], [])
    assert body == record.pack()


@pytest.mark.parametrize(
    "record, why",
    [
        (None, "None is no record of the log"),
        (TopicRecord(1, "\ud800", 1, {}), "TOPIC: it cannot be packed: .*surrogates"),
        (TopicRecord(1, "t", 1 << 70, {}), "TOPIC: it cannot be packed"),
        (TopicRecord(1, "t", 1, {"a": object()}), "TOPIC: it cannot be packed"),
        (TopicRecord(1, "t", 1, {1: 2}), "TOPIC: it cannot be packed: int is not allowed"),  # type: ignore[dict-item]
        (TopicRecord(1, "t", 1, {"a": NESTED}), "TOPIC: it cannot be packed: recursion"),
        (TopicRecord(1, "x" * 1001, 1, {}), "TOPIC: its name is 'x.* at most 1000 bytes"),
        (TopicRecord(1.0, "t", 1, {}), "TOPIC: its number is 1.0"),  # type: ignore[arg-type]
        (MemberRecord(b"short", "", [], "g", {}), "MEMBER: the incarnation is b'short'"),
        (MemberRecord(ME, "", [5], "g", {}), "MEMBER: a topic is 5"),  # type: ignore[list-item]
        (GenerationRecord("g", 1, {"t": b"x"}), "GENERATION: the incarnation is b'x'"),
        (GenerationRecord("g", 0, {}), "GENERATION: a generation is 0"),
        (OwnerRecord("g", "t", ME, -1), "OWNER: epoch is -1"),
        (CommitRecord(ME, 5, []), "COMMIT: what its tasks did is 5"),  # type: ignore[arg-type]
        (CommitRecord(ME, [[1]], []), "COMMIT: what its tasks did is .* rows of 5 fields"),
        (CommitRecord(ME, [["g", "t", 1, [[1, 0, 5]], None]], []), "COMMIT: its moves is"),
        (CommitRecord(ME, [["g", "t", 1, [[1, 0, 5, "6"]], None]], []), "COMMIT: to is '6'"),
        (CommitRecord(ME, [["g", "t", 1, [], 5]], []), "COMMIT: a position is 5"),
        (CommitRecord(ME, [], [Range(1, 0, 0, 0, 0, 1, 0)]), "a number of records is 0, .* from 1"),
        (CommitRecord(ME, [], [Range(1, 0, -5, 0, 0, 1, 0)]), "a number of records is -5"),
        (CommitRecord(ME, [], [Range(1, -1, 1, 0, 0, 1, 0)]), "a partition is -1"),
        (CommitRecord(ME, [], [Range(1, 0, 1, 0, 0, 1 << 32, 0)]), "a number of bytes is"),
        (CommitRecord(ME, [], [Range(1, 0, 1, 1 << 32, 0, 1, 0)]), "a data file is"),
        (CommitRecord(ME, [], [[1, 0, 1]]), "its ranges is .* rows of 7 fields"),
    ],
)
def test_what_nobody_could_take_in_is_refused(record: Any, why: str) -> None:
    with pytest.raises(Misuse, match=rf"(?s){why}.*Nothing was written"):
        checked(record)


SPARSE = batches.encode(Batch(0, [b"k", b"l"], [b"v", b"w"], [1, 2], sparse=[0, 2], next_offset=3))
TWO = batches.encode(Batch(0, [b"k", None], [b"v", b"w"], [1, 2]))


def test_batches_that_were_encoded_here_are_trusted_and_others_are_read() -> None:
    check_commit([], [Output(1, 0, 2, TWO), Output(1, 0, 2, bytes(TWO))])


@pytest.mark.parametrize(
    "count, data, why",
    [
        (3, TWO, "a batch of 3 records cannot be read"),
        (3, bytes(TWO), "a batch of 3 records cannot be read"),
        (0, bytes(TWO), "a number of records is 0"),
        (True, TWO[:], "a number of records is True"),
        (2, b"junk", "compressed by kind 53"),
        (2, b"", "cannot be read: Unpack failed"),
        (2, bytes(SPARSE), "it says offsets, which follow from the chain"),
        (2, bytes(TWO)[:-1], "a batch of 2 records cannot be read"),
        (2, bytearray(TWO), "it holds bytearray, not bytes"),
        (
            1,
            bytes(batches.encode(Batch(0, ["k"], [b"v"], [1]))),
            "keys or values that are no bytes",
        ),  # type: ignore[list-item]
    ],
)
def test_an_output_is_a_batch_of_that_many_records(count: Any, data: Any, why: str) -> None:
    with pytest.raises(Misuse, match=f"an output for partition 0 of topic 1: .*{why}"):
        check_commit([], [Output(1, 0, count, data)])


@pytest.mark.parametrize(
    "tasks, outputs", [(None, []), ([], 5), ([1], []), ([], [b"v"]), ("g", [])]
)
def test_a_commit_is_made_of_its_parts(tasks: Any, outputs: Any) -> None:
    with pytest.raises(Misuse, match=r"a commit is of .*s, not of .*Nothing was written"):
        check_commit(tasks, outputs)
