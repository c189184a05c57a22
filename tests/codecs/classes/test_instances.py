"""Instances made without their constructor are like made ones, and where it does more it is called."""

import abc
import copy
import gc
import weakref
from dataclasses import FrozenInstanceError, dataclass

import attrs
import pytest
from attrs import define, field, frozen, validators

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.classes.instances import blank_of


@frozen
class Point:
    x: int
    y: int = 0


@define
class Cell:
    _value: int


@frozen
class Deep(Point):
    z: int = 0


class Shape(abc.ABC):
    __slots__ = ()

    @abc.abstractmethod
    def area(self): ...


@frozen
class Square(Shape):
    side: int

    def area(self):
        return self.side**2


@define(on_setattr=[attrs.setters.convert, attrs.setters.validate])
class Hooked:
    number: int = field()


@define
class Left:
    number: int
    other: int = field(init=False, default=3)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Slotted:
    number: int
    more: str = "x"


def made(value):
    codec = codec_for(type(value))
    return codec.decode(codec.encode(value))


@pytest.mark.parametrize(
    "value",
    [Point(1, 2), Cell(3), Deep(1, 2, 3), Square(2), Hooked(1), Left(1), Slotted(1)],
    ids=repr,
)
def test_filled_instances_are_like_made_ones(value):
    assert blank_of(type(value)) is not None
    other = made(value)
    assert type(other) is type(value)
    assert other == value
    assert repr(other) == repr(value)
    assert copy.deepcopy(other) == value
    assert weakref.ref(other)() is other
    assert gc.is_tracked(other)
    if attrs.has(type(value)):
        assert attrs.evolve(other) == value


def test_frozen_ones_stay_frozen():
    for change in (lambda p: setattr(p, "number", 5), lambda p: delattr(p, "number")):
        for value in (Point(1), Slotted(1)):
            with pytest.raises((attrs.exceptions.FrozenInstanceError, FrozenInstanceError)):
                change(made(value))


def test_abstract_methods_are_those_of_the_class():
    assert made(Square(3)).area() == 9


NOTICED = []


class Noticing:
    __slots__ = ()

    def __init_subclass__(cls):
        NOTICED.append(cls.__name__)


@frozen
class Noticed(Noticing):
    number: int


class Meta(type):
    pass


@frozen
class WithMeta(metaclass=Meta):
    number: int


@frozen
class WithNew:
    number: int

    def __new__(cls, number=0):
        return object.__new__(cls)


@frozen
class Checked:
    number: int = field(validator=validators.gt(0))


@frozen
class Turned:
    number: int = field(converter=int)


@frozen
class After:
    number: int

    def __attrs_post_init__(self):
        assert self.number


@frozen
class Before:
    number: int

    def __attrs_pre_init__(self):
        pass


@frozen(slots=False)
class Open:
    number: int


@frozen(cache_hash=True)
class Hashed:
    number: int


@define
class Guarded:
    number: int

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)


@frozen
class Failure(Exception):
    number: int


@dataclass(slots=True)
class Posted:
    number: int

    def __post_init__(self):
        assert self.number


@dataclass(slots=True)
class WithInit:
    number: int

    def __init__(self, number):
        self.number = number


MORE = [
    *(Noticed(1), WithMeta(1), WithNew(1), Checked(1), Turned(1), After(1), Before(1)),
    *(Open(1), Hashed(1), Guarded(1), Failure(1), Posted(1), WithInit(1)),
]


@pytest.mark.parametrize("value", MORE, ids=repr)
def test_a_constructor_that_does_more_is_called(value):
    assert blank_of(type(value)) is None
    assert made(value).number == value.number


def test_no_subclass_is_announced():
    made(Noticed(1))
    assert set(NOTICED) == {"Noticed"}
