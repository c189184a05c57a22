"""A share of the battery of restores, the same in every run of the suite; and it sees what it is for."""

import pytest

from streamz_core.log.segments import compaction
from streamz_core.stores.kinds import KINDS
from streamz_core.stores.windowed.ordered import OrderedStore
from tests.chaos.compaction import finding, main

FOUND = {
    "versions": (2, 9, 42, 49),
    "expiring": (3, 24, 38, 57),
    "ttl": (4, 40, 48),
    "sessions": (9, 11),
    "ordered": (5,),
}
"""Seeds that once found something."""


@pytest.mark.parametrize("kind", KINDS)
def test_compaction_never_changes_what_a_restore_gives(kind):
    for seed in {*range(100, 106), *FOUND.get(kind, ())}:
        error = finding(seed, kind)
        assert error is None, f"./dev chaos compaction --budget 0 --seed {seed} --kind {kind}"


def found(kind):
    return any(finding(seed, kind) is not None for seed in range(1, 60))


def test_it_sees_a_horizon_that_is_not_heeded(monkeypatch):
    choose = compaction.choose

    def heedless(*given):
        return compaction.Kept(choose(*given).offsets, 0)

    monkeypatch.setattr("tests.chaos.compaction_world.choose", heedless)
    assert found("timestamped")


def test_it_sees_a_time_that_is_forgotten(monkeypatch):
    monkeypatch.setattr(OrderedStore, "_tell_newest", lambda _: None)
    assert found("session")


def test_it_sees_rows_that_go_too_early(monkeypatch):
    monkeypatch.setattr(compaction, "_EDGE_MS", -86_400_030)
    assert found("window")


def test_a_failure_is_told_with_its_seed(monkeypatch, capsys):
    monkeypatch.setattr(compaction, "_EDGE_MS", -86_400_030)
    assert main(["--seed", "4", "--budget", "0", "--kind", "window"]) == 1
    *told, last = capsys.readouterr().out.splitlines()
    assert last == "0 passed, 1 failed"
    assert told[1].startswith("seed 4 window:")


def test_the_last_line_counts(capsys):
    assert main(["--seed", "1", "--budget", "0", "--kind", "plain"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "300 passed, 0 failed"
