"""A share of the failing calls; and what must not be is seen."""

from unittest.mock import patch

import pytest

from streamz_core.errors import Corrupt
from streamz_core.log.chain import recovery
from tests.chaos.calls import Case, cases, finding, main
from tests.chaos.calls_scenarios import SCENARIOS

LONG = ("move", "forget", "compact")
"""Of these every so many-th call is enough here; which ones, differs by level."""


def findings(row):
    """(what is wrong with each call of the row, how many calls there are)."""
    found = []
    for case in cases(row, 23 if row.scenario in LONG else 1):
        told = finding(case)
        if told == "":
            return [one for one in found if one], len(found)
        found.append(f"{case}: {told}" if told else None)
    raise AssertionError("a row has an end")


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("level", ["power", "process"])
def test_no_failing_call_loses_what_was_acknowledged(name, level):
    first = 1 if level == "power" else 12
    wrong, calls = findings(
        Case(name, level, "EIO", ever=False, cut=level == "power", number=first)
    )
    assert not wrong
    assert calls > 10


@pytest.mark.parametrize("failure", ["ENOSPC", "EMFILE", "EINTR", "short"])
def test_a_failure_for_ever_ends(failure):
    for name in ("commit with data", "cold start of what others left"):
        wrong, calls = findings(Case(name, "process", failure, ever=True, cut=False))
        assert not wrong
        assert calls


def test_a_cold_start_that_takes_an_error_for_the_end_is_found():
    """The disk cannot read a payload this once: the log does not end there."""
    verified = recovery._verified

    def hasty(env, layout, found, state, given_up):
        try:
            return verified(env, layout, found, state, given_up)
        except Corrupt:
            return found[0].lsn - 1

    row = Case("cold start after a failed sync", "process", "EIO", ever=False, cut=False)
    with patch.object(recovery, "_verified", hasty):
        wrong, _ = findings(row)
    assert wrong
    assert all("an acknowledged commit is lost" in one for one in wrong)


def test_a_budget_ends_it_and_says_how_far_it_came(capsys):
    assert main(["--budget", "0s", "--scenario", "lost"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 of 40 rows to their last call",
        "0 passed, 0 failed",
    ]
