"""From annotations to codecs: containers, unions, and types that have none."""

import typing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NewType, Optional
from uuid import UUID

import pytest
from attrs import define, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.free import is_free
from streamz_core.codecs.json.of import json_of
from streamz_core.codecs.plain import BOOL, BYTES, FLOAT, INT, NULL, STR
from streamz_core.errors import CodecError, Misuse
from streamz_core.record import Windowed

Name = NewType("Name", str)


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Kind(Enum):
    A = "a"


@frozen
class User:
    name: str
    level: Level = Level.LOW


PLAIN = [
    (str, STR),
    (int, INT),
    (float, FLOAT),
    (bool, BOOL),
    (bytes, BYTES),
    (None, NULL),
    (str | None, STR),
    (Optional[int], INT),  # noqa: UP045 - users write it
    (Name, STR),
    (Annotated[int, "of what"], INT),
]


@pytest.mark.parametrize("tp, codec", PLAIN, ids=repr)
def test_plain_types_have_the_plain_codecs(tp, codec):
    assert codec_for(tp) is codec


def test_no_type_is_self_describing():
    assert is_free(codec_for(Any))
    assert is_free(codec_for(object))


VALUES = [
    (list[int], [1, 2], False),
    (list, [1, "a", None, {"b": 2}], False),
    (list[str | None], ["a", None], False),
    (dict[str, list[int]], {"a": [1]}, False),
    (dict, {"a": 1}, False),
    (dict[int, str], {1: "a", -5: "b"}, False),
    (dict[bytes, float], {b"a": 1.5}, False),
    (dict[tuple[int, str], bool], {(1, "a"): True}, False),
    (tuple[int, ...], (1, 2, 3), True),
    (tuple[int, str], (1, "a"), True),
    (tuple[()], (), True),
    (tuple, (1, [2]), False),
    (tuple[list[int], int], ([1], 2), False),
    (list[User], [User("a"), User("b", Level.HIGH)], False),
    (dict[str, User | None], {"a": User("a"), "b": None}, False),
    (int | str, "a", True),
    (int | str | None, 7, True),
    (int | list[int], [7], False),
    (User | int, User("a"), True),
    (list[int] | dict[str, int], {"a": 1}, False),
    (User | list[int], [1], False),
    (set[int], {3, 1}, False),
    (frozenset[str], frozenset("ab"), True),
    (timedelta, timedelta(-1, 2, 3), True),
    (Kind, Kind.A, True),
    (Level, Level.HIGH, True),
    (Literal["a", 2], 2, True),
    (datetime, datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC), True),
    (date, date(2024, 2, 29), True),
    (Decimal, Decimal("1.10"), True),
    (UUID, UUID(int=5), True),
    (list[datetime], [datetime(2024, 1, 2, tzinfo=UTC)], False),
]


@pytest.mark.parametrize("tp, value, immutable", VALUES, ids=lambda part: str(part)[:40])
def test_values_of_annotated_types_come_back(tp, value, immutable):
    codec = codec_for(tp)
    back = codec.decode_all(codec.encode_all([value, None]))
    assert back == [value, None]
    assert type(back[0]) is type(value)
    assert codec.immutable is immutable
    assert codec_for(tp) is codec


REFUSED = [
    (list[int], (1, 2), r"expected list\[int\], got tuple"),
    (list[int], [1, "a"], r"\[1\]: expected int, got str 'a'"),
    (list[int], [True], r"\[0\]: expected int, got bool"),
    (dict[str, int], {"a": "b"}, r"expected int, got str 'b'"),
    (dict[str, int], {1: 1}, r"expected str, got int"),
    (dict[int, int], [1, 2], r"expected dict\[int, int\], got list"),
    (tuple[int, str], (1,), r"expected tuple\[int, str\], got 1 items"),
    (tuple[int, ...], [1], r"expected tuple\[int, ...\], got list"),
    (int | str, 1.5, r"expected (int \| str|str \| int), got float"),
    (int | list[int], ["a"], r"expected"),
    (User, User(1), r"User.name: expected str, got int"),
    (Level, 1, r"expected Level, got int"),
    (datetime, datetime(2024, 1, 2), r"no time zone"),  # noqa: DTZ001 - the point
    (list[float], [10**400], r"too large for a float"),
]


@pytest.mark.parametrize("tp, value, message", REFUSED, ids=lambda part: str(part)[:40])
def test_values_of_another_type_are_refused(tp, value, message):
    with pytest.raises(CodecError, match=message):
        codec_for(tp).encode(value)


BYTES_REFUSED = [
    (list[int], b"\x91\xa1a"),
    (list[int], b"\x81\xa1a\x01"),
    (dict[str, int], b"\x91\x01"),
    (dict[int, int], b"\x91\x01"),
    (dict[int, int], b"\x80"),
    (tuple[int, str], b"\x91\x01"),
    (tuple[int, str], b"\xa1a"),
    (Level, b"\x05"),
    (datetime, b"\xa1x"),
    (UUID, b"\xc4\x01x"),
    (Decimal, b"\xa1x"),
    (list[User], b"\x91\x90"),
    (list[User], codec_for(list[User]).head + b"\x91\x92\x02\xa1a"),
    (int | str, b"\xc3"),
]


@pytest.mark.parametrize("tp, data", BYTES_REFUSED, ids=repr)
def test_bytes_of_another_type_are_refused(tp, data):
    with pytest.raises(CodecError):
        codec_for(tp).decode(data)


@settings(max_examples=40)
@given(st.dictionaries(st.integers(-(2**63), 2**63), st.lists(st.tuples(st.text("ab"), st.none()))))
def test_nested_containers_come_back(value):
    codec = codec_for(dict[int, list[tuple[str, None]]])
    assert codec.decode(codec.encode(value)) == value


class Plain:
    pass


class Undecorated(User):
    pass


@define
class Wrong:
    fine: int
    plain: Plain


@define
class Holds:
    wrong: list[Wrong]


@frozen
class FrozenWrong:
    plain: "Plain | None"


@frozen
class Dangling:
    field: "Nowhere"  # noqa: F821 - the point


@frozen
class Inside:
    outside: "Outside | None"


@frozen
class Outside:
    inside: Inside
    wrong: Plain


def test_what_was_looked_at_inside_of_a_wrong_class_is_not_kept():
    for tp in (Outside, Inside, Outside):
        with pytest.raises(Misuse, match=r"Outside.wrong: no codec for Plain"):
            codec_for(tp)


NONE = [
    (Plain, "no codec for Plain: known are"),
    (Undecorated, "no codec for Undecorated"),
    (typing.Iterator[int], "no codec for"),
    (list[Plain], "no codec for Plain"),
    (Wrong, r"Wrong.plain: no codec for Plain"),
    (Holds, r"Holds.wrong: Wrong.plain: no codec for Plain"),
    (FrozenWrong, r"FrozenWrong.plain: no codec for Plain"),
    (Dangling, r"Dangling: name 'Nowhere' is not defined"),
    (list[int] | list[str], "cannot be told apart"),
    (tuple[int, str] | tuple[int, int], "cannot be told apart"),
    (datetime | Any, "no codec for the union"),
    (Windowed[str], "needs the size of its window"),
    (list[json_of(int)], "the codec .* stands in a type, and codecs stand for a whole key"),
]


@pytest.mark.parametrize("tp, message", NONE, ids=lambda part: str(part)[:40])
def test_types_without_a_codec_are_told_when_asked_for(tp, message):
    for _ in range(2):  # the second time nothing half-made is found
        with pytest.raises(Misuse, match=message):
            codec_for(tp)
