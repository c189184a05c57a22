"""Types of fields, with type variables filled in, and what is behind names of types."""

import dataclasses
from typing import Annotated, Any, Generic, NewType, TypeVar

import pytest

from streamz_core.codecs.classes.hints import bare, hints_of, without_none
from streamz_core.errors import Misuse

T = TypeVar("T")
B = TypeVar("B", bound=int)


@dataclasses.dataclass
class Base(Generic[T]):
    a: T
    b: "dict[str, T]"


@dataclasses.dataclass
class Same(Base[T], Generic[T]):
    c: T


@dataclasses.dataclass
class Turned(Base[list[T]], Generic[T]):
    c: T
    d: "Turned[T] | None" = None


@dataclasses.dataclass
class Bounded(Generic[B]):
    a: B


@dataclasses.dataclass
class Leaf(Turned[int]):
    e: str = ""


@pytest.mark.parametrize(
    "tp, hints",
    [
        (Base[int], {"a": int, "b": dict[str, int]}),
        (Base, {"a": Any, "b": dict[str, Any]}),
        (Same[str], {"a": str, "b": dict[str, str], "c": str}),
        (
            Turned[int],
            {
                "a": list[int],
                "b": dict[str, list[int]],
                "c": int,
                "d": Turned[int] | None,
            },
        ),
        (Bounded, {"a": int}),
    ],
    ids=str,
)
def test_type_variables_are_what_the_class_says(tp, hints):
    assert hints_of(tp) == hints


def test_a_class_that_fills_them_for_its_heirs():
    assert hints_of(Leaf)["a"] == list[int]
    assert hints_of(Leaf)["c"] is int


def test_what_stands_behind_a_name():
    assert bare(NewType("Name", NewType("Inner", str))) is str
    assert bare(Annotated[int, "x"]) is int
    assert bare(list[int]) == list[int]
    assert without_none(int | None) is int
    assert without_none(int | str | None) == int | str
    assert without_none(list[int]) == list[int]


def test_names_that_are_nowhere_are_told():
    made = dataclasses.make_dataclass("Dangling", [("a", "Nowhere")])
    with pytest.raises(Misuse, match="Dangling: name 'Nowhere' is not defined"):
        hints_of(made)
