"""Small worlds, whole: those of one record without a change of order; and a defect that shows in some of them."""

import pytest

from streamz_core.log.log import Log
from streamz_core.log.records.commits import CommitRecord
from tests.chaos.small import LEVELS, Bound, Decisions, main, visit

NEVER = float("inf")
FEW = Bound(0, few=True, every=31, records=1)


@pytest.mark.parametrize("level", LEVELS)
def test_all_worlds_of_one_record(level):
    count, failed, whole = visit(level, FEW, NEVER)
    assert (failed, whole) == (0, True)
    assert count > 50


def test_the_decisions_of_a_tree_are_all_visited():
    seen, path = [], []
    while path is not None:
        decisions = Decisions(path)
        first = decisions.ask(2)
        seen.append((first, decisions.ask(3) if first else None))
        path = decisions.next()
    assert seen == [(0, None), (1, 0), (1, 1), (1, 2)]


def test_an_acknowledgement_before_the_disk_has_it_is_found(monkeypatch, capsys):
    monkeypatch.setattr(Log, "acknowledge", lambda *_: None)
    _, failed, _ = visit("power", FEW, NEVER)
    assert failed
    assert "lost: commit" in capsys.readouterr().out


def test_a_commit_that_looks_at_no_offset_is_found(monkeypatch):
    monkeypatch.setattr(CommitRecord, "refuse", lambda *_: "")
    bound = Bound(0, few=True, every=1 << 20, records=1)
    assert visit("process", bound, NEVER)[1] > 0


def test_a_budget_ends_it_and_says_so(capsys):
    assert main(["--budget", "0s"]) == 0
    assert "0 worlds, the budget ended it" in capsys.readouterr().out
