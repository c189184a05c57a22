"""SEAL: what ends a file of the commit log changes nothing of what the log says."""

from __future__ import annotations

from streamz_core.log.records.seal import SealRecord
from tests.log.records.conftest import Hand


def test_it_changes_nothing_but_the_number_of_the_record(owned: Hand) -> None:
    before = owned.state.digest()[2:]
    owned.take(SealRecord(2))
    assert owned.state.digest()[2:] == before


def test_it_names_a_segment_that_may_follow() -> None:
    assert SealRecord(2).check() == ""
    for wrong in (1, 0, -1, True, "2", None):
        assert "a segment is" in SealRecord(wrong).check()  # type: ignore[arg-type]
