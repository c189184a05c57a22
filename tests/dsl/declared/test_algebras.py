"""Classes that fold: what they must have, and their methods as functions."""

import pytest
from attrs import define, frozen

from streamz_core.dsl.declared.algebras import check_algebra, fold_of
from streamz_core.errors import TopologyError


@frozen
class Total:
    number: int = 0

    def add(self, number: int) -> "Total":
        return Total(self.number + number)


@define
class Changed:
    numbers: list

    def add(self, number):
        self.numbers.append(number)

    def remove(self, number):
        return Changed([one for one in self.numbers if one != number])


def test_a_method_that_returns_the_next_one_is_called_as_it_is():
    assert fold_of(Total, "add", "here") is Total.add


def test_one_that_changes_the_object_is_asked_for_the_object():
    held = Changed([1])
    assert fold_of(Changed, "add", "here")(held, 2) is held
    assert held.numbers == [1, 2]
    assert fold_of(Changed, "remove", "here")(held, 1) == Changed([2])


@pytest.mark.parametrize(
    "cls, methods, wanted",
    [(Total, ("add", "remove"), r"add\(value\) and remove\(value\)"), (max, ("add",), "add")],
)
def test_what_lacks_a_method_is_refused(cls, methods, wanted):
    check_algebra(Total, "here", "add")
    with pytest.raises(TopologyError, match=rf"^here: say initial=.* a class with {wanted}"):
        check_algebra(cls, "here", *methods)
