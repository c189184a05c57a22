"""Every record that a loop takes can be seen from outside of it."""

from __future__ import annotations

import pytest

from streamz_core.runtime.task.following import Following


@pytest.mark.parametrize("column", [[1, 2, 3], (1, 2, 3), range(3)])
def test_each_record_is_another_place(column: object) -> None:
    following = Following()
    first = following.at()
    seen = {following.at() for _ in following.follow(column)}  # type: ignore[arg-type]
    assert len(seen | {first}) == 4


def test_another_loop_is_another_place() -> None:
    following = Following()
    places = set()
    for _ in range(3):
        list(following.follow([1]))
        places.add(following.at())
    assert len(places) == 3


def test_who_takes_nothing_is_where_it_was() -> None:
    following = Following()
    column = following.follow([1, 2])
    next(column)
    assert following.at() == following.at()
