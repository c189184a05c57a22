"""Piles: records that wait, and the places of those that were written."""

from __future__ import annotations

import pytest

from streamz_core.broker.sending.pile import Pile, counts
from streamz_core.broker.sending.sent import Delivered
from streamz_core.errors import Retriable


def put(pile: Pile, count: int, weight: int = 10) -> list[int]:
    """Put records on it as a sender does; their numbers."""
    numbers = []
    for row in range(count):
        pile.total += weight
        pile.extend((b"k", b"v", 100 + row, (), pile.total))
        numbers.append(pile.total)
    return numbers


@pytest.fixture
def pile() -> Pile:
    return Pile("t", 1, lambda _: None)


def test_records_land_in_parts(pile: Pile) -> None:
    numbers = put(pile, 5)
    assert pile.land(2, 7, [100, 101]) == 20
    assert pile.weight == 30
    assert [pile.told(number) for number in numbers] == [
        Delivered("t", 1, 7, 100),
        Delivered("t", 1, 8, 101),
        None,
        None,
        None,
    ]
    pile.land(3, 50, [102, 103, 104])
    assert [pile.told(number) for number in numbers[1:3]] == [
        Delivered("t", 1, 8, 101),
        Delivered("t", 1, 50, 102),
    ]
    assert (pile.weight, list(pile)) == (0, [])


def test_a_record_that_comes_late_is_kept(pile: Pile) -> None:
    """Its sender had looked at the pile, and was stopped before he put it there."""
    put(pile, 1)
    pile.total += 10
    pile.land(1, 0, [100])
    assert pile.weight == 10
    pile.extend((b"late", b"v", 9, (), 20))
    assert pile.columns() == [[b"late"], [b"v"], [9], [()]]
    pile.land(1, 4, [9])
    assert pile.told(20) == Delivered("t", 1, 4, 9)


def test_what_failed_is_told_and_what_landed_before_stays(pile: Pile) -> None:
    first, second = put(pile, 2)
    pile.land(1, 0, [100])
    assert counts(iter([pile])) == {"t": 1}
    pile.fail(Retriable("gone"))
    assert pile.told(first) == Delivered("t", 1, 0, 100)
    with pytest.raises(Retriable, match="gone"):
        pile.told(second)
    assert counts(iter([pile])) == {}


def test_those_who_listen_are_called_when_it_is_known(pile: Pile) -> None:
    first, second = put(pile, 2)
    told: list[object] = []
    for number in (second, first, second):
        pile.listen(number, lambda error, found: told.append((error, found)))
    pile.land(1, 0, [100])
    pile.tell()
    assert told == [(None, Delivered("t", 1, 0, 100))]
    error = Retriable("gone")
    pile.fail(error)
    pile.tell()
    pile.tell()
    assert told[1:] == [(error, None)] * 2
