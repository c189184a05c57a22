"""Each row of an aggregate begins with a value of its own, whatever `initial` gives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from attrs import define, field

from streamz_core.app import App
from streamz_core.codecs.annotation import codec_for
from streamz_core.operators.aggregates.initials import Initials, of_its_own


@define
class Basket:
    """Its default is one list for all: attrs lets it pass."""

    items: list[int] = []  # noqa: RUF008 - that is the trouble

    def add(self, number: int) -> Basket:
        self.items.append(number)
        return self


@define
class Own:
    items: list[int] = field(factory=list)


ONE: list[int] = []


@cache
def cached() -> list[int]:
    return []


def appended(held: list[int], number: int) -> list[int]:
    held.append(number)
    return held


SENT = [("a", 1), ("b", 2), ("a", 3), ("c", 4)]


def rows(app: App, crash: bool) -> dict[Any, Any]:
    with app.test() as t:
        for key, number in SENT:
            t.topic("in").send(key, number)
            if crash:
                t.crash()
                t.restart()
        return {key: getattr(value, "items", value) for key, value in t.store("kept").items()}


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("initial", [lambda: ONE, cached, list], ids=["one", "cached", "own"])
def test_keys_have_nothing_in_common(initial: Callable[[], list[int]], *, crash: bool) -> None:
    app = App("initials")
    numbers = app.stream("in", key=str, value=int).group_by_key()
    numbers.aggregate(appended, initial=initial, name="kept", value=list[int])
    assert rows(app, crash) == {"a": [1, 3], "b": [2], "c": [4]}
    assert ONE == cached() == []


def test_nor_have_they_by_a_default_of_a_class() -> None:
    app = App("defaults")
    app.stream("in", key=str, value=int).group_by_key().aggregate(Basket, name="kept")
    assert rows(app, crash=False) == {"a": [1, 3], "b": [2], "c": [4]}
    assert Basket().items == []


def test_sessions_that_are_merged_have_nothing_in_common() -> None:
    from streamz_core import session

    app = App("sessions")
    windows = app.stream("in", key=str, value=int).group_by_key().window(session("1s"))
    windows.aggregate(
        appended,
        initial=lambda: ONE,
        merge=lambda one, other: one + other,
        name="kept",
        value=list[int],
    )
    with app.test() as t:
        for key, number in SENT:
            t.topic("in").send(key, number, timestamp=number * 10)
        assert {row[0].key: row[1] for row in t.store("kept").rows()} == {
            "a": [1, 3],
            "b": [2],
            "c": [4],
        }
    assert ONE == []


def test_what_is_made_anew_is_not_copied() -> None:
    made: list[Own] = []

    def initial() -> Own:
        made.append(Own())
        return made[-1]

    own = Initials(initial)
    given = [own() for _ in range(4)]
    assert given[0] is not made[0], "nobody knows yet"
    assert [one is other for one, other in zip(given[1:], made[1:], strict=True)] == [True] * 3


def test_what_cannot_change_is_not_looked_at_and_what_cannot_be_copied_is_as_it_is() -> None:
    assert of_its_own(int, codec_for(int)) is int
    assert isinstance(of_its_own(list, codec_for(list[int])), Initials)
    lock = threading.Lock()
    own = Initials(lambda: lock)
    assert own() is own() is lock
    with pytest.raises(TypeError):
        deepcopy(lock)
