"""A share of the schedules of groups, the same in every run of the suite; and the oracle sees what it must."""

import pytest

from tests.chaos.groups import BATTERY, main
from tests.chaos.groups_world import make_groups, playing

# Seeds that once found something, and a few from the beginning.
FOUND = (78, 101, 1134)
SEEDS = [*FOUND, *range(200, 230)]


@pytest.mark.parametrize("part", range(3))
def test_each_record_is_read_by_one_and_moved_once(part):
    for seed in SEEDS[part::3]:
        error = BATTERY.finding(make_groups(seed))
        assert error is None, f"./dev chaos groups --seed {seed} --budget 0: {error!r}"


def test_a_schedule_can_be_played_again():
    first, second = make_groups(5), make_groups(5)
    playing(first)
    playing(second)
    assert first.sim.digest() == second.sim.digest()


def test_real_processes_that_are_killed_and_stopped_lose_and_double_nothing(capsys):
    assert main(["--kill", "--budget", "4s", "--seed", "3"]) == 0
    told, last = capsys.readouterr().out.splitlines()[-2:]
    assert told.endswith("lost 0, doubled 0")
    assert int(last.split()[0]) > 3


@pytest.mark.parametrize("name", BATTERY.mutants)
def test_a_planted_defect_is_found(name):
    assert BATTERY.hunt(name, 1)
