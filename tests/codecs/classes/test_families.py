"""Each kind of class comes back as it was, and what cannot come back is told."""

import collections
import dataclasses
import typing
from typing import Any, ClassVar, Generic, NamedTuple, NotRequired, Required, TypedDict, TypeVar

import attrs
import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.classes.families import family_of
from streamz_core.errors import CodecError, Misuse

T = TypeVar("T")
K = TypeVar("K")


@dataclasses.dataclass
class Data:
    name: str
    tags: list[str] = dataclasses.field(default_factory=list)
    made: int = dataclasses.field(default=0, init=False)
    KIND: ClassVar[str] = "x"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    a: int
    b: str = "b"


class Named(NamedTuple):
    a: int
    b: str = "b"


class Annotated(collections.namedtuple("Annotated", ["a", "b"], defaults=[5])):  # noqa: PYI024
    __slots__ = ()
    a: int
    b: int

    @property
    def sum(self):
        return self.a + self.b


class Strict(collections.namedtuple("Strict", ["a"])):  # noqa: PYI024
    __slots__ = ()
    a: int

    def __new__(cls, a):
        if a < 0:
            raise ValueError("below zero")
        return super().__new__(cls, a)


class Keys(TypedDict, total=False):
    a: Required[int]
    b: list[int]


class MoreKeys(Keys):
    c: "NotRequired[str]"
    d: str


@attrs.frozen
class Pair(Generic[K, T]):
    first: K
    rest: "list[T]"
    next: "Pair[K, T] | None" = None


@dataclasses.dataclass
class Box(Generic[T]):
    inside: T


class Crate(NamedTuple, Generic[T]):
    inside: T


class Bag(TypedDict, Generic[T]):
    inside: list[T]


@dataclasses.dataclass
class IntBox(Box[int]):
    more: str = ""


@dataclasses.dataclass
class ListBox(Box[list[T]], Generic[T]):
    more: T | None = None


@attrs.define
class Late:
    number: int
    double: int = attrs.field(init=False)
    count: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self):
        self.double = self.number * 2


def changed(value, **changes):
    for name, new in changes.items():
        object.__setattr__(value, name, new)
    return value


VALUES = [
    (Data, Data("a", ["b"]), False),
    (Data, changed(Data("a"), made=7), False),
    (Fixed, Fixed(a=1), True),
    (Named, Named(1), True),
    (Annotated, Annotated(1), True),
    (Strict, Strict(1), True),
    (Keys, {"a": 1}, False),
    (Keys, {"a": 1, "b": []}, False),
    (MoreKeys, {"a": 1, "d": "x"}, False),
    (MoreKeys, {"a": 1, "b": [2], "c": "c", "d": "x"}, False),
    (Pair[str, int], Pair("a", [1], Pair("b", [])), False),
    (Pair, Pair(1, ["x", None]), False),
    (Box[int], Box(1), False),
    (Box[Box[str]], Box(Box("x")), False),
    (Crate[tuple[int, ...]], Crate((1, 2)), True),
    (Crate[list[int]], Crate([1]), False),
    (Bag[int], {"inside": [1]}, False),
    (IntBox, IntBox(1, "x"), False),
    (ListBox[str], ListBox(["a"], "b"), False),
    (Late, changed(Late(2), double=9, count=3), False),
    (list[Named], [Named(1), Named(2, "c")], False),
    (dict[Named, Fixed], {Named(1): Fixed(a=2)}, False),
]


@pytest.mark.parametrize("tp, value, immutable", VALUES, ids=str)
def test_instances_come_back_with_all_fields(tp, value, immutable):
    codec = codec_for(tp)
    back = codec.decode(codec.encode(value))
    assert back == value
    assert type(back) is type(value)
    assert codec.decode_all(codec.encode_all([value, None, value])) == [value, None, value]
    assert codec.decode_all(codec.encode_all([value, value])) == [value, value]
    assert codec._decode(codec._encode(value)) == value
    assert codec.immutable is immutable


def test_methods_of_a_decoded_tuple_are_those_of_its_class():
    codec = codec_for(Annotated)
    assert codec.decode(codec.encode(Annotated(1, 2))).sum == 3


WRONG = [
    (Data, Data(1), r"Data.name: expected str, got int 1"),
    (Data, changed(Data("a"), made="x"), r"Data.made: expected int, got str"),
    (Named, (1, "b"), r"expected Named, got tuple"),
    (Named, Named("x"), r"Named.a: expected int"),
    (Keys, {"b": [1]}, r"Keys.a: it is not set"),
    (Keys, {"a": 1, "x": 2}, r"expected Keys, it has no key 'x'"),
    (Keys, {"a": 1, "b": ["x"]}, r"Keys.b\[0\]: expected int, got str"),
    (MoreKeys, {"a": 1}, r"MoreKeys.d: it is not set"),
    (Pair[str, int], Pair("a", ["x"]), r"Pair.rest\[0\]: expected int, got str"),
    (Box[int], Box("x"), r"Box.inside: expected int, got str"),
    (IntBox, IntBox("x"), r"IntBox.inside: expected int, got str"),
    (ListBox[str], ListBox([1]), r"ListBox.inside\[0\]: expected str"),
    (dict[str, Data], {"k": Data(1)}, r"dict\[str, Data\] at \['k'\].name: expected str"),
]


@pytest.mark.parametrize("tp, value, message", WRONG, ids=str)
def test_a_wrong_field_is_told_by_the_way_to_it(tp, value, message):
    with pytest.raises(CodecError, match=message):
        codec_for(tp).encode(value)
    with pytest.raises(CodecError, match=message):
        codec_for(tp).encode_all([value])


def test_a_field_that_was_never_set_is_told():
    value = Late(1)
    del value.double
    with pytest.raises(CodecError, match=r"Late.double: it is not set"):
        codec_for(Late).encode(value)


def test_constructors_are_not_gone_around():
    codec = codec_for(Strict)
    with pytest.raises(CodecError, match="Strict: refused by its constructor: below zero"):
        codec.decode(codec.head + b"\x91\xff")


class More(Named):
    extra: int = 0


@dataclasses.dataclass
class Wants:
    a: int
    how: dataclasses.InitVar[int]


@dataclasses.dataclass
class Undecorated(Data):
    pass


class Plain(Data):
    pass


@attrs.frozen
class Endless(Generic[T]):
    inside: "Endless[list[T]] | None" = None


NONE = [
    (More, "More.extra is no item of the tuple"),
    (Wants, "Wants.how is an InitVar"),
    (Plain, "no codec for Plain"),
    (Endless[int], "nest without end"),
]


@pytest.mark.parametrize("tp, message", NONE, ids=str)
def test_classes_whose_instances_would_not_come_back_are_refused(tp, message):
    with pytest.raises(Misuse, match=message):
        codec_for(tp)


def test_classes_of_no_kind_are_nobody_s():
    assert family_of(Plain) is None
    assert family_of(int) is None
    assert typing.get_type_hints(Undecorated)


def test_any_names_will_do():
    names = ["value", "values", "made", "all", "add", "data", "int", "type", "head", "put"]
    values = dict.fromkeys(names, 1)
    for cls in (
        dataclasses.make_dataclass("3D", [(name, int) for name in names]),
        NamedTuple("pack", [(name, int) for name in names]),
        TypedDict("größe", {**dict.fromkeys(names, int), "no identifier": NotRequired[Any]}),
    ):
        codec = codec_for(list[cls])
        assert codec.decode_all(codec.encode_all([[cls(**values)]])) == [[cls(**values)]]
