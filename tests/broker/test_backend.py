"""Values of the seam, and what follows from any backend."""

from __future__ import annotations

import pytest

from streamz_core.broker.backend import Mark, next_offset


@pytest.mark.parametrize("committed, expected", [(None, 7), (0, 0), (9, 9)])
def test_who_never_committed_begins_at_the_start(committed: int | None, expected: int) -> None:
    class Fake:
        def committed(self, *where: object) -> int | None:
            assert where == ("g", "t", 1)
            return committed

        def start(self, *where: object) -> int:
            assert where == ("t", 1)
            return 7

    assert next_offset(Fake(), "g", "t", 1) == expected  # type: ignore[arg-type]


def test_later_marks_are_larger() -> None:
    assert Mark(2, b"a") > Mark(1, b"z")
    assert Mark(1, b"a") != Mark(1, b"b")
