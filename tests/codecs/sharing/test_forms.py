"""Which programs may share a topic: what the bytes are counts, not what the types are called."""

from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.extent import Sized
from streamz_core.codecs.free import FREE_KEY, FREE_VALUE, JSON
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.codecs.plain import FLOAT, INT, STR
from streamz_core.codecs.sharing.forms import check_claim, check_keys, check_values, form_of
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.errors import CodecError


class Pair(NamedTuple):
    a: int
    b: str


class Colour(Enum):
    RED = "red"


def may(check: Any, codec: Codec[Any], written: Codec[Any]) -> bool:
    try:
        check(codec, written.schema)
    except CodecError:
        return False
    return True


V = codec_for
READ = [
    (STR, JSON),
    (JSON, STR),
    (STR, Serdes.string()),
    (Serdes.string(), Serdes.uuid()),
    (FREE_VALUE, V(dict[str, int])),
    (V(dict[str, int]), FREE_VALUE),
    (V(dict[str, Any]), V(dict[str, int])),
    (V(list[float]), V(list[int])),
    (V(list[int | None]), V(list[int])),
    (INT, Serdes.long()),
    (V(Pair), V(Pair)),
]
REFUSED = [
    (STR, INT),
    (INT, STR),
    (INT, FLOAT),
    (INT, Serdes.integer()),
    (STR, Serdes.string("utf-16")),
    (STR, V(list[str])),
    (FREE_VALUE, STR),
    (FREE_VALUE, V(Pair)),
    (V(dict[str, int]), V(dict[str, str])),
    (V(list[int]), V(list[float])),
    (V(Decimal), V(UUID)),
    (V(dict[str, int]), V(Pair)),
    (V(Colour), STR),
]


@pytest.mark.parametrize("codec, written", READ, ids=repr)
def test_values_of_one_form_are_read_by_whoever_can(codec: Codec[Any], written: Codec[Any]) -> None:
    assert may(check_values, codec, written)
    assert may(check_claim, codec, written)


@pytest.mark.parametrize("codec, written", REFUSED, ids=repr)
def test_values_that_would_be_others_are_refused(codec: Codec[Any], written: Codec[Any]) -> None:
    assert not may(check_values, codec, written)


def test_a_union_that_tells_its_type_is_not_read_as_a_plain_one() -> None:
    tagged, plain = V(list[str | Decimal]), V(list[str])
    assert not may(check_values, tagged, plain)
    assert not may(check_values, plain, tagged)


def test_an_app_that_reads_another_form_is_in_the_way_and_one_that_reads_less_is_not() -> None:
    assert may(check_claim, V(list[int]), V(list[str]))
    assert may(check_claim, V(Pair), V(Colour))
    assert not may(check_claim, INT, STR)
    assert not may(check_claim, V(dict[str, int]), V(Pair))


def test_keys_are_shared_only_if_equal_ones_are_equal_bytes() -> None:
    key = key_codec_for
    assert may(check_keys, STR, Serdes.string())
    assert may(check_keys, Serdes.string(), Serdes.uuid())
    assert may(check_keys, key(Pair), key(Pair))
    for one, other in ((STR, JSON), (FREE_KEY, key(tuple[int, str])), (INT, STR)):
        assert not may(check_keys, one, other)
    minutes, hours = (windowed_codec(STR, Sized(ms)) for ms in (60_000, 3_600_000))
    assert may(check_keys, minutes, minutes)
    assert not may(check_keys, minutes, hours)
    assert form_of(minutes.schema) != form_of(hours.schema)
