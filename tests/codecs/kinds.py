"""Random types, each with values that are right for it and values that may be wrong anywhere."""

import typing
from dataclasses import make_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from typing import Any, Literal, NewType
from uuid import UUID

import attrs
from attrs import define, field, frozen, validators
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
INTS = st.integers(-(2**63), 2**64 - 1)
SCALARS = st.one_of(st.none(), st.booleans(), INTS, st.floats(), TEXT, st.binary(max_size=5))
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
ODD = PLAIN | st.just(2**70) | st.just(object()) | st.just("\ud800") | st.just((object(),))


class Colour(Enum):
    RED = "red"
    BLUE = 2
    NONE = None


class Level(IntEnum):
    LOW = 0
    HIGH = 1


class Bits(Flag):
    A = 1
    B = 2


@define
class Tree:
    name: str
    children: "list[Tree]" = attrs.Factory(list)
    first: "Tree | None" = None


@frozen
class Positive:
    number: int = field(validator=validators.gt(0))


@frozen
class Upper:
    text: str = field(converter=str.upper)


@define
class Counted:
    number: int
    made: int = field(init=False, default=0)

    def __attrs_post_init__(self):
        self.made = self.number + 1


@define(init=False)
class Own:
    first: int
    second: int

    def __init__(self, second, first):
        self.second, self.first = second, first


@frozen
class Kind:
    """`right` values are of type `tp`; `loose` ones are, or are wrong somewhere.

    `scalar`: a union may hold it beside another type.
    """

    tp: Any
    right: st.SearchStrategy
    loose: st.SearchStrategy


def _leaf(tp, right):
    return Kind(tp, right, right | ODD)


TREES = st.recursive(
    st.builds(Tree, TEXT),
    lambda inner: st.builds(Tree, TEXT, st.lists(inner, max_size=2), st.none() | inner),
    max_leaves=4,
)
SCALARS_ALONE = [
    _leaf(int, INTS),
    _leaf(str, TEXT),
    _leaf(float, st.floats()),
    _leaf(bool, st.booleans()),
    _leaf(bytes, st.binary(max_size=5)),
    _leaf(None, st.none()),
]
LEAVES = [
    *SCALARS_ALONE,
    _leaf(NewType("Name", str), TEXT),
    _leaf(Any, PLAIN),
    _leaf(list, st.lists(PLAIN, max_size=2)),
    _leaf(Colour, st.sampled_from(Colour)),
    _leaf(Level, st.sampled_from(Level)),
    _leaf(Bits, st.sampled_from([Bits.A, Bits.B, Bits.A | Bits.B])),
    _leaf(Literal["a", 2], st.sampled_from(["a", 2])),
    _leaf(datetime, st.datetimes(timezones=st.just(UTC))),
    _leaf(date, st.dates()),
    _leaf(timedelta, st.timedeltas()),
    _leaf(set[int], st.frozensets(INTS, max_size=3).map(set)),
    _leaf(frozenset[Colour], st.frozensets(st.sampled_from(Colour))),
    _leaf(Decimal, st.decimals(allow_nan=False)),
    _leaf(UUID, st.uuids()),
    _leaf(Tree, TREES),
    _leaf(Positive, st.builds(Positive, st.integers(1, 9))),
    _leaf(Upper, st.builds(Upper, TEXT)),
    _leaf(Counted, st.builds(Counted, st.integers(0, 9))),
    _leaf(Own, st.builds(Own, INTS, INTS)),
]


def _list(item):
    def lists(items):
        return st.lists(items, max_size=3)

    return Kind(list[item.tp], lists(item.right), lists(item.loose) | ODD)


def _repeated(item):
    def tuples(items):
        return st.lists(items, max_size=3).map(tuple)

    return Kind(tuple[item.tp, ...], tuples(item.right), tuples(item.loose) | ODD)


def _tuple(items):
    right = st.tuples(*(item.right for item in items))
    loose = st.tuples(*(item.loose for item in items))
    return Kind(tuple[tuple(item.tp for item in items)], right, loose | ODD)


def _dict(key, item):
    def dicts(keys, items):
        return st.dictionaries(keys, items, max_size=2)

    loose = dicts(key.right | st.sampled_from([b"odd", "odd", None, 1]), item.loose) | ODD
    return Kind(dict[key.tp, item.tp], dicts(key.right, item.right), loose)


def _union(item, scalars):
    kinds = [item, *scalars]
    tp = typing.Union[tuple(kind.tp for kind in kinds)]  # noqa: UP007 - built from a tuple
    return Kind(tp, st.one_of(*(kind.right for kind in kinds)), item.loose)


@st.composite
def _class(draw, kinds):
    """A class of any making with fields of these kinds, those behind some place with defaults."""
    kinds = draw(st.lists(kinds, max_size=4))
    defaults = draw(st.integers(0, len(kinds)))
    fields = {}
    for at, kind in enumerate(kinds):
        fields[f"f{at}"] = field(
            type=kind.tp,
            default=draw(kind.right) if at >= defaults else attrs.NOTHING,
            kw_only=draw(OFTEN_NOT),
            validator=validators.instance_of(object) if draw(OFTEN_NOT) else None,
        )
    cls = draw(st.sampled_from([_attrs, _attrs, _dataclass, _named, _typed]))(draw, fields)

    def instances(values):
        return st.builds(cls, **{f"f{at}": each for at, each in enumerate(values)})

    right = instances([kind.right for kind in kinds])
    return Kind(cls, right, instances([kind.loose for kind in kinds]) | ODD)


def _attrs(draw, fields):
    return attrs.make_class("Made", fields, frozen=draw(st.booleans()), slots=not draw(OFTEN_NOT))


def _dataclass(draw, fields):
    pairs = [(name, each.type) for name, each in fields.items()]
    return make_dataclass("Made", pairs, frozen=draw(st.booleans()), slots=draw(st.booleans()))


def _named(_, fields):
    return typing.NamedTuple("Made", [(name, each.type) for name, each in fields.items()])


def _typed(draw, fields):
    hints = {
        name: typing.NotRequired[each.type] if draw(OFTEN_NOT) else each.type
        for name, each in fields.items()
    }
    return typing.TypedDict("Made", hints)


OFTEN_NOT = st.integers(0, 5).map(lambda number: number == 5)
KEYS = st.sampled_from([_leaf(str, TEXT), _leaf(bytes, st.binary(max_size=3)), _leaf(int, INTS)])
UNITED = st.lists(st.sampled_from(SCALARS_ALONE), min_size=1, max_size=2)


def _around(inner):
    return st.one_of(
        st.builds(_list, inner),
        st.builds(_repeated, inner),
        st.builds(_tuple, st.lists(inner, max_size=3)),
        st.builds(_dict, KEYS, inner),
        _class(inner),
    )


CONFUSED = [
    _leaf(date, st.dates()),
    _leaf(Decimal, st.decimals(allow_nan=False)),
    _leaf(UUID, st.uuids()),
    _leaf(Tree, TREES),
    _leaf(Colour, st.sampled_from(Colour)),
    _leaf(list[int], st.lists(INTS, max_size=2)),
]
ANY_TWO = st.lists(st.sampled_from(CONFUSED), min_size=2, max_size=3, unique_by=lambda k: str(k.tp))
UNIONS = st.builds(_union, st.sampled_from(LEAVES), UNITED) | st.builds(
    lambda kinds, more: _union(kinds[0], [*kinds[1:], *more]), ANY_TWO, UNITED
)
KINDS = st.recursive(st.sampled_from(LEAVES) | UNIONS, _around, max_leaves=6)
CLASSES = _class(KINDS | st.builds(_union, _class(KINDS), UNITED))
