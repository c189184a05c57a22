"""The rules that a record must keep to be on the chain."""

from __future__ import annotations

from streamz_core.log.records import kinds
from streamz_core.log.records.fold import Fold

ME, OTHER = b"me......", b"other..."
HERE = (1, 0)


class Chain:
    """A fold that is fed by hand."""

    def __init__(self) -> None:
        self.fold = Fold()

    def add(self, kind: int, *body: object) -> str:
        """Apply the record unless it is refused; why it was."""
        why = self.fold.refusal(kind, list(body))
        if not why:
            lsn = self.fold.lsn + 1
            self.fold.apply(lsn, lsn.to_bytes(16, "little"), kind, list(body), HERE)
        return why


def owned() -> Chain:
    """Topic 1 with two partitions; ME owns sub/0 of group g at epoch 1."""
    chain = Chain()
    chain.add(kinds.TOPIC, 1, "t", 2, {})
    chain.add(kinds.MEMBER, ME, "", [], "g", {})
    chain.add(kinds.MEMBER, OTHER, "", [], "g", {})
    chain.add(kinds.GENERATION, "g", 1, {"sub/0": ME})
    assert chain.add(kinds.OWNER, "g", "sub/0", ME, 1) == ""
    return chain


def commit(chain: Chain, who: bytes, start: int, stop: int, epoch: int = 1) -> str:
    task = ["g", "sub/0", epoch, [[1, 0, start, stop]], {"time:t": stop}]
    return chain.add(kinds.COMMIT, who, [task], [[1, 1, 3, 0, 0, 9, 0]])


def test_commits_tile_the_input_and_move_the_ends() -> None:
    chain = owned()
    assert commit(chain, ME, 0, 5) == ""
    assert commit(chain, ME, 5, 6) == ""
    assert chain.fold.committed("g", 1, 0) == 6
    assert chain.fold.ends[1] == [0, 6]
    assert chain.fold.group("g").positions["sub/0"] == {"time:t": 6}


def test_a_commit_from_another_offset_is_refused() -> None:
    chain = owned()
    commit(chain, ME, 0, 5)
    assert "t[0] is at 5, not at 4" in commit(chain, ME, 4, 6)
    assert "t[0] is at 5, not at 6" in commit(chain, ME, 6, 7)


def test_only_the_owner_of_that_epoch_commits() -> None:
    chain = owned()
    assert "task sub/0" in commit(chain, OTHER, 0, 1)
    assert "task sub/0" in commit(chain, ME, 0, 1, epoch=2)
    assert chain.add(kinds.OWNER, "g", "sub/0", OTHER, 2) == ""
    assert "task sub/0" in commit(chain, ME, 0, 1)
    assert commit(chain, OTHER, 0, 1, epoch=2) == ""


def test_an_epoch_is_taken_once() -> None:
    chain = owned()
    assert chain.add(kinds.OWNER, "g", "sub/0", OTHER, 1) == "task sub/0 is at epoch 1"
    assert chain.add(kinds.OWNER, "g", "sub/0", b"stranger", 2).endswith("is no member")


def test_who_left_owns_nothing() -> None:
    chain = owned()
    chain.add(kinds.LEAVE, ME)
    assert chain.fold.group("g").owners["sub/0"].incarnation == b""
    assert "task sub/0" in commit(chain, ME, 0, 1)


def test_release_is_for_owners() -> None:
    chain = owned()
    assert chain.add(kinds.RELEASE, "g", "sub/0", OTHER) != ""
    assert chain.add(kinds.RELEASE, "g", "sub/0", ME) == ""
    assert chain.fold.group("g").owners["sub/0"].epoch == 1


def test_generations_count_up() -> None:
    chain = owned()
    assert chain.add(kinds.GENERATION, "g", 1, {}) != ""
    assert chain.add(kinds.GENERATION, "g", 3, {}) != ""
    assert chain.add(kinds.GENERATION, "g", 2, {}) == ""


def test_outputs_need_their_partition() -> None:
    chain = owned()
    assert chain.add(kinds.COMMIT, ME, [], [[1, 2, 1, 0, 0, 9, 0]]) == "no partition 2 of topic 1"
    assert chain.add(kinds.COMMIT, ME, [], [[9, 0, 1, 0, 0, 9, 0]]) == "no partition 0 of topic 9"


def test_a_topic_is_made_once() -> None:
    chain = owned()
    assert chain.add(kinds.TOPIC, 2, "t", 1, {}) == "topic t exists"


def test_a_store_is_on_the_chain_by_number_and_hash() -> None:
    chain = owned()
    lsn = chain.fold.lsn
    assert chain.fold.on_chain(lsn, lsn.to_bytes(16, "little"))
    assert chain.fold.on_chain(0, bytes(16))
    assert not chain.fold.on_chain(lsn, bytes(16))
    assert not chain.fold.on_chain(lsn + 1, (lsn + 1).to_bytes(16, "little"))
