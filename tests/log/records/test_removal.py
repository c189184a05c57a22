"""What is lost is lost for everybody; a group that is reset begins anew."""

from __future__ import annotations

import pytest

from streamz_core.log.records.commits import CommitRecord, Range
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord, ProducerRecord
from streamz_core.log.records.removal import ForgetRecord, LostRecord, ResetRecord
from streamz_core.log.records.state import Owner
from streamz_core.log.records.topics import TopicRecord
from streamz_core.log.values import TaskCommit
from tests.log.records.conftest import ME, OTHER, Hand


@pytest.fixture
def filled(owned: Hand) -> Hand:
    """t[0] has the offsets 0 to 10."""
    owned.take(CommitRecord(ME, [], [Range(1, 0, 10, 0, 0, 9, 0)]))
    return owned


def lose(hand: Hand, start: int, stop: int, cause: str = "skip") -> str:
    record = LostRecord.of(hand.state, 1, 0, start, stop, cause)
    assert record.check() == ""
    return hand.add(record)


def consume(hand: Hand, start: int, stop: int, group: str = "g", task: str = "sub/0") -> str:
    epoch = hand.state.group("g").owners["sub/0"].epoch if task else 0
    moves = [(1, 0, start, stop)]
    return hand.add(CommitRecord.of(ME, [TaskCommit(group, task, epoch, moves, {"at": stop})], []))


def test_the_start_moves_if_what_is_lost_touches_it(filled: Hand) -> None:
    assert lose(filled, 0, 4) == ""
    assert filled.state.start(1, 0) == 4
    assert not filled.state.lost


def test_a_gap_behind_the_start_is_remembered_and_passed_when_the_start_comes_to_it(
    filled: Hand,
) -> None:
    assert lose(filled, 3, 5, "delete_records") == ""
    assert filled.state.start(1, 0) == 0
    assert filled.state.lost[1, 0].gaps == ((3, 5, "delete_records"),)
    assert lose(filled, 7, 10) == ""
    assert lose(filled, 0, 3, "retention") == ""
    assert filled.state.start(1, 0) == 5
    assert filled.state.lost[1, 0].gaps == ((7, 10, "skip"),)
    assert lose(filled, 5, 8) == ""
    assert filled.state.start(1, 0) == filled.state.end(1, 0) == 10
    assert not filled.state.lost


def test_every_group_that_stands_in_the_range_goes_on_behind_it(filled: Hand) -> None:
    consume(filled, 0, 5)
    for name, stop in (("before", 3), ("first", 4), ("last", 7), ("behind", 8)):
        assert consume(filled, 0, stop, name, "") == ""
    assert lose(filled, 4, 8) == ""
    stands = {name: filled.state.committed(name, 1, 0) for name in filled.state.groups}
    assert stands == {"g": 8, "before": 3, "first": 8, "last": 8, "behind": 8}


def test_nobody_stands_before_the_start(filled: Hand) -> None:
    """Whoever committed while the gap was made may stand inside of it."""
    lose(filled, 4, 8)
    consume(filled, 0, 6, "inside", "")
    lose(filled, 0, 4)
    assert filled.state.start(1, 0) == 8
    assert filled.state.committed("inside", 1, 0) == 8


def test_a_worker_in_the_range_is_fenced_and_goes_on_where_the_chain_says(filled: Hand) -> None:
    assert consume(filled, 0, 2) == ""
    assert lose(filled, 2, 6) == ""
    assert "t[0] is at 6, not at 2" in consume(filled, 2, 4)
    at = filled.state.next_offset("g", 1, 0)
    assert consume(filled, at, at + 1) == ""


def test_who_stands_before_the_range_reads_over_it(filled: Hand) -> None:
    assert consume(filled, 0, 2) == ""
    assert lose(filled, 4, 6) == ""
    assert consume(filled, 2, 9) == ""


def test_who_came_to_a_gap_may_go_on_behind_it_and_no_further(filled: Hand) -> None:
    lose(filled, 4, 6)
    assert consume(filled, 0, 4) == ""
    assert filled.state.committed("g", 1, 0) == 4
    assert filled.state.next_offset("g", 1, 0) == 6
    assert "t[0] is at 4, not at 5" in consume(filled, 5, 7)
    assert "t[0] is at 4, not at 7" in consume(filled, 7, 8)
    assert consume(filled, 6, 7) == ""
    assert consume(filled, 0, 4, "another", "") == ""
    assert consume(filled, 4, 7, "another", "") == ""


def test_who_never_committed_begins_behind_it(filled: Hand) -> None:
    lose(filled, 0, 6)
    assert filled.state.next_offset("new", 1, 0) == 6


@pytest.mark.parametrize("start, stop", [(0, 11), (4, 4), (6, 4), (1, 3)])
def test_only_offsets_of_the_partition_are_lost(filled: Hand, start: int, stop: int) -> None:
    lose(filled, 0, 2)
    assert lose(filled, start, stop) == f"t[0] has the offsets 2 to 10, not {start} to {stop}"


def test_a_partition_that_is_not_there_loses_nothing(filled: Hand) -> None:
    for topic, partition in ((1, 2), (9, 0)):
        record = LostRecord.of(filled.state, topic, partition, 0, 1, "skip")
        assert filled.add(record) == f"no partition {partition} of topic {topic}"


def test_what_was_lost_is_not_counted_twice(filled: Hand) -> None:
    lose(filled, 3, 6)
    assert LostRecord.of(filled.state, 1, 0, 2, 8, "skip").count == 3


# ---- reset


def reset(hand: Hand, offsets: dict[tuple[int, int], int | None], *removed: int) -> str:
    record = ResetRecord.of("g", offsets, list(removed), "an operator")
    return hand.add(record)


def end_all(hand: Hand) -> None:
    for member in (ME, OTHER):
        hand.take(LeaveRecord(member))


def test_a_group_with_members_is_not_reset(filled: Hand) -> None:
    assert reset(filled, {}) == f"group g has members ({ME.hex()}, {OTHER.hex()}): end them first"
    filled.take(LeaveRecord(ME))
    assert OTHER.hex() in reset(filled, {})
    filled.take(LeaveRecord(OTHER))
    assert reset(filled, {}) == ""


def test_offsets_are_set_or_removed_and_others_stay(filled: Hand) -> None:
    filled.take(CommitRecord(ME, [], [Range(1, 1, 10, 0, 0, 9, 0)]))
    assert consume(filled, 0, 5) == ""
    filled.take(CommitRecord.of(ME, [TaskCommit("g", "sub/0", 1, [(1, 1, 0, 7)])], []))
    consume(filled, 0, 3, "another", "")
    end_all(filled)
    assert reset(filled, {(1, 0): None}) == ""
    assert filled.state.committed("g", 1, 0) is None
    assert filled.state.committed("g", 1, 1) == 7
    assert reset(filled, {(1, 1): 2}) == ""
    assert filled.state.committed("g", 1, 1) == 2
    assert filled.state.committed("another", 1, 0) == 3


def test_positions_are_forgotten_and_epochs_go_on(filled: Hand) -> None:
    consume(filled, 0, 5)
    end_all(filled)
    moves = filled.state.moves
    assert reset(filled, {(1, 0): None}) == ""
    group = filled.state.group("g")
    assert group.positions == {}
    assert group.owners == {"sub/0": Owner(b"", 1)}
    assert (group.generation, group.assignment, group.members) == (2, {}, ())
    assert group.reset_lsn == filled.state.lsn
    assert filled.state.moves == moves + 1


def test_an_owner_from_before_never_commits_again(filled: Hand) -> None:
    """A stopped process whose members were buried, the app reset, and its task begun anew."""
    consume(filled, 0, 5)
    end_all(filled)
    assert reset(filled, {(1, 0): 5}) == ""
    assert "task sub/0: owner is" in consume(filled, 5, 6)
    filled.take(MemberRecord(OTHER, "", [], "g", {}))
    assert filled.add(GenerationRecord("g", 2, {"sub/0": OTHER})) == "generation is over"
    assert filled.add(GenerationRecord("g", 3, {"sub/0": OTHER})) == ""
    assert filled.add(OwnerRecord("g", "sub/0", OTHER, 1)) == "task sub/0 is at epoch 1"
    assert filled.add(OwnerRecord("g", "sub/0", OTHER, 2)) == ""
    assert "task sub/0: owner is" in consume(filled, 5, 6)


def test_internal_topics_are_removed(filled: Hand) -> None:
    assert filled.add(TopicRecord(2, "g-sub-changelog", 2, {}, "g")) == ""
    filled.take(CommitRecord(ME, [], [Range(2, 1, 4, 0, 0, 9, 0)]))
    end_all(filled)
    assert reset(filled, {}, 2) == ""
    assert "g-sub-changelog" not in filled.state.names
    assert not filled.state.has(2, 1)
    assert filled.state.all_lost(2, 1, 0, 4)
    assert filled.state.loses
    assert filled.add(TopicRecord(2, "u", 1, {})) == "topic 2 is g-sub-changelog"
    assert filled.add(TopicRecord(3, "g-sub-changelog", 1, {}, "another")) == ""
    assert (filled.state.start(3, 0), filled.state.end(3, 0)) == (0, 0)


@pytest.mark.parametrize(
    "offsets, removed, why",
    [
        ({(1, 0): 11}, [], "t[0] has the offsets 2 to 10, not 11"),
        ({(1, 0): 1}, [], "t[0] has the offsets 2 to 10, not 1"),
        ({(1, 2): 0}, [], "no partition 2 of topic 1"),
        ({(9, 0): None}, [], "no partition 0 of topic 9"),
        ({}, [9], "no topic 9"),
        ({}, [1], "topic t is no internal topic of g"),
    ],
)
def test_a_reset_asks_for_what_there_is(
    filled: Hand, offsets: dict[tuple[int, int], int | None], removed: list[int], why: str
) -> None:
    lose(filled, 0, 2)
    end_all(filled)
    assert reset(filled, offsets, *removed) == why


# ---- FORGET


def test_an_id_that_nobody_uses_is_forgotten_in_two_steps(owned: Hand) -> None:
    gone = b"gone...."
    assert "nobody ever was" in owned.add(ForgetRecord("p", 5, forget=False))
    owned.take(ProducerRecord("p", ME, 1))
    assert "or it lives" in owned.add(ForgetRecord("p", 5, forget=False))
    owned.take(ProducerRecord("p", gone, 2))
    assert "nobody saw before" in owned.add(ForgetRecord("p", 5, forget=True))
    assert owned.add(ForgetRecord("p", 5, forget=False)) == ""
    assert owned.state.producers["p"].idle_ms == 5
    assert owned.add(ForgetRecord("p", 6, forget=True)) == ""
    assert owned.state.producers == {}


def test_a_producer_that_comes_back_begins_the_count_anew(owned: Hand) -> None:
    owned.take(ProducerRecord("p", b"gone....", 1))
    owned.take(ForgetRecord("p", 5, forget=False))
    owned.take(ProducerRecord("p", b"back....", 2))
    assert "nobody saw before" in owned.add(ForgetRecord("p", 9, forget=True))
