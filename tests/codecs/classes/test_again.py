"""What a constructor would change, or refuse, when it is called again is not written."""

import math
import re
from dataclasses import InitVar, dataclass, field
from typing import Any, NamedTuple

import attrs
import pytest
from attrs import define, frozen, validators

from streamz_core import App, json_of
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.classes import again
from streamz_core.codecs.classes.instances import only_keeps
from streamz_core.errors import CodecError, StreamzError


@dataclass
class Started:
    n: int = 0
    start: InitVar[int] = 100

    def __post_init__(self, start):
        self.n += start


@dataclass
class Posted:
    n: int

    def __post_init__(self):
        self.n += 1


@dataclass(slots=True)
class Appending:
    items: list[int] = field(default_factory=list)

    def __post_init__(self):
        self.items.append(len(self.items))


@define
class Hooked:
    n: int

    def __attrs_post_init__(self):
        self.n *= 2


@frozen
class Turned:
    n: int = attrs.field(converter=lambda given: int(given) + 10)


@define(init=False)
class Own:
    n: int

    def __init__(self, n):
        self.n = n + 1


@dataclass
class Written:
    n: int

    def __init__(self, n):
        self.n = n + 1


@define
class Guarded:
    n: int

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value + 1000)


@frozen
class Newly:
    n: int

    def __new__(cls, n):
        made = object.__new__(cls)
        object.__setattr__(made, "seen", n)
        return made


class Described:
    def __set__(self, instance, value):
        instance.__dict__["n"] = value + 1

    def __get__(self, instance, owner):
        return 0 if instance is None else instance.__dict__["n"]


@dataclass
class Descriptor:
    n: int = Described()


class Meta(type):
    def __call__(cls, n):
        return super().__call__(n + 1)


@frozen
class WithMeta(metaclass=Meta):
    n: int


class _Pair(NamedTuple):
    n: int
    m: int = 0


class Pair(_Pair):
    __slots__ = ()

    def __new__(cls, n, m=0):
        return super().__new__(cls, n + 1, m)


CHANGING = [
    (Started, Started(), "n is 100, and would be read as 200"),
    (Posted, Posted(1), "n is 2, and would be read as 3"),
    (Appending, Appending(), "items is [0], and would be read as [0, 1]"),
    (Hooked, Hooked(1), "n is 2, and would be read as 4"),
    (Turned, Turned(5), "n is 15, and would be read as 25"),
    (Own, Own(1), "n is 2, and would be read as 3"),
    (Written, Written(1), "n is 2, and would be read as 3"),
    (Guarded, Guarded(1), "n is 1001, and would be read as 2001"),
    (Descriptor, Descriptor(1), "n is 2, and would be read as 3"),
    (WithMeta, WithMeta(1), "n is 2, and would be read as 3"),
    (Pair, Pair(1), "n is 2, and would be read as 3"),
]
WAYS = [
    lambda codec, value: codec.encode(value),
    lambda codec, value: codec.encode_all([value]),
    lambda codec, value: codec.encode_all([None, value]),
]


def refused(codec, value):
    for way in WAYS:
        with pytest.raises(CodecError) as caught:
            way(codec, value)
        yield str(caught.value)


@pytest.mark.parametrize(
    "tp, value, says", CHANGING, ids=lambda each: getattr(each, "__name__", "")
)
@pytest.mark.parametrize("make", [codec_for, json_of])
def test_a_constructor_that_would_change_a_value_is_told(make, tp, value, says):
    before = repr(value)
    for message in refused(make(tp), value):
        assert f"{tp.__name__}.{says}; " in message
        assert (
            "leave a value alone that was made once, or move what they do into a funct" in message
        )
    assert repr(value) == before


@pytest.mark.parametrize("tp", [Turned, Pair])
def test_so_are_keys(tp):
    for message in refused(key_codec_for(tp), tp(1)):
        assert f"{tp.__name__}.n is" in message


@frozen
class Outer:
    name: str
    inside: dict[str, list[Turned]]


@pytest.mark.parametrize("make", [codec_for, json_of])
def test_a_class_inside_is_told_with_the_way_to_it(make):
    for message in refused(make(Outer), Outer("a", {"k": [Turned(1)]})):
        assert message.startswith("Outer.inside['k'][0]: Turned.n is 11, and would be read as 21; ")
    for message in refused(make(Turned | None), Turned(1)):
        assert "Turned.n is 11" in message


@dataclass
class Few:
    names: list[str] = field(default_factory=list)

    def __post_init__(self):
        if len(self.names) > 2:
            raise KeyError("too many")


@define
class Positive:
    number: int = attrs.field(validator=validators.gt(0), on_setattr=attrs.setters.NO_OP)


@pytest.mark.parametrize("make", [codec_for, json_of])
def test_what_a_constructor_would_refuse_is_not_written(make):
    few, positive = Few(), Positive(1)
    few.names += ["a", "b", "c"]
    positive.number = -1
    for value, says in (
        (
            few,
            "Few(names=['a', 'b', 'c']) would not be read again, its constructor refuses it: KeyEr",
        ),
        (
            positive,
            "Positive(number=-1) would not be read again, its constructor refuses it: ValueE",
        ),
    ):
        for message in refused(make(type(value)), value):
            assert message.startswith(says)
            assert "; reading a value calls its constructor again: make" in message


def test_an_accumulator_that_would_count_wrong_stops_the_app():
    app = App("counts")
    clicks = app.stream("clicks", key=str, value=int)

    @clicks.group_by_key().aggregate(initial=Started)
    def total(counted: Started, _: int) -> Started:
        counted.n += 1
        return counted

    with (
        app.test() as t,
        pytest.raises(StreamzError, match=r"Started.n is 101, and would be read as"),
    ):
        t.topic("clicks").send("a", 1)


@dataclass
class Cleaned:
    name: str
    ratio: float
    more: Any = None
    tags: set[str] = field(default_factory=set)
    made: int = field(init=False, default=0)

    def __post_init__(self):
        self.name = self.name.strip()
        self.ratio = float(self.ratio)
        self.tags = set(self.tags)
        self.made = 7


@define
class Tree:
    number: int = attrs.field(converter=int, validator=validators.instance_of(int))
    inside: "list[Tree]" = attrs.field(factory=list, converter=list)


def chain(depth):
    tree = Tree("0")
    for number in range(depth):
        tree = Tree(number, [tree])
    return tree


@pytest.mark.parametrize("make", [codec_for, json_of])
def test_one_that_leaves_made_values_alone_is_none_of_it(make):
    values = [Cleaned(" a ", 1), Cleaned("b", -0.0, {"k": [1, None]}, {"x", "y"})]
    codec = make(Cleaned)
    assert codec.decode_all(codec.encode_all(values)) == values
    trees = make(Tree)
    assert trees.decode(trees.encode(chain(40))) == chain(40)  # not twice as much for each step


@frozen
class Checked:
    number: int = attrs.field(validator=validators.gt(0))


@frozen
class Loose:
    names: list[str] = attrs.field(validator=validators.max_len(2))


def test_what_passed_its_validators_and_cannot_change_is_not_made_again(monkeypatch):
    made = []
    monkeypatch.setattr(again, "_comes_back", lambda *_: made.append(1) or True)
    assert codec_for(Checked).encode(Checked(1))
    assert not made
    assert codec_for(Loose).encode(Loose(["a"]))
    assert made


def test_nan_is_no_difference():
    codec = codec_for(list[Cleaned])
    for number in (math.nan, math.inf):
        back = codec.decode(codec.encode([Cleaned("a", number, [number])]))
        assert repr(back) == repr([Cleaned("a", number, [number])])


@frozen
class Plain:
    n: int


@dataclass
class Open:
    n: int


@define(slots=False)
class Defined:
    n: int = 0
    m: int = attrs.field(init=False, default=1)


@frozen(cache_hash=True)
class Hashed:
    n: int


@pytest.mark.parametrize("cls", [Plain, Open, Defined, Hashed, attrs.make_class("M", ["n"])])
def test_other_classes_pay_nothing(cls):
    assert only_keeps(cls)
    codec = codec_for(cls)
    codec.encode(cls(1))
    assert re.match("<streamz codec", codec._functions.encode.__code__.co_filename)


@pytest.mark.parametrize("cls", [each[0] for each in CHANGING if each[0] is not Pair] + [Newly])
def test_whose_constructor_is_looked_at(cls):
    assert not only_keeps(cls)
