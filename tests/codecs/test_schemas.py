"""Schemas: the same type has one fingerprint, another has another, and a clash is refused."""

import dataclasses
import itertools
from enum import Enum
from typing import NamedTuple

import attrs
import pytest
from attrs import evolve, frozen

from streamz_core.codecs.annotation import Shapes, codec_for
from streamz_core.codecs.schemas import SCHEMAS, Schemas, read_schema, schema_of, type_text
from streamz_core.codecs.shapes.scalars import VALUES
from streamz_core.errors import CodecError


def schema(tp):
    return codec_for(tp).schema


def order(name="Order", **fields):
    return attrs.make_class(name, {n: attrs.field(type=t) for n, t in fields.items()})


class Colour(Enum):
    RED = 1


class Item(NamedTuple):
    price: int


DIFFERENT = [
    order(a=int),
    order(b=int),
    order(a=str),
    order(a=int | None),
    order(a=int, b=int),
    order(b=int, a=int),
    order("Refund", a=int),
    order(a=list[int]),
    order(a=tuple[int]),
    order(a=tuple[int, ...]),
    order(a=set[int]),
    order(a=frozenset[int]),
    order(a=Item),
    order(a=Colour),
    list[Item],
    Item,
    Colour,
]


def test_types_that_differ_have_other_fingerprints():
    for one, other in itertools.combinations(DIFFERENT, 2):
        assert schema(one).fingerprint != schema(other).fingerprint


def test_the_making_of_a_class_and_its_defaults_are_not_part_of_it():
    made = dataclasses.make_dataclass("Order", [("a", int, dataclasses.field(default=3))])
    assert schema(made) == schema(order(a=int))
    assert schema(order(a=int | str | None)) == schema(order(a=None | str | int))


def test_a_description_says_it_all():
    for tp in DIFFERENT:
        found = read_schema(schema(tp).description)
        assert found == schema(tp)
        assert found.described == schema(tp).described
    assert schema(order(a=list[Item | None], b=tuple[Colour, ...])).layout == (
        "Order(a: list[Item | None], b: tuple[Colour, ...])"
    )
    assert type_text(schema(dict[str, Item]).described) == "dict[str, Item]"
    assert type_text(schema(order(a=int)).described) == "Order"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x90", b"\x91\x01", b"\x93\xa7classes\x90\x00", b"\xc0", b"\x93\xa7classes\x01\x02"],
)
def test_what_describes_no_type_is_refused(data):
    with pytest.raises(CodecError):
        read_schema(data)


@frozen
class Tree:
    name: str
    left: "Branch | None" = None


@frozen
class Branch:
    tree: Tree
    leaf: "Leaf"


@frozen
class Leaf:
    number: int
    inner: "Leaf | None" = None


def test_classes_that_hold_each_other_have_the_same_fingerprints_wherever_one_begins():
    seen = {}
    for order in itertools.permutations([Tree, Branch, Leaf]):
        shapes = Shapes(VALUES, is_key=False)  # that remember nothing
        for each in order:
            found = shapes.of(each).schema
            assert seen.setdefault(each, found) == found
    assert len({each.fingerprint for each in seen.values()}) == 3
    assert sorted(each.name for each in seen[Tree].group()) == ["Branch", "Tree"]
    assert [each.name for each in seen[Leaf].group()] == ["Leaf"]


def test_a_codec_says_all_schemas_that_its_bytes_need():
    names = {each.name for each in codec_for(Tree).schemas()}
    assert names == {"Tree", "Branch", "Leaf"}
    assert codec_for(list[Item]).schemas()[1:] == codec_for(Item).schemas()
    assert codec_for(Item).schemas() == (schema(Item),)
    assert codec_for(int).schemas() == codec_for(list[int]).schemas() == ()
    assert SCHEMAS.find(schema(Item).fingerprint) == schema(Item)
    assert schema(int) != schema(float)


def test_a_clash_of_fingerprints_is_refused_with_both_types():
    known = Schemas()
    one, other = schema(order(a=int)), schema(order(b=str))
    known.add([one, one])
    with pytest.raises(CodecError, match=r"Order\(a: int\) and Order\(b: str\)"):
        known.add([evolve(other, fingerprint=one.fingerprint)])
    assert known.find(one.fingerprint) == one
    assert known.find(other.fingerprint) is None
    assert schema_of("int") == schema_of("int")
