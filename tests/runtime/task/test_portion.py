"""How many records are taken before a commit, and how many of them one by one."""

from __future__ import annotations

from streamz_core.runtime.task.portion import ALL, TURN_S, Portion


def test_all_there_are_are_taken_unless_something_happened() -> None:
    portion = Portion()
    portion.taken += 1_000_000
    assert portion.room(1000) == 1000
    assert not portion.full


def test_what_was_too_much_is_done_in_halves_until_it_fits() -> None:
    portion = Portion()
    for expected in (50, 25, 12):
        portion.taken += portion.room(100)
        portion.halve()
        assert portion.taken == 0
        assert portion.room(100) == expected
    portion.taken += 12
    assert portion.full
    assert portion.room(100) == 0


def test_it_grows_again_with_every_commit_and_not_beyond_all() -> None:
    portion = Portion(taken=2)
    portion.halve()
    sizes = []
    for _ in range(1000):
        portion.committed()
        sizes.append(portion.most)
    assert sizes[:3] == [2, 3, 4]
    assert sizes == sorted(sizes)
    assert sizes[-1] == ALL


def test_suspects_are_taken_one_by_one() -> None:
    portion = Portion(taken=3)
    portion.suspect()
    assert (portion.taken, portion.suspects) == (0, 3)
    assert portion.room(1000) == 1
    portion.suspects = 0
    assert portion.room(1000) == 1000


def turns(portion: Portion, seconds_a_record: float, most: int, count: int) -> list[int]:
    """How many records each of so many turns takes."""
    found = []
    for _ in range(count):
        records = min(portion.at_once, most)
        found.append(records)
        portion.turned(records, records * seconds_a_record)
    return found


def test_a_turn_begins_with_one_record_and_soon_takes_what_there_is_time_for() -> None:
    assert turns(Portion(), 1e-6, 1000, 6) == [1, 8, 64, 512, 1000, 1000]
    assert turns(Portion(), 0.0, 1000, 6) == [1, 8, 64, 512, 1000, 1000]
    assert turns(Portion(), TURN_S / 100, 1000, 5) == [1, 8, 64, 100, 100]


def test_a_slow_step_has_one_record_a_turn() -> None:
    assert turns(Portion(), 10 * TURN_S, 1000, 3) == [1, 1, 1]
    portion = Portion()
    turns(portion, 1e-6, 1000, 10)
    assert turns(portion, TURN_S, 1000, 3) == [1000, 1, 1]
    assert turns(portion, 1e-6, 1000, 3) == [1, 8, 64], "and is forgiven"


def test_a_turn_without_a_record_tells_nothing() -> None:
    portion = Portion(at_once=7)
    portion.turned(0, 100.0)
    assert portion.at_once == 7


def test_a_closed_one_takes_nothing_before_its_commit() -> None:
    for ends in (Portion.committed, Portion.suspect, Portion.halve):
        portion = Portion(taken=4, closed=True)
        assert portion.full
        ends(portion)
        assert not portion.full
