"""Gaps: what they leave of a range, and how they grow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.log.records.lost import NONE, Lost

RANGE = st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] < pair[1])
GAPS = st.lists(st.tuples(RANGE, st.sampled_from(["skip", "retention"])), max_size=6)


def grown(gaps: list[tuple[tuple[int, int], str]]) -> Lost:
    lost = NONE
    for (start, stop), cause in gaps:
        lost = lost.with_gap(start, stop, cause)
    return lost


@given(GAPS, RANGE)
def test_gaps_are_as_a_set_of_offsets(
    gaps: list[tuple[tuple[int, int], str]], within: tuple[int, int]
) -> None:
    lost = grown(gaps)
    gone = {offset: cause for (low, high), cause in reversed(gaps) for offset in range(low, high)}
    assert {o: cause for low, high, cause in lost.gaps for o in range(low, high)} == gone
    kept = [offset for low, high in lost.kept(*within) for offset in range(low, high)]
    assert kept == [offset for offset in range(*within) if offset not in gone]
    start = within[0]
    assert lost.behind(start) == next(o for o in range(start, 99) if o not in gone)
    later = [low for low, _, _ in lost.gaps if low > start]
    assert lost.next_gap(start, 99) == min(later, default=99)


def test_gaps_are_few_and_in_order() -> None:
    lost = grown([((5, 7), "skip"), ((1, 2), "skip"), ((7, 9), "skip"), ((2, 3), "retention")])
    assert lost.gaps == ((1, 2, "skip"), (2, 3, "retention"), (5, 9, "skip"))
    assert lost.since(3).gaps == ((5, 9, "skip"),)
    assert lost.kept(0, 12) == [(0, 1), (3, 5), (9, 12)]


def test_what_was_lost_before_keeps_its_cause() -> None:
    lost = grown([((4, 6), "skip"), ((2, 8), "retention")])
    assert lost.gaps == ((2, 4, "retention"), (4, 6, "skip"), (6, 8, "retention"))
