"""A share of the random schedules, the same in every run of the suite; and the oracle sees what it must."""

import time

import pytest

from streamz_core.testing.simulator import Endless
from tests.chaos.log_schedules import finding, play
from tests.chaos.log_world import make_world
from tests.chaos.mutants import MUTANTS, SCHEDULES_MAX, Mutant, hunt, main
from tests.chaos.twice import unlike

# Seeds that once found something, and a few from the beginning. A seed means another schedule after
# a change of the simulator: those that found something are kept all the same.
FOUND = (
    19,
    354,
    726,
    70066,
    91914,
    92185,
    302915,
    402019,
    621277,
    631635,
    633132,
    702625,
    703881,
    707893,
    711339,
    904261,
    909970,
    1002774,
    4100001519,
    5000001966,
    5000003950,
    5000009254,
    5100001207,
    5100002834,
    5200001106,
    5200003867,
)
SEEDS = [*FOUND, *range(1000, 1120)]


@pytest.mark.parametrize("part", range(12))
def test_nothing_is_lost_and_nothing_twice(part):
    for seed in SEEDS[part::12]:
        error = finding(make_world(seed))
        assert error is None, f"./dev chaos log --seed {seed} --budget 0: {error!r}"


def test_a_schedule_can_be_played_again():
    for seed in range(3):
        first, second = make_world(seed), make_world(seed, history=True)
        play(first)
        play(second)
        assert first.sim.digest() == second.sim.digest()
        assert second.sim.history


def test_schedules_are_the_same_in_another_process():
    for hash_seed in (1, 77):
        assert unlike(5000, 6, hash_seed) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_defect_is_found(name):
    assert hunt(MUTANTS[name], 0).error is not None


def test_a_schedule_without_end_is_a_finding():
    """This one writes the same record again and again, since it does not see what it wrote."""
    torn = MUTANTS["torn tail truncated"]
    first, second = (hunt(torn, 7920, schedules=1) for _ in range(2))
    assert isinstance(first.error, Endless)
    assert str(first.error) == str(second.error)


def test_a_budget_ends_a_hunt_under_way():
    hidden = Mutant()  # nothing is wrong, so nothing is found
    assert str(hunt(hidden, 0, schedules=2)) == "SURVIVED 2 schedules"
    begin_s = time.monotonic()
    found = hunt(hidden, 0, until_s=begin_s + 0.2)
    assert time.monotonic() - begin_s < 5
    assert found.spent
    assert 0 < found.schedules < SCHEDULES_MAX
    told = f"not hunted: the budget was spent after {found.schedules} schedules"
    assert str(found) == told


def test_what_was_not_hunted_fails_and_is_no_survivor(capsys):
    assert main(["--budget", "0s"]) == 1
    *mutants, last = capsys.readouterr().out.splitlines()
    assert mutants == [f"{name}: not hunted: the budget was spent" for name in MUTANTS]
    assert last == f"0 passed, {len(MUTANTS)} failed"
