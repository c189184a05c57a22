"""What stands behind a path: each sort of value read as it was written, and what is none."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from streamz_core.codecs.annotation import key_codec_for
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.query.parameters import CURSOR, KEY, NUMBER, NUMBER_MAX, limit
from streamz_core.record import Windowed
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import TimeWindows

WORDS = StoreSpec("words", "timestamped", STR, INT)
NUMBERS = StoreSpec("numbers", "plain", INT, INT)
HITS = StoreSpec(
    "hits", "window", STR, INT, retention_ms=120_000, window=TimeWindows(60_000, 60_000)
)
MIXED = StoreSpec("mixed", "plain", key_codec_for(Decimal | str), INT)
PAIRS = StoreSpec("pairs", "plain", key_codec_for(tuple[Decimal | str, int]), INT)
DAYS = evolve(HITS, key=key_codec_for(date | str))


@pytest.mark.parametrize(
    "form,spec,value",
    [
        (NUMBER, WORDS, 0),
        (NUMBER, WORDS, NUMBER_MAX),
        (KEY, WORDS, "ü/?&=\x00"),
        (KEY, WORDS, "5"),
        (KEY, NUMBERS, -5),
        (KEY, HITS, "a"),
        (KEY, MIXED, "100"),
        (KEY, MIXED, Decimal(100)),
        (KEY, MIXED, "abc"),
        (KEY, MIXED, "base64:abcd"),
        (KEY, PAIRS, ("100", 1)),
        (KEY, PAIRS, (Decimal(100), 1)),
        (CURSOR, MIXED, "100"),
        (CURSOR, DAYS, Windowed("2024-01-01", 60_000, 120_000)),
        (CURSOR, DAYS, Windowed(date(2024, 1, 1), 60_000, 120_000)),
        (CURSOR, WORDS, ""),
        (CURSOR, NUMBERS, -(2**63)),
        (CURSOR, HITS, Windowed("é", 60_000, 120_000)),
        (limit(10, 100), WORDS, 100),
    ],
)
def test_what_was_written_is_read(form, spec, value):
    found = form.read(form.write(value, spec), spec)
    assert found == value
    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize("text", ["-1", "+1", "1.0", "", " 1", "²", "1e3", str(NUMBER_MAX + 1)])
def test_what_is_no_number(text):
    with pytest.raises(CodecError, match=f"a whole number from 0 to {NUMBER_MAX}"):
        NUMBER.read(text, WORDS)


def test_a_limit_of_nothing_is_the_default_and_there_is_a_largest():
    form = limit(10, 100)
    assert form.read("0", WORDS) == 10
    with pytest.raises(CodecError, match="from 0 to 100"):
        form.read("101", WORDS)


def test_a_key_that_the_codec_does_not_take():
    with pytest.raises(CodecError):
        KEY.read('"a"', NUMBERS)
    with pytest.raises(CodecError):
        KEY.read(str(2**63), NUMBERS)


def test_a_cursor_of_another_store_is_none():
    word = CURSOR.write("x", WORDS)
    for text in (word, "%", "_w"):
        with pytest.raises(CodecError, match="none that was given out for this store"):
            CURSOR.read(text, NUMBERS)
    with pytest.raises(CodecError, match="none that was given out"):
        CURSOR.read(word, HITS)
