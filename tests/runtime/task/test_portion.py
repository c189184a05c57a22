"""How many records are taken before a commit, and how many of them one by one."""

from __future__ import annotations

from streamz_core.runtime.task.portion import ALL, Portion


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
