"""Records about the log itself."""

from __future__ import annotations

from streamz_core.log.records.itself import LevelRecord, SealRecord
from tests.log.records.conftest import Hand


def test_it_changes_nothing_but_the_number_of_the_record(owned: Hand) -> None:
    before = owned.state.digest()[2:]
    owned.take(SealRecord(2))
    assert owned.state.digest()[2:] == before


def test_it_names_a_segment_that_may_follow() -> None:
    assert SealRecord(2).check() == ""
    for wrong in (1, 0, -1, True, "2", None):
        assert "a segment is" in SealRecord(wrong).check()  # type: ignore[arg-type]


def test_a_level_counts_from_its_record_on(owned: Hand) -> None:
    assert owned.state.level == ("", 0)
    owned.take(LevelRecord("process"))
    assert owned.state.level == ("process", owned.state.lsn)
    assert "a durability level is 'none'" in LevelRecord("none").check()
