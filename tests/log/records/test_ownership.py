"""Who owns a task: generations, epochs, releases."""

from __future__ import annotations

from streamz_core.log.records.commits import SentRecord
from streamz_core.log.records.ownership import (
    GenerationRecord,
    OwnerRecord,
    ProducerRecord,
    ReleaseRecord,
)
from streamz_core.log.records.state import Owner, Sender
from tests.log.records.conftest import ME, OTHER, Hand


def test_an_epoch_is_taken_once(owned: Hand) -> None:
    assert owned.add(OwnerRecord("g", "sub/0", OTHER, 1)) == "task sub/0 is at epoch 1"
    assert owned.add(OwnerRecord("g", "sub/0", b"stranger", 2)).endswith("is no member")
    assert owned.add(OwnerRecord("g", "sub/0", OTHER, 2)) == ""
    assert owned.state.group("g").owners["sub/0"] == Owner(OTHER, 2)


def test_release_is_for_owners(owned: Hand) -> None:
    assert owned.add(ReleaseRecord("g", "sub/0", OTHER)) == "task sub/0 has another owner"
    assert owned.add(ReleaseRecord("g", "sub/0", ME)) == ""
    assert owned.state.group("g").owners["sub/0"] == Owner(b"", 1)


def test_generations_count_up(owned: Hand) -> None:
    assert owned.add(GenerationRecord("g", 1, {})) == "generation is over"
    assert owned.add(GenerationRecord("g", 3, {})) == "generation is over"
    assert owned.add(GenerationRecord("g", 2, {"sub/0": OTHER})) == ""
    assert owned.state.group("g").members == (OTHER,)


def test_whoever_follows_ownership_is_told_that_it_moved(owned: Hand) -> None:
    before = owned.state.moves
    owned.take(ReleaseRecord("g", "sub/0", ME))
    owned.take(GenerationRecord("g", 2, {"sub/0": OTHER}))
    owned.take(OwnerRecord("g", "sub/0", OTHER, 2))
    assert owned.state.moves == before + 3


# ---- ids of producers


def test_an_id_is_the_newest_ones_and_what_was_written_stays_known(owned: Hand) -> None:
    assert owned.add(ProducerRecord("p", ME, 2)) == "producer p: epoch 2 does not follow 0"
    assert owned.add(ProducerRecord("p", ME, 1)) == ""
    assert owned.add(SentRecord(ME, [], [], "p", 1, 7)) == ""
    assert owned.add(ProducerRecord("p", OTHER, 1)) == "producer p: epoch 1 does not follow 1"
    assert owned.add(ProducerRecord("p", OTHER, 2)) == ""
    assert owned.state.producers == {"p": Sender(OTHER, 2, 7)}
