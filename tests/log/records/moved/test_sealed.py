"""Which sealed files take whose place."""

from __future__ import annotations

import itertools

import pytest

from streamz_core.log.records.moved.sealed import SealedFile, behind, exchange, holder


def files(*bounds: int) -> tuple[SealedFile, ...]:
    """One for each two neighbours; its name is its first offset."""
    return tuple(
        SealedFile(base, stop, b"%d" % base, 10, stop - base, 0)
        for base, stop in itertools.pairwise(bounds)
    )


def fresh(*bounds: int) -> tuple[SealedFile, ...]:
    return tuple(file._replace(name=b"n%d" % file.base) for file in files(*bounds))


@pytest.mark.parametrize(
    "known, replaced, new, bounds",
    [
        ((), [], (0, 5), (0, 5)),
        ((), [], (3, 5, 9), (3, 5, 9)),
        ((0, 5), [], (5, 9), (0, 5, 9)),
        ((0, 5, 9), [b"0", b"5"], (0, 9), (0, 9)),
        ((0, 5, 9), [b"5"], (5, 12), (0, 5, 12)),
        ((0, 5, 9, 12), [b"0", b"5"], (0, 9), (0, 9, 12)),
        ((2, 5, 9), [b"2"], (2, 5), (2, 5, 9)),
    ],
)
def test_files_that_fit_take_their_place(known, replaced, new, bounds) -> None:
    found = exchange(files(*known), replaced, fresh(*new))
    assert found is not None
    assert [found[0].base, *(file.stop for file in found)] == [*bounds]
    assert all(one.stop == two.base for one, two in itertools.pairwise(found))
    assert {*fresh(*new)} <= {*found}


@pytest.mark.parametrize(
    "known, replaced, new",
    [
        ((0, 5), [], (0, 5)),  # somebody sealed it before
        ((0, 5), [], (6, 9)),  # something between is missing
        ((0, 5), [], (4, 9)),
        ((0, 5, 9), [b"x"], (0, 5)),  # somebody merged them before
        ((0, 5, 9), [b"0"], (0, 9)),
        ((0, 5, 9), [b"0", b"5"], (0, 8)),
        ((0, 5, 9), [b"5"], (5, 8)),
        ((0, 5, 9), [b"0"], (0, 4)),
        ((4, 9), [], (0, 4)),
        ((), [b"0"], (0, 5)),
    ],
)
def test_files_that_do_not_fit_are_refused(known, replaced, new) -> None:
    assert exchange(files(*known), replaced, fresh(*new)) is None


def test_an_offset_is_found_in_the_file_that_holds_it() -> None:
    row = files(0, 5, 9, 12)
    assert [holder(row, offset).base for offset in range(12)] == [0] * 5 + [5] * 4 + [9] * 3
    assert [file.base for file in behind(row, 5)] == [5, 9]
    assert behind(row, 12) == ()
