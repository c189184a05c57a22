"""What was read and not given yet."""

from __future__ import annotations

from streamz_core.broker.receiving.ahead import Ahead
from streamz_core.record import Record


def record(partition: int, offset: int) -> Record[str, str]:
    return Record("k", "v", 0, topic="t", partition=partition, offset=offset)


def test_it_stands_before_what_is_not_given() -> None:
    ahead: Ahead[str, str] = Ahead()
    ahead.left.extend([record(0, 3), record(1, 7), record(0, 4)])
    at = {("t", 0): 5, ("t", 1): 8, ("t", 2): 1}
    assert ahead.standing(at) == {("t", 0): 3, ("t", 1): 7, ("t", 2): 1}
    assert [one.offset for one in ahead.take(2)] == [3, 7]
    assert ahead.standing(at) == {("t", 0): 4, ("t", 1): 8, ("t", 2): 1}
    assert ahead.standing(at, [record(1, 2), record(9, 0)])["t", 1] == 2


def test_what_went_is_not_given() -> None:
    ahead: Ahead[str, str] = Ahead()
    ahead.left.extend([record(0, 3), record(1, 7), record(0, 4)])
    ahead.drop([("t", 0)])
    assert [one.offset for one in ahead.take(9)] == [7]
