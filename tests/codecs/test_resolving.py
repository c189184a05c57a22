"""Changes of a class: each old value means the same in the new class, or is refused by name."""

import dataclasses
import typing
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from typing import Any, NotRequired, Optional

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamz_core.codecs.annotation import codec_for
from streamz_core.errors import CodecError
from tests.codecs.versions import COLOUR, ITEM, MORE, by_attrs, dataclass, enum, named, typed


@dataclasses.dataclass
class Parent:
    made: int


@dataclasses.dataclass
class WiderParent:
    made: int
    more: int = 7


def child(parent):
    return dataclasses.make_dataclass(
        "Order", [("id", int, dataclasses.field(default=0))], bases=(parent,)
    )


# change: what was written, its fields, what is read, the fields expected
RIGHT = {
    "nothing": (by_attrs(a=int), {"a": 1}, by_attrs(a=int), {"a": 1}),
    "add at the end": (
        by_attrs(a=int),
        {"a": 1},
        by_attrs(a=int, b=(str, "x")),
        {"a": 1, "b": "x"},
    ),
    "add in front": (
        by_attrs(a=int),
        {"a": 1},
        by_attrs(b=(int, 5), a=int),
        {"a": 1, "b": 5},
    ),
    "add in the middle": (
        by_attrs(payer=str, payee=str),
        {"payer": "p", "payee": "q"},
        by_attrs(payer=str, via=(str, "bank"), payee=str),
        {"payer": "p", "via": "bank", "payee": "q"},
    ),
    "remove the first": (by_attrs(a=int, b=int), {"a": 1, "b": 2}, by_attrs(b=int), {"b": 2}),
    "remove the last": (by_attrs(a=int, b=int), {"a": 1, "b": 2}, by_attrs(a=int), {"a": 1}),
    "remove a class": (by_attrs(a=int, b=ITEM), {"a": 1, "b": ITEM(2)}, by_attrs(a=int), {"a": 1}),
    "reorder": (
        by_attrs(payer=str, payee=str),
        {"payer": "p", "payee": "q"},
        by_attrs(payee=str, payer=str),
        {"payer": "p", "payee": "q"},
    ),
    "swap and add": (
        by_attrs(a=int, b=int),
        {"a": 1, "b": 2},
        by_attrs(b=int, a=int, c=(int, 3)),
        {"a": 1, "b": 2, "c": 3},
    ),
    "int to float": (by_attrs(a=int), {"a": 2}, by_attrs(a=float), {"a": 2.0}),
    "ints to floats": (by_attrs(a=list[int]), {"a": [2]}, by_attrs(a=list[float]), {"a": [2.0]}),
    "int to float in a dict": (
        by_attrs(a=dict[str, int]),
        {"a": {"k": 2}},
        by_attrs(a=dict[str, float]),
        {"a": {"k": 2.0}},
    ),
    "int to float in a tuple": (
        by_attrs(a=tuple[int, str]),
        {"a": (2, "x")},
        by_attrs(a=tuple[float, str]),
        {"a": (2.0, "x")},
    ),
    "int to float in a set": (
        by_attrs(a=set[int]),
        {"a": {2}},
        by_attrs(a=set[float]),
        {"a": {2.0}},
    ),
    "Optional": (by_attrs(a=int), {"a": 2}, by_attrs(a=Optional[int]), {"a": 2}),  # noqa: UP045
    "Optional float": (by_attrs(a=int), {"a": 2}, by_attrs(a=float | None), {"a": 2.0}),
    "Optional class": (by_attrs(a=ITEM), {"a": ITEM(2)}, by_attrs(a=ITEM | None), {"a": ITEM(2)}),
    "wider union": (by_attrs(a=int | str), {"a": "x"}, by_attrs(a=int | str | bytes), {"a": "x"}),
    "a union that needs tags now": (
        by_attrs(a=int | str),
        {"a": "2024-01-01"},
        by_attrs(a=int | str | date),
        {"a": "2024-01-01"},
    ),
    "a union that needed tags": (
        by_attrs(a=date | str),
        {"a": date(2024, 1, 1)},
        by_attrs(a=date | str | None | int),
        {"a": date(2024, 1, 1)},
    ),
    "another union member of classes": (
        by_attrs(a=ITEM),
        {"a": ITEM(2)},
        by_attrs(a=by_attrs("Gift", price=int) | ITEM),
        {"a": ITEM(2)},
    ),
    "what a union held alone": (
        by_attrs(a=int | float),
        {"a": 2},
        by_attrs(a=float),
        {"a": 2.0},
    ),
    "to Any": (by_attrs(a=list[int]), {"a": [1]}, by_attrs(a=Any), {"a": [1]}),
    "enum member added": (
        by_attrs(a=COLOUR),
        {"a": COLOUR.BLUE},
        by_attrs(a=enum(RED=1, BLUE=2, GREEN=3)),
        {"a": "BLUE"},
    ),
    "enum member added before": (
        by_attrs(a=COLOUR),
        {"a": COLOUR.BLUE},
        by_attrs(a=MORE),
        {"a": "BLUE"},
    ),
    "enum members swapped": (
        by_attrs(a=COLOUR),
        {"a": COLOUR.RED},
        by_attrs(a=enum(RED=2, BLUE=1)),
        {"a": "RED"},
    ),
    "enum member renamed": (
        by_attrs(a=COLOUR),
        {"a": COLOUR.RED},
        by_attrs(a=enum(CRIMSON=1, BLUE=2)),
        {"a": "CRIMSON"},
    ),
    "enum member removed": (
        by_attrs(a=MORE),
        {"a": MORE.BLUE},
        by_attrs(a=enum(RED=1, BLUE=3)),
        {"a": "BLUE"},
    ),
    "flag added": (
        by_attrs(a=enum(kind=Flag, A=1)),
        {"a": 1},
        by_attrs(a=enum(kind=Flag, A=1, B=2)),
        {"a": 1},
    ),
    "attrs to dataclass": (by_attrs(a=int), {"a": 1}, dataclass(a=int), {"a": 1}),
    "dataclass to NamedTuple": (
        dataclass(a=int, b=str),
        {"a": 1, "b": "x"},
        named(b=str, a=int),
        {"a": 1, "b": "x"},
    ),
    "NamedTuple to attrs": (named(a=int), {"a": 1}, by_attrs(a=int, b=(int, 2)), {"a": 1, "b": 2}),
    "class to TypedDict": (by_attrs(a=int), {"a": 1}, typed(a=int, b=NotRequired[int]), {"a": 1}),
    "TypedDict to class": (typed(a=int), {"a": 1}, by_attrs(a=int), {"a": 1}),
    "key not required any more": (typed(a=int), {"a": 1}, typed(a=NotRequired[int]), {"a": 1}),
    "key given": (
        typed(a=NotRequired[int]),
        {"a": 1},
        typed(a=NotRequired[float]),
        {"a": 1.0},
    ),
    "base class with a field more": (
        child(Parent),
        {"made": 1, "id": 2},
        child(WiderParent),
        {"made": 1, "more": 7, "id": 2},
    ),
    "nested class changed": (
        by_attrs(items=list[ITEM]),
        {"items": [ITEM(1)]},
        by_attrs(items=list[by_attrs("Item", name=(str, "?"), price=float)]),
        {"items": [{"name": "?", "price": 1.0}]},
    ),
    "nested in an Optional": (
        by_attrs(item=ITEM | None),
        {"item": ITEM(1)},
        by_attrs(item=by_attrs("Item", price=int, n=(int, 1)) | None),
        {"item": {"price": 1, "n": 1}},
    ),
    "nested in a tagged union": (
        by_attrs(item=ITEM | list[int]),
        {"item": ITEM(1)},
        by_attrs(item=by_attrs("Item", n=(int, 1), price=int) | list[int]),
        {"item": {"n": 1, "price": 1}},
    ),
}


def fields(value):
    """What can be seen of a value by names."""
    if isinstance(value, Flag):
        return value.value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {key: fields(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return {key: fields(item) for key, item in value._asdict().items()}
    if attrs.has(type(value)):
        return {each.name: fields(getattr(value, each.name)) for each in attrs.fields(type(value))}
    if dataclasses.is_dataclass(value):
        return {each.name: fields(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return [fields(item) for item in value] if isinstance(value, list) else value


def seen(value):
    """The same with all types: 2 and 2.0 differ."""
    return sorted((name, repr(item)) for name, item in fields(value).items())


@pytest.mark.parametrize("change", RIGHT, ids=str)
def test_a_change_that_keeps_the_meaning(change):
    then, values, now, expected = RIGHT[change]
    if change == "flag added":
        values = {"a": typing.get_type_hints(then)["a"](1)}
    writer, reader = codec_for(then), codec_for(now)
    data = writer.encode(then(**values))
    assert seen(reader.decode(data)) == seen(expected)
    assert list(map(fields, reader.decode_all([data, data]))) == [fields(expected)] * 2
    new = reader.decode(data)
    assert reader.decode_all([data, None, reader.encode(new)]) == [new, None, new]
    reader.check(writer.schema)
    assert type(new) is reader.shape.family.value_type


WRONG = {
    "retype": (by_attrs(a=str), by_attrs(a=int), r"Order.a: written as str, read as int"),
    "float to int": (by_attrs(a=float), by_attrs(a=int), r"Order.a: written as float, read as int"),
    "bool to int": (by_attrs(a=bool), by_attrs(a=int), r"Order.a: written as bool, read as int"),
    "str to bytes": (by_attrs(a=str), by_attrs(a=bytes), r"written as str, read as bytes"),
    "datetime to str": (by_attrs(a=datetime), by_attrs(a=str), r"written as datetime, read as str"),
    "str to Decimal": (by_attrs(a=str), by_attrs(a=Decimal), r"written as str, read as Decimal"),
    "date to datetime": (
        by_attrs(a=date),
        by_attrs(a=datetime),
        r"written as date, read as datetime",
    ),
    "rename": (
        by_attrs(path=str),
        by_attrs(url=str),
        r"Order.url: not written, read as str, and has no default",
    ),
    "add without default": (
        by_attrs(a=int),
        by_attrs(a=int, b=str),
        r"Order.b: not written.*no default",
    ),
    "Optional taken away": (
        by_attrs(a=int | None),
        by_attrs(a=int),
        r"Order.a: written as None, read as int",
    ),
    "union member taken away": (
        by_attrs(a=int | str),
        by_attrs(a=int),
        r"written as str, read as int",
    ),
    "union member replaced": (
        by_attrs(a=datetime | str),
        by_attrs(a=date | str),
        r"written as datetime, read as date \| str",
    ),
    "list to tuple": (
        by_attrs(a=list[int]),
        by_attrs(a=tuple[int, ...]),
        r"written as list\[int\], read as tuple",
    ),
    "list to set": (
        by_attrs(a=list[int]),
        by_attrs(a=set[int]),
        r"written as list\[int\], read as set",
    ),
    "tuple longer": (
        by_attrs(a=tuple[int, int]),
        by_attrs(a=tuple[int, int, int]),
        r"written as tuple\[int, int\]",
    ),
    "items retyped": (
        by_attrs(a=list[str]),
        by_attrs(a=list[int]),
        r"Order.a: written as str, read as int",
    ),
    "keys retyped": (
        by_attrs(a=dict[str, int]),
        by_attrs(a=dict[int, int]),
        r"written as str, read as int",
    ),
    "flatten": (by_attrs(item=ITEM), by_attrs(price=int), r"Order.price: not written"),
    "nest": (by_attrs(price=int), by_attrs(item=ITEM), r"Order.item: not written, read as Item"),
    "class to int": (by_attrs(a=ITEM), by_attrs(a=int), r"Order.a: written as Item, read as int"),
    "int to class": (by_attrs(a=int), by_attrs(a=ITEM), r"Order.a: written as int, read as Item"),
    "class to its fields": (
        by_attrs(a=ITEM),
        by_attrs(a=dict[str, int]),
        r"written as Item, read as dict",
    ),
    "another class": (
        by_attrs("Refund", a=int),
        by_attrs(a=int),
        r"written as Refund, read as Order",
    ),
    "another enum": (
        by_attrs(a=COLOUR),
        by_attrs(a=enum("Paint", RED=1)),
        r"written as Colour, read as Paint",
    ),
    "enum to str": (by_attrs(a=COLOUR), by_attrs(a=str), r"written as Colour, read as str"),
    "enum to int": (
        by_attrs(a=enum(kind=IntEnum, A=1)),
        by_attrs(a=int),
        r"written as Colour, read as int",
    ),
    "flag moved": (
        by_attrs(a=enum(kind=Flag, A=1, B=2)),
        by_attrs(a=enum(kind=Flag, B=1, A=2)),
        r"written as Colour, read as Colour",
    ),
    "nested retype": (
        by_attrs(items=list[ITEM]),
        by_attrs(items=list[by_attrs("Item", price=str)]),
        r"Order.items: Item.price: written as int, read as str.*'Item\(price: int\)'",
    ),
    "Any narrowed": (by_attrs(a=Any), by_attrs(a=int), r"written as Any, read as int"),
    "key required now": (
        typed(a=NotRequired[int]),
        typed(a=int),
        r"Order.a: written as NotRequired\[int\], read as int",
    ),
    "a class for a list of it": (
        by_attrs(a=int),
        list[by_attrs(a=int)],
        r"written as Order, read as list",
    ),
    "set to Any": (by_attrs(a=set[int]), by_attrs(a=Any), r"written as set\[int\], read as Any"),
}
SAMPLES = {
    str: "x",
    int: 1,
    float: 1.5,
    bool: True,
    datetime: datetime(2024, 1, 1, tzinfo=UTC),
    date: date(2024, 1, 1),
    ITEM: ITEM(1),
}


def sample(tp):
    hints = typing.get_type_hints(tp, include_extras=True)
    values = {}
    for name, hint in hints.items():
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if isinstance(hint, type) and issubclass(hint, Enum):
            values[name] = next(iter(hint))
        elif hint is Any:
            values[name] = [1]
        elif origin in {list, set}:
            values[name] = origin([sample_of(args[0])])
        elif origin is tuple:
            values[name] = tuple(sample_of(arg) for arg in args)
        elif origin is dict:
            values[name] = {sample_of(args[0]): sample_of(args[1])}
        else:
            values[name] = sample_of(args[0] if args else hint)
    return tp(**values)


def sample_of(tp):
    return SAMPLES[tp]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_a_change_that_has_no_one_meaning_is_refused_with_class_field_and_types(change):
    then, now, message = WRONG[change]
    writer, reader = codec_for(then), codec_for(now)
    data = writer.encode(sample(then))
    for refused in (
        lambda: reader.check(writer.schema),  # before the first record
        lambda: reader.decode(data),
        lambda: reader.decode_all([data]),
        lambda: reader.decode_all([data, None]),
    ):
        with pytest.raises(CodecError, match=message):
            refused()


def test_an_enum_member_that_is_gone_is_refused_where_it_is_met():
    now = by_attrs(a=enum(RED=1, BLUE=3))
    reader = codec_for(now)
    writer = codec_for(by_attrs(a=MORE))
    reader.check(writer.schema)
    with pytest.raises(CodecError, match=r"Order.a: expected Colour, got 2"):
        reader.decode(writer.encode(writer.shape.family.cls(MORE.GREEN)))
    moved = codec_for(by_attrs(a=enum(RED=2, BLUE=3)))
    with pytest.raises(CodecError, match=r"Order.a: Colour has no member any more for 2"):
        moved.decode(writer.encode(writer.shape.family.cls(MORE.GREEN)))


def test_an_int_that_no_float_is_like_is_refused():
    writer, reader = codec_for(by_attrs(a=int)), codec_for(by_attrs(a=float))
    data = writer.encode(writer.shape.family.cls(2**53 + 1))
    with pytest.raises(CodecError, match=r"Order.a: 9007199254740993 has no float of its own"):
        reader.decode(data)


def test_a_class_that_holds_itself_is_read_by_name_all_the_way_down():
    @attrs.frozen
    class Tree:
        name: str
        left: "Tree | None" = None

    old = Tree

    @attrs.frozen
    class Tree:
        size: int = attrs.field(default=3, kw_only=True)
        left: "Tree | None" = None
        name: str = ""

    data = codec_for(old).encode(old("a", old("b")))
    assert codec_for(Tree).decode(data) == Tree(Tree(None, "b"), "a")


def test_fields_that_no_constructor_takes_come_back_and_may_be_new():
    @attrs.define
    class Total:
        number: int
        seen: int = attrs.field(init=False, default=0)

    old = Total

    @attrs.define
    class Total:
        seen: int = attrs.field(init=False, default=0)
        best: int = attrs.field(init=False, default=-1)
        number: int

    value = old(1)
    value.seen = 5
    back = codec_for(Total).decode(codec_for(old).encode(value))
    assert (back.number, back.seen, back.best) == (1, 5, -1)


# ---- two versions of a class, drawn, against a slow model


SIMPLE = {
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False),
    str: st.text("ab", max_size=2),
    bytes: st.binary(max_size=2),
    bool: st.booleans(),
    date: st.dates(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    COLOUR: st.sampled_from(COLOUR),
    ITEM: st.builds(ITEM, st.integers(0, 9)),
}
PIECES = st.sampled_from(list(SIMPLE))
UNIONS = st.lists(
    st.sampled_from([int, str, date, Decimal, type(None), ITEM, bytes]),
    min_size=2,
    max_size=3,
    unique=True,
).map(lambda kinds: typing.Union[tuple(kinds)])  # noqa: UP007
TYPES = PIECES | UNIONS | PIECES.map(lambda tp: list[tp]) | PIECES.map(lambda tp: tuple[tp, int])


def values_of(tp):
    origin, args = typing.get_origin(tp), typing.get_args(tp)
    if origin is typing.Union:
        return st.one_of(*map(values_of, args))
    if origin is list:
        return st.lists(values_of(args[0]), max_size=2)
    if origin is tuple:
        return st.tuples(*map(values_of, args))
    return st.none() if tp is type(None) else SIMPLE[tp]


def becomes(then, now):
    """The slow model: whether each value of one type is, or widens to, one of the other."""
    if typing.get_origin(then) is typing.Union:
        return all(becomes(each, now) for each in typing.get_args(then))
    if typing.get_origin(now) is typing.Union:
        return any(becomes(then, each) for each in typing.get_args(now))
    if then == now or (then is int and now is float):
        return True
    origin = typing.get_origin(then)
    if origin is None or origin is not typing.get_origin(now):
        return False
    pairs = zip(typing.get_args(then), typing.get_args(now), strict=True)
    return all(becomes(*pair) for pair in pairs)


def widened(value, now):
    """The same value as one of a type that it becomes."""
    origin, args = typing.get_origin(now), typing.get_args(now)
    if origin is typing.Union:
        is_widened = type(value) is int and float in args and int not in args
        return float(value) if is_widened else value
    if origin is list:
        return [widened(item, args[0]) for item in value]
    if origin is tuple:
        return tuple(widened(item, arg) for item, arg in zip(value, args, strict=True))
    return float(value) if now is float else value


FIELDS = st.dictionaries(st.sampled_from("abcd"), TYPES, max_size=4)


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data(), FIELDS, FIELDS)
def test_drawn_versions_give_what_the_model_gives_or_are_refused(data, then, also):
    kept = data.draw(st.permutations(list(then)))[: data.draw(st.integers(0, 4))]
    now = {name: data.draw(st.just(then[name]) | TYPES) for name in kept}
    defaults = {}
    for name, tp in also.items():
        if name not in then:
            now[name] = tp
            defaults[name] = data.draw(values_of(tp))
    order = data.draw(st.permutations(list(now)))
    old = by_attrs(**then)
    new = by_attrs(
        **{name: (now[name], defaults[name]) if name in defaults else now[name] for name in order},
    )
    value = {name: data.draw(values_of(tp)) for name, tp in then.items()}
    writer, reader = codec_for(old), codec_for(new)
    raw = writer.encode(old(**value))
    if not all(becomes(then[name], tp) for name, tp in now.items() if name in then):
        with pytest.raises(CodecError, match="written as"):
            reader.check(writer.schema)
        with pytest.raises(CodecError, match="written as"):
            reader.decode_all([raw])
        return
    expected = {
        name: widened(value[name], tp) if name in then else defaults[name]
        for name, tp in now.items()
    }
    back = reader.decode(raw)
    assert reader.decode_all([raw]) == [back]
    for name, wanted in expected.items():
        assert repr(getattr(back, name)) == repr(wanted)
