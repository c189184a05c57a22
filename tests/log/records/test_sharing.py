"""Groups of consumers that share partitions: who has which, and who moves their offsets."""

from __future__ import annotations

import pytest

from streamz_core.coordination.seats import STATIC
from streamz_core.log.checkpoints.snapshot import pack, unpack
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.ownership import OwnerRecord, ShareRecord
from streamz_core.log.records.removal import ExpireRecord, ResetRecord
from streamz_core.log.records.state import Owner
from streamz_core.log.records.topics import TopicRecord
from streamz_core.log.values import TaskCommit
from tests.log.records.conftest import ME, OTHER, Hand

THIRD = b"third..."


@pytest.fixture
def shared() -> Hand:
    """Topic 1 with two partitions; ME has t/0 of group g since record 4, and OTHER nothing."""
    hand = Hand()
    for record in (
        TopicRecord(1, "t", 2, {}),
        MemberRecord(ME, "", ["t"], "g", {"pid": 7}),
        MemberRecord(OTHER, "", ["t"], "g", {}),
        ShareRecord("g", ME, ["t/0"], []),
    ):
        assert hand.add(record) == ""
    return hand


def commit(task: str, epoch: int, start: int, stop: int, partition: int = 0) -> CommitRecord:
    moves = [[1, partition, start, stop]]
    return CommitRecord.of(THIRD, [TaskCommit("g", task, epoch, moves, None)], [])


def test_a_partition_is_taken_when_it_is_free_and_has_the_number_of_the_record(
    shared: Hand,
) -> None:
    assert shared.state.group("g").owners == {"t/0": Owner(ME, 4)}
    assert shared.add(ShareRecord("g", OTHER, ["t/1", "t/0"], [])).startswith("t/0 is another")
    assert shared.add(ShareRecord("g", THIRD, ["t/1"], [])).endswith("is no member of g")
    assert shared.add(ShareRecord("g", OTHER, [], ["t/0"])) == "t/0 has another owner"
    assert shared.add(ShareRecord("g", ME, ["t/1"], ["t/0"])) == ""
    assert shared.add(ShareRecord("g", OTHER, ["t/0"], [])) == ""
    assert shared.state.group("g").owners == {"t/0": Owner(OTHER, 6), "t/1": Owner(ME, 5)}
    assert shared.add(LeaveRecord(ME)) == ""
    assert shared.state.group("g").owners["t/1"] == Owner(b"", 5)


def test_who_tells_the_epoch_of_an_owner_moves_the_offset_also_back(shared: Hand) -> None:
    """A producer that writes for a consumer has another handle than that."""
    assert "t/0 is another member's" in shared.add(commit("t/0", 3, 0, 5))
    assert "t/0 does not move t[1]" in shared.add(commit("t/0", 4, 0, 5, partition=1))
    assert shared.add(commit("t/0", 4, 0, 5)) == ""
    assert "t[0] is at 5, not at 4" in shared.add(commit("t/0", 4, 4, 6))
    assert shared.add(commit("t/0", 4, 5, 2)) == ""
    assert shared.state.committed("g", 1, 0) == 2
    assert not shared.state.group("g").commits, "of an app they say to what a store belongs"
    assert shared.add(ShareRecord("g", ME, [], ["t/0"])) == ""
    assert "or nobody's" in shared.add(commit("t/0", 4, 2, 3))


def test_others_move_the_offsets_while_there_are_no_members(shared: Hand) -> None:
    assert shared.add(commit("", 0, 0, 5)).startswith("group g has members (pid 7, ")
    shared.take(LeaveRecord(ME))
    shared.take(LeaveRecord(OTHER))
    assert shared.add(commit("", 0, 0, 5)) == ""


def test_a_group_is_an_apps_or_of_consumers_and_its_name_is_free_when_it_is_forgotten(
    shared: Hand, owned: Hand
) -> None:
    assert owned.add(ShareRecord("g", ME, ["t/0"], [])).startswith("group g is an app's")
    assert "one of consumers" in shared.add(OwnerRecord("g", "t/1", ME, 1))
    assert not shared.state.group("g").apps
    shared.take(commit("t/0", 4, 0, 5))
    shared.take(LeaveRecord(ME))
    shared.take(LeaveRecord(OTHER))
    shared.take(ResetRecord.of("g", {(1, 0): 0}, [], "test"))
    assert shared.state.group("g").shares, "it was moved, and goes on"
    shared.take(ResetRecord.of("g", {(1, 0): None}, [], "test"))
    assert not shared.state.group("g").shares
    shared.take(MemberRecord(ME, "", ["t"], "g", {}))
    assert shared.add(OwnerRecord("g", "sub/0", ME, 1)) == ""


def test_an_epoch_is_never_given_again(shared: Hand) -> None:
    """Whoever stood still while the group was forgotten and made anew may not go on."""
    shared.take(LeaveRecord(ME))
    shared.take(LeaveRecord(OTHER))
    shared.take(ResetRecord.of("g", {}, [], "test"))
    shared.take(MemberRecord(OTHER, "", ["t"], "g", {}))
    shared.take(ShareRecord("g", OTHER, ["t/0"], []))
    assert "is another member's" in shared.add(commit("t/0", 4, 0, 5))


def test_a_group_that_never_committed_is_forgotten_too(shared: Hand) -> None:
    assert "has members" in shared.add(ExpireRecord("g", 1, forget=False))
    shared.take(LeaveRecord(ME))
    shared.take(LeaveRecord(OTHER))
    assert shared.add(ExpireRecord("g", 1, forget=False)) == ""
    assert shared.add(ExpireRecord("g", 2, forget=True)) == ""
    assert not shared.state.group("g").shares
    assert "has no offsets" in shared.add(ExpireRecord("g", 3, forget=False))


def test_who_comes_under_the_name_of_a_member_takes_its_place(shared: Hand) -> None:
    named = {STATIC: "till"}
    shared.take(MemberRecord(ME, "", ["t"], "g", named))
    shared.take(MemberRecord(THIRD, "", ["t"], "other", named))
    shared.take(MemberRecord(OTHER, "", ["t"], "g", named))
    assert sorted(shared.state.members) == [OTHER, THIRD], "of this group alone"
    assert shared.state.group("g").owners["t/0"] == Owner(b"", 4)
    assert shared.add(MemberRecord(OTHER, "", ["t", "u"], "g", named)) == ""
    assert OTHER in shared.state.members


def test_a_checkpoint_keeps_what_kind_of_group_it_is(shared: Hand) -> None:
    again = unpack(pack(shared.state), (shared.state.lsn, shared.state.hash))
    assert again.group("g").shares
    assert again.digest() == shared.state.digest()


@pytest.mark.parametrize(
    "record, why",
    [
        (ShareRecord("g", b"me", [], []), "the incarnation"),
        (ShareRecord("g", ME, "t/0", []), "what is taken is no list"),  # type: ignore[arg-type]
        (ShareRecord("g", ME, [], [7]), "a task is 7"),  # type: ignore[list-item]
        (ShareRecord("g" * 1001, ME, [], []), "a group"),
    ],
)
def test_what_no_reader_could_take_in_is_told(record: ShareRecord, why: str) -> None:
    assert record.check().startswith(why)
