"""What a supplier tells of the records that its processors forward."""

from typing import Any, Generic, Never, TypeVar

import pytest

from streamz_core.dsl.declared.functions import UNKNOWN
from streamz_core.dsl.declared.suppliers import forwarded_type
from streamz_core.operators.processors.processor import Processor

T = TypeVar("T")


class Plain(Processor[str, bytes, int, float]):
    pass


class Child(Plain):
    pass


class Own(Processor[str, str, T, int], Generic[T]):
    pass


class Bound(Own[str]):
    pass


class Untyped(Processor):
    pass


def give() -> Plain:
    raise NotImplementedError


def give_alias() -> Processor[str, str, bytes, list[int]]:
    raise NotImplementedError


def said(supplier):
    return tuple(forwarded_type(supplier, side, "step") for side in ("key", "value"))


@pytest.mark.parametrize(
    "supplier, types",
    [
        (Plain, (int, float)),
        (Child, (int, float)),
        (Own, (UNKNOWN, int)),
        (Untyped, (UNKNOWN, UNKNOWN)),
        (give, (int, float)),
        (give_alias, (bytes, list[int])),
        (lambda: Plain, (UNKNOWN, UNKNOWN)),
        (int, (UNKNOWN, UNKNOWN)),
    ],
)
def test_the_arguments_of_processor_tell(supplier, types):
    assert said(supplier) == types


@pytest.mark.parametrize("nothing", [None, Never])
def test_nothing_is_forwarded(nothing):
    class Last(Processor[str, str, nothing, Any]):
        pass

    assert said(Last) == (None, UNKNOWN)


def test_what_a_class_in_between_is_of_is_not_looked_up():
    assert said(Bound) == (UNKNOWN, int)
