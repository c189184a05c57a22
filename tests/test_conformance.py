"""The recorded cases that need only what is built give Kafka's results, however they are run."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.cases import read_cases
from tests.conformance.commits import comparable, in_commits
from tests.conformance.decided import DECIDED
from tests.conformance.drive import SAMPLED, VARIANTS, sampled
from tests.conformance.run import run_case
from tests.conformance.shape import needs
from tests.conformance.supported import SUPPORTED, WHOLE, missing, must_pass

VECTORS = Path(__file__).parent / "vectors"
CASES = list(read_cases([VECTORS]))
EXPECTED = [case for case in CASES if must_pass(case)]
GROUPS = sorted({case.group for case in EXPECTED})

NEXT = {
    "anchored-punctuation": 3,
    "global-join-keys": 4,
    "headers-queries": 7,
    "headers-stores": 46,
    "transactional-stores": 9,
}
"""The cases in the folder `next`."""

# How many cases of a group must pass at least: less of them means that a need was misread.
AT_LEAST = {
    "aggregate": 24,
    "cogroup": 24,
    "caching": 24,
    "chains": 45,
    "join-stream-table": 24,
    "join-foreign-key": 40,
    "join-table-table": 40,
    "transactional-stores": 8,
    "optimized": 8,
    "processors": 24,
    "rules-aggregate": 8,
    "rules-caching": 20,
    "rules-errors": 8,
    "rules-join-stream-table": 17,
    "rules-join-foreign-key": 44,
    "rules-join-table-table": 15,
    "rules-processors": 7,
    "rules-selection": 4,
    "rules-stateless": 10,
    "rules-tables": 23,
    "rules-windows": 16,
    "selection": 16,
    "stateless": 40,
    "table-aggregate": 36,
    "table-stateless": 24,
    "timestamps": 12,
    "window-hopping": 24,
    "window-tumbling": 24,
}


@pytest.fixture
def _databases_without_a_disk(monkeypatch):
    """Hundreds of databases are opened; what counts is the rows they hold, not that a disk does."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 256 << 20:
        monkeypatch.setattr(tempfile, "tempdir", str(memory))


@pytest.mark.usefixtures("_databases_without_a_disk")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("group", GROUPS)
def test_every_case_of_built_operators_passes(group, variant):
    cases = [case for case in EXPECTED if case.group == group]
    if variant in SAMPLED:
        cases = [case for case in cases if sampled(case)]
    outcomes = [run_case(case, [variant]) for case in cases]
    failed = [f"{each.case.name}\n{each.reason}" for each in outcomes if each.state != "passed"]
    assert not failed, f"{len(failed)} of {len(outcomes)} failed\n" + "\n".join(failed)


@pytest.mark.parametrize("case", [each for each in CASES if comparable(each)], ids=lambda x: x.name)
def test_a_commit_of_several_records_has_the_last_value_of_each_key(case):
    for seed in range(3):
        expected, found = in_commits(case, seed)
        assert found == expected


def test_all_cases_are_here_and_small():
    assert len(CASES) == len({case.name for case in CASES}) == 1135 + sum(NEXT.values())
    assert sum(file.stat().st_size for file in VECTORS.rglob("*")) < 1 << 20


def test_those_of_what_came_next_are_here():
    counted = Counter(case.group for case in CASES)
    assert {group: counted[group] for group in NEXT} == NEXT


def test_groups_that_must_pass_whole_need_nothing_else():
    assert [case.name for case in CASES if case.group in WHOLE and missing(case)] == []


def test_no_case_has_left_the_ones_that_must_pass():
    counted = Counter(case.group for case in EXPECTED)
    assert {group: counted[group] for group in AT_LEAST if counted[group] < AT_LEAST[group]} == {}


def test_every_other_case_is_reported_as_not_built():
    for outcome in [run_case(case) for case in CASES if not must_pass(case)]:
        assert outcome.state == "failed"
        assert outcome.reason.startswith("not built: ")


def test_every_supported_word_is_one_that_cases_use():
    assert set().union(*(needs(case) for case in CASES)) >= SUPPORTED


def test_what_a_decision_changes_is_a_case_and_differs_from_what_was_recorded():
    recorded = {case.name: case.spec for case in CASES}
    assert [
        (name, field)
        for name, ours in DECIDED.items()
        for field, value in ours.items()
        if recorded[name].get(field) == value
    ] == []
