"""The interpreter gives what was recorded from the real Kafka Streams, or what was decided instead."""

from pathlib import Path

import pytest

from tests.conformance.cases import read_cases
from tests.conformance.compare import compare
from tests.conformance.shape import needs
from tests.interpreter.cases import observe

VECTORS = Path(__file__).parents[1] / "vectors"

ELSEWHERE = {
    "processor anchored_every",
    "processor fail_every",
    "processor flush_every",
    "processor meta",
    "processor put_and_range",
    "processor route",
    "processor store_then_fail",
    "processor swap",
    "max_task_idle_ms",
    "query iq",
    "query kv",
    "query session",
    "query window",
}
"""Needs of cases that go by the wall clock, by places of records, by reads, or that fail."""


def told(case):
    """Whether the rules of the interpreter tell such a case: one without cache, clock and error."""
    moved = any("advance_wall_clock_ms" in entry for entry in case.inputs)
    return not (case.cached or moved or case.error_expected or needs(case) & ELSEWHERE)


CASES = [case for case in read_cases([VECTORS]) if told(case)]
GROUPS = sorted({case.group for case in CASES})


@pytest.mark.parametrize("group", GROUPS)
def test_it_gives_what_was_recorded(group):
    cases = [case for case in CASES if case.group == group]
    found = [(case.name, compare(case, observe(case))) for case in cases]
    assert [f"{name}\n{difference}" for name, difference in found if difference is not None] == []


def test_most_cases_are_told():
    assert len(CASES) > 1_040
