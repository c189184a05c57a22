"""What all processes agree on, from the first record or from a base."""

from __future__ import annotations

from streamz_core.log.records.state import State
from streamz_core.log.records.topics import TopicRecord
from tests.log.records.conftest import Hand, hash_of


def test_a_store_is_on_the_chain_by_number_and_hash(owned: Hand) -> None:
    state, lsn = owned.state, owned.state.lsn
    assert state.on_chain(lsn, hash_of(lsn))
    assert state.on_chain(0, bytes(16))
    assert state.on_chain(lsn, bytes(16)) is False
    assert state.on_chain(lsn + 1, hash_of(lsn + 1)) is False


def test_a_state_that_began_later_does_not_know_what_was_before() -> None:
    hand = Hand(State((40, hash_of(40))))
    hand.take(TopicRecord(7, "t", 1, {}))
    state = hand.state
    assert (state.lsn, state.hash) == (41, hash_of(41))
    assert state.on_chain(41, hash_of(41))
    assert state.on_chain(40, hash_of(40))
    assert state.on_chain(40, hash_of(41)) is False
    assert state.on_chain(42, hash_of(42)) is False
    assert state.on_chain(39, hash_of(39)) is None
    assert state.on_chain(0, bytes(16)) is None


def test_a_group_that_never_committed_has_no_offset(owned: Hand) -> None:
    state = owned.state
    state.starts[1] = [4, 0]
    for group in ("g", "nobody"):
        assert state.committed(group, 1, 0) is None
        assert state.next_offset(group, 1, 0) == 4
    state.group_of("g").offsets[1, 0] = 0
    assert state.committed("g", 1, 0) == 0
    assert state.next_offset("g", 1, 0) == 0


def test_reading_of_a_group_does_not_make_it(owned: Hand) -> None:
    assert owned.state.group("nobody").generation == 0
    assert list(owned.state.groups) == ["g"]


def test_the_digest_tells_two_states_apart(owned: Hand) -> None:
    before = repr(owned.state.digest())
    owned.state.starts[1][0] = 1
    assert repr(owned.state.digest()) != before


def test_partitions_are_named_also_if_their_topic_is_not_known(owned: Hand) -> None:
    assert owned.state.title(1, 0) == "t[0]"
    assert owned.state.title(9, 3) == "9[3]"
    assert [owned.state.has(*each) for each in ((1, 1), (1, 2), (1, -1), (9, 0))] == [
        True,
        False,
        False,
        False,
    ]
