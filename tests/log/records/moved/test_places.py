"""Where records are read."""

from __future__ import annotations

from streamz_core.log.records.moved.places import sealed_end, vacated
from streamz_core.log.records.removal import LostRecord
from tests.log.records.conftest import Hand
from tests.log.records.moved.test_manifest import file, filled, manifest


def test_what_is_sealed_or_lost_is_read_nowhere_else(owned: Hand) -> None:
    filled(owned, 5, 5)
    assert sealed_end(owned.state, 1, 0) == 0
    assert owned.add(LostRecord(1, 0, 0, 2, 2, "retention")) == ""
    assert sealed_end(owned.state, 1, 0) == 2
    assert owned.add(manifest(file(0, 5))) == ""
    assert owned.add(LostRecord(1, 0, 7, 8, 1, "skip")) == ""
    assert sealed_end(owned.state, 1, 0) == 5
    spans = [(0, 5), (3, 5), (7, 8), (4, 6), (5, 8), (6, 8)]
    told = [vacated(owned.state, 1, 0, *span) for span in spans]
    assert told == [True, True, True, False, False, False]
    assert vacated(owned.state, 9, 0, 0, 5), "with its topic"
