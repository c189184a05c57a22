"""Commits: whose they may be, where they may begin, and what they change."""

from __future__ import annotations

from typing import Any

from streamz_core.log.records.commits import CommitRecord, Range, SentRecord
from streamz_core.log.records.ownership import OwnerRecord, ProducerRecord
from streamz_core.log.records.state import Sender
from streamz_core.log.values import TaskCommit
from tests.log.records.conftest import ME, OTHER, Hand


def commit(hand: Hand, who: bytes, start: int, stop: int, epoch: int = 1) -> str:
    """Task sub/0 of `who` consumes [start, stop) of t[0] and writes three records to t[1]."""
    task = TaskCommit("g", "sub/0", epoch, [(1, 0, start, stop)], {"time:t": stop})
    return hand.add(CommitRecord.of(who, [task], [Range(1, 1, 3, 0, 0, 9, 0)]))


def test_commits_tile_the_input_and_move_the_ends(owned: Hand) -> None:
    assert commit(owned, ME, 0, 5) == ""
    assert commit(owned, ME, 5, 6) == ""
    assert owned.state.committed("g", 1, 0) == 6
    assert owned.state.ends[1] == [0, 6]
    assert owned.state.group("g").positions["sub/0"] == {"time:t": 6}


def test_a_commit_from_another_offset_is_refused(owned: Hand) -> None:
    commit(owned, ME, 0, 5)
    assert "t[0] is at 5, not at 4" in commit(owned, ME, 4, 6)
    assert "t[0] is at 5, not at 6" in commit(owned, ME, 6, 7)


def test_who_never_committed_begins_at_the_start_of_the_partition(owned: Hand) -> None:
    owned.state.starts[1] = [3, 0]
    assert "t[0] is at 3, not at 0" in commit(owned, ME, 0, 5)
    assert commit(owned, ME, 3, 5) == ""
    assert owned.state.committed("g", 1, 0) == 5


def test_only_the_owner_of_that_epoch_commits(owned: Hand) -> None:
    assert "task sub/0" in commit(owned, OTHER, 0, 1)
    assert "task sub/0" in commit(owned, ME, 0, 1, epoch=2)
    assert owned.add(OwnerRecord("g", "sub/0", OTHER, 2)) == ""
    assert "task sub/0" in commit(owned, ME, 0, 1)
    assert commit(owned, OTHER, 0, 1, epoch=2) == ""


def test_a_plain_group_may_not_have_the_name_of_an_app(owned: Hand) -> None:
    plain = CommitRecord.of(OTHER, [TaskCommit("g", "", 0, [(1, 0, 0, 1)])], [])
    assert owned.add(plain).startswith("group g is an app's")
    free = CommitRecord.of(OTHER, [TaskCommit("free", "", 0, [(1, 0, 0, 1)])], [])
    assert owned.add(free) == ""


def test_outputs_and_moves_need_their_partition(owned: Hand) -> None:
    for topic, partition in ((1, 2), (1, -1), (9, 0)):
        out = CommitRecord(ME, [], [Range(topic, partition, 1, 0, 0, 9, 0)])
        assert owned.add(out) == f"no partition {partition} of topic {topic}"
        move = CommitRecord(ME, [["free", "", 0, [[topic, partition, 0, 1]], None]], [])
        assert owned.add(move) == f"group free: no partition {partition} of topic {topic}"


def test_ranges_of_one_partition_follow_each_other(owned: Hand) -> None:
    commit(owned, ME, 0, 5)
    rows = [Range(1, 1, 4, 0, 0, 9, 0), Range(1, 0, 2, 0, 9, 9, 0), Range(1, 1, 1, 0, 18, 9, 0)]
    record = CommitRecord(ME, [], rows)
    assert record.bases(owned.state) == [3, 0, 7]
    owned.take(record)
    assert list(owned.index.ranges[1, 1].bases) == [0, 3, 7]
    assert list(owned.index.ranges[1, 0].bases) == [0]


def test_payload_in_the_frame_lies_behind_its_head_and_other_payload_in_its_file(
    owned: Hand,
) -> None:
    record = CommitRecord(ME, [], [Range(1, 0, 2, 0, 7, 9, 5), Range(1, 0, 2, 3, 70, 90, 50)])
    owned.take(record)
    kept, files = owned.index.ranges[1, 0], owned.index.files
    places = [kept.place(index) for index in range(2)]
    assert [(files[file], *rest) for file, *rest in places] == [
        ((b"", 1), 107, 9, 5),
        ((ME, 3), 70, 90, 50),
    ]
    assert record.payloads() == [((ME, 3), 70, 90, 50)]
    assert record.spans(owned.state) == [(1, 0, 6, 8)], "if it came again"
    assert owned.index.unsynced(0) == [(ME, 3)]


# ---- of a producer with an id


def sent(hand: Hand, who: bytes, epoch: int, sequence: int, tasks: list[Any] | None = None) -> str:
    ranges = [[1, 0, 2, 0, 0, 40, 1]]
    return hand.add(SentRecord(who, tasks or [], ranges, "p", epoch, sequence))


def test_what_was_sent_is_written_once(owned: Hand) -> None:
    owned.take(ProducerRecord("p", ME, 1))
    assert sent(owned, ME, 1, 5) == ""
    for again in (5, 4):
        assert (
            sent(owned, ME, 1, again) == f"producer p: 5 was written before, and {again} comes now"
        )
    assert sent(owned, ME, 1, 6) == ""
    assert owned.state.end(1, 0) == 4
    assert owned.state.producers["p"] == Sender(ME, 1, 6)


def test_who_lost_his_id_writes_nothing(owned: Hand) -> None:
    assert "it was forgotten" in sent(owned, ME, 1, 1)
    owned.take(ProducerRecord("p", ME, 1))
    owned.take(ProducerRecord("p", OTHER, 2))
    for who, epoch in ((ME, 1), (ME, 2), (OTHER, 1)):
        assert "another one began to use this id" in sent(owned, who, epoch, 1)
    owned.take(ProducerRecord("p", OTHER, 3))
    assert "another one began" in sent(owned, OTHER, 2, 1), "of one process, too"
    assert sent(owned, OTHER, 3, 1) == ""


def test_what_a_group_consumed_goes_with_what_was_sent_or_not_at_all(owned: Hand) -> None:
    owned.take(ProducerRecord("p", ME, 1))
    assert sent(owned, ME, 1, 1, [["plain", "", 0, [[1, 1, 0, 0]], None]]) == ""
    assert "is at 0, not at 3" in sent(owned, ME, 1, 2, [["plain", "", 0, [[1, 1, 3, 4]], None]])
    assert owned.state.producers["p"].sequence == 1
    assert owned.state.end(1, 0) == 2
