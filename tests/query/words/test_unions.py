"""Text for values of several types: who reads it, and what is said where two could."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

import pytest
from attrs import frozen

from streamz_core.codecs.annotation import codec_for
from streamz_core.errors import CodecError
from streamz_core.query.values import from_text


class Colour(Enum):
    RED = "red"


@frozen
class Place:
    origin: str
    hour: int = 0


class Named(NamedTuple):
    a: int
    b: float = 0.5


@pytest.mark.parametrize(
    "tp, text, value",
    [
        (Decimal | str, "Decimal:100", Decimal(100)),
        (Decimal | str, "str:100", "100"),
        (Decimal | str, '"100"', "100"),
        (Decimal | str, "abc", "abc"),
        (Decimal | str, "Decimal:abc", "Decimal:abc"),
        (Decimal | str, '"Decimal:1"', "Decimal:1"),
        (date | str, "2024-01-01x", "2024-01-01x"),
        (date | str, "date:2024-01-01", date(2024, 1, 1)),
        (date | Decimal, "2024-01-01", date(2024, 1, 1)),
        (date | Decimal, "1.5", Decimal("1.5")),
        (date | Decimal, '"1.5"', Decimal("1.5")),
        (Colour | int, "red", Colour.RED),
        (int | str, "int:5", 5),
        (int | None, "null", None),
        (Place | Named, '{"a":1}', Named(1)),
    ],
    ids=str,
)
def test_a_text_of_several_types_is_read_by_each(tp, text, value):
    for strict in (False, True):
        found = from_text(codec_for(tp), text, strict=strict)
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    "tp, text, says",
    [
        (Decimal | str, "100", "Decimal or str; say which: Decimal:100 or str:100"),
        (date | str, "2024-01-01", "date or str; say which: date:2024-01-01 or str:2024-01-01"),
        (int | str, "5", "5 can be read as int or str; say which: int:5 or str:5"),
        (Colour | str, "red", "Colour or str"),
        (date | Decimal, "abc", "expected Decimal | date, got 'abc'"),
        (Decimal | None, "abc", "expected Decimal, got 'abc'"),
    ],
    ids=str,
)
def test_a_text_that_may_be_of_several_types_is_told_with_the_way_to_choose(tp, text, says):
    with pytest.raises(CodecError) as caught:
        from_text(codec_for(tp), text, strict=True)
    assert says in str(caught.value)


def test_where_a_str_has_to_be_quoted_json_decides():
    assert from_text(codec_for(int | str), "5") == 5
    assert from_text(codec_for(Decimal | str), "5") == Decimal(5)
    with pytest.raises(CodecError, match="say which: Decimal:5 or int:5"):
        from_text(codec_for(Decimal | int), "5")
