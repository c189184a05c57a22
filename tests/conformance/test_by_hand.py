"""Recorded cases of processors, written by hand: the results are Kafka's, however they are run."""

import pytest

from tests.conformance.by_hand import build_by_hand
from tests.conformance.compare import compare
from tests.conformance.drive import VARIANTS, observe, variants_for
from tests.test_conformance import CASES

PROCESSED = [
    case
    for case in CASES
    if any(node["op"] == "process" for node in case.nodes) and not case.cached
]


def test_there_are_enough():
    assert len(PROCESSED) >= 40


@pytest.mark.parametrize("case", PROCESSED, ids=lambda case: case.name)
def test_a_processor_that_forwards_gives_what_kafkas_gives(case):
    for variant in variants_for(case, VARIANTS):
        difference = compare(case, observe(case, variant, build_by_hand))
        assert difference is None, f"variant {variant}\n{difference}"
