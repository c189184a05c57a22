"""Versions of one class, of any making."""

import dataclasses
import typing
from enum import Enum

import attrs


def by_attrs(name="Order", /, **fields):
    """An attrs class; a field is its type, or its type and default."""
    made, kw_only = {}, any(isinstance(tp, tuple) for tp in fields.values())
    for each, said in fields.items():
        tp, default = said if isinstance(said, tuple) else (said, attrs.NOTHING)
        made[each] = attrs.field(type=tp, default=default, kw_only=kw_only)
    return attrs.make_class(name, made, frozen=True)


def dataclass(name="Order", /, **fields):
    pairs = [
        (each, tp[0], dataclasses.field(default=tp[1])) if isinstance(tp, tuple) else (each, tp)
        for each, tp in fields.items()
    ]
    return dataclasses.make_dataclass(name, pairs)


def named(name="Order", /, **fields):
    return typing.NamedTuple(name, fields.items())


def typed(name="Order", /, **fields):
    return typing.TypedDict(name, fields)


def enum(name="Colour", /, kind=Enum, **members):
    return kind(name, members)


ITEM = by_attrs("Item", price=int)
COLOUR = enum(RED=1, BLUE=2)
MORE = enum(RED=1, GREEN=2, BLUE=3)
