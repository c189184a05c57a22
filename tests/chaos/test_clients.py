"""A share of the schedules of producers, the same in every run of the suite; and the oracle sees what it must."""

import pytest

from tests.chaos.clients import BATTERY
from tests.chaos.clients_world import make_clients, playing

# Seeds that once found something, and a few from the beginning.
FOUND = (292177905, 292177942, 292178068, 923188131, 3904343894, 3904344007)
SEEDS = [*FOUND, *range(100, 130)]


@pytest.mark.parametrize("part", range(3))
def test_each_record_is_there_once(part):
    for seed in SEEDS[part::3]:
        error = BATTERY.finding(make_clients(seed))
        assert error is None, f"./dev chaos clients --seed {seed} --budget 0: {error!r}"


def test_a_schedule_can_be_played_again():
    first, second = make_clients(5), make_clients(5)
    playing(first)
    playing(second)
    assert first.sim.digest() == second.sim.digest()


@pytest.mark.parametrize("name", BATTERY.mutants)
def test_a_planted_defect_is_found(name):
    assert BATTERY.hunt(name, 1)
