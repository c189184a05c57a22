"""What is asked of functions: arguments that fit, results of the right kind, types that resolve."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest
from attrs import frozen

from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.functions import (
    UNKNOWN,
    UserFunction,
    check_function,
    first_argument_type,
    result_type,
)
from streamz_core.errors import TopologyError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from nowhere import Nothing

T = TypeVar("T")


@frozen
class Click:
    url: str

    def named(self, user: str) -> int:
        return len(self.url + user)


class Counter(Generic[T]):
    def __call__(self, value: T) -> list[int]:
        return []


def whole(value: Nothing) -> Click: ...
def optional(value: int) -> Click | None: ...
def pair(value: int) -> tuple[str, Click]: ...
def several(value: int) -> Iterator[Click]: ...
def generated(value: int) -> Generator[Click, None, None]: ...
def pairs(value: int) -> Iterable[tuple[str, int]]: ...
def records(value: int) -> Iterator[Record[str, Click]]: ...  # noqa: F821 - a usual name
def anything(value: int) -> Any: ...
def generic(value: T) -> T: ...
def bare(value: int) -> tuple: ...
def unsaid(value): ...
def dangling(value: int) -> Nothing: ...
def spread(value: int) -> tuple[str, ...]: ...


def wrapped(fn):
    @wraps(fn)
    def inner(*args):
        return fn(*args)

    return inner


TYPES = [
    (whole, (), Click),
    (optional, (), Click | None),
    (pair, (0,), str),
    (pair, (1,), Click),
    (several, ("each",), Click),
    (generated, ("each",), Click),
    (pairs, ("each", 0), str),
    (pairs, ("each", 1), int),
    (records, ("each", 0), str),
    (records, ("each", 1), Click),
    (Click, (), Click),
    (int, (), int),
    (wrapped(whole), (), Click),
    (partial(whole, 1), (), Click),
    (Click("a").named, (), int),
    (Counter(), (), list[int]),
    (anything, (), UNKNOWN),
    (generic, (), UNKNOWN),
    (bare, (1,), UNKNOWN),
    (spread, (1,), UNKNOWN),
    (unsaid, (), UNKNOWN),
    (len, (), UNKNOWN),
    (str.upper, (), UNKNOWN),
    (lambda value: value, (), UNKNOWN),
    (pair, ("each", 5), UNKNOWN),
]


@pytest.mark.parametrize("fn, path, expected", TYPES, ids=lambda part: str(part)[:30])
def test_annotations_are_resolved_where_they_can_be(fn, path, expected):
    assert result_type(fn, path, "step") == expected


def test_names_of_enclosing_functions_are_seen():
    @frozen
    class Inner:
        x: int

    def make() -> Inner:
        return Inner(1)

    assert result_type(make, (), "step") is Inner


def test_a_name_that_does_not_exist_is_told_with_the_step():
    with pytest.raises(
        TopologyError, match=r"pages.map_values: .*'Nothing'.*outside of TYPE_CHECKING"
    ):
        result_type(dangling, (), "pages.map_values")


def test_only_the_annotation_in_question_is_looked_at():
    assert result_type(whole, (), "step") is Click
    assert first_argument_type(optional, "step") is int
    assert first_argument_type(lambda key: key, "step") is UNKNOWN
    assert first_argument_type(dict.get, "step") is UNKNOWN


ARITY = [
    (lambda: 1, ("value",), r"takes? .*0|too many positional"),
    (lambda a, b: 1, ("value",), "missing a required argument: 'b'"),
    (lambda a: 1, ("key", "value"), "too many positional"),
    (lambda *, a: 1, ("value",), "too many positional"),
]


@pytest.mark.parametrize("fn, takes, message", ARITY)
def test_a_function_that_cannot_be_called_is_refused(fn, takes, message):
    with pytest.raises(TopologyError, match=message) as caught:
        check_function("clicks.filter", fn, takes, many=False)
    assert str(caught.value).startswith("clicks.filter: ")
    assert f"({', '.join(takes)})" in str(caught.value)
    assert ("with_key=True" in str(caught.value)) == ("key" not in takes)


@pytest.mark.parametrize(
    "fn", [lambda *a: 1, lambda a, b=1: 1, len, print, dict, partial(int, base=2), Click("a").named]
)
def test_a_function_that_can_be_called_passes(fn):
    check_function("step", fn, ("value",), many=False)


async def later(value):
    return value


async def later_many(value):
    yield value


def yields(value):
    yield value


def hands_on(value):
    return later(value)


def one_at_a_time(value) -> int:
    yield value


def test_a_step_of_many_results_is_not_said_to_give_one():
    with pytest.raises(
        TopologyError, match=r"step: one_at_a_time is said to return int.*`-> Iterator\[int\]`"
    ):
        result_type(one_at_a_time, ("each",), "step")


def test_what_is_no_function_of_the_right_kind_is_refused():
    for fn in (later, later_many):
        with pytest.raises(
            TopologyError,
            match=r"step: later\w* is async; map_async takes such functions, other steps take plain ones",
        ):
            check_function("step", fn, ("value",), many=True)
    for fn in (lambda value: later(value), hands_on):  # noqa: PLW0108
        with pytest.raises(TopologyError, match=r"step: .* gives what an async function gives"):
            check_function("step", fn, ("value",), many=False)
    check_function("step", lambda value: asyncio.run(later(value)), ("value",), many=False)
    with pytest.raises(TopologyError, match=r"step: yields yields.*use flat_map"):
        check_function("step", yields, ("value",), many=False)
    check_function("step", yields, ("value",), many=True)
    with pytest.raises(TopologyError, match="step: 5 is no function"):
        check_function("step", 5, ("value",), many=False)


def test_names_of_functions():
    def _(value):
        return value

    named = {fn: UserFunction(fn).name for fn in (whole, len, Click, _, partial(len))}
    assert list(named.values()) == ["whole", "len", "Click", None, None]
    assert UserFunction(lambda: 1).name is None


def test_steps_check_their_functions_with_key_and_stores():
    app = Builder("shop")
    store = app.store("one", key=str, value=int)
    clicks = app.stream("clicks")
    with pytest.raises(
        TopologyError, match=r"clicks.filter: .*called with, \(key, value, store one\)"
    ):
        clicks.filter(lambda value: True, with_key=True, store=store)
    with pytest.raises(TopologyError, match=r"n: .*called with, \(record, context\)"):
        clicks.process(lambda record: [], name="n")
    with pytest.raises(TopologyError, match=r"\(accumulator, value\)"):
        clicks.group_by_key().aggregate(lambda value: 1, initial=int, name="n")
    with pytest.raises(TopologyError, match="yields, but this step takes one result"):
        clicks.map_values(yields)


@pytest.mark.parametrize("store", ["one", {}, None])
def test_what_is_no_store_of_the_app_is_refused(store):
    app = Builder("shop")
    foreign = Builder("other").store("foreign", key=str, value=str)
    with pytest.raises(TopologyError, match=r"n: .* is no store of the app 'shop'; declare it"):
        app.stream("clicks").filter(lambda *a: True, stores=[store], name="n")
    with pytest.raises(TopologyError, match="foreign is no store of the app 'shop'"):
        app.stream("clicks").filter(lambda *a: True, store=foreign)
