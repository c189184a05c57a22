"""Enums: what is no member is told with those that there are."""

from enum import Enum, IntEnum

import pytest

from streamz_core import json_of
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.errors import CodecError


class Colour(Enum):
    RED = "red"
    BLUE = 2


Many = IntEnum("Many", [f"M{number}" for number in range(30)])


@pytest.mark.parametrize("make", [codec_for, key_codec_for, json_of])
@pytest.mark.parametrize("value", ["RED", "red", 2])
def test_what_is_no_member_is_told_with_the_members(make, value):
    says = f"expected Colour, got .*{value!r}; Colour has Colour.RED, Colour.BLUE$"
    for tp, given in ((Colour, value), (list[Colour], [value])):
        for column in ([given], [given, None]):
            with pytest.raises(CodecError, match=says):
                make(tp).encode_all(column)


def test_what_is_no_value_is_told_with_the_values():
    for data, got in ((b'"RED"', "'RED'"), (b"3", "3")):
        with pytest.raises(
            CodecError, match=rf"expected Colour, got {got}; Colour has the values 'red', 2$"
        ):
            json_of(Colour).decode(data)
    with pytest.raises(
        CodecError, match=r"expected str, got list \[\]; Colour has|got list \[\]; Colour has the"
    ):
        json_of(Colour).decode(b"[]")


def test_of_many_the_first_are_told():
    with pytest.raises(CodecError, match=r"got 31; Many has the values 1, 2, 3, .* 10, \.\.\.$"):
        json_of(Many).decode(b"31")
    with pytest.raises(CodecError, match=r"got int 31; Many has Many.M0, .* Many.M9, \.\.\.$"):
        json_of(Many).encode(31)
