"""What is printed is read as it was: for every type, by the shortest text that says it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import hypothesis
import pytest
from attrs import frozen
from hypothesis import strategies as st

from streamz_core import windowed
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.query.words.texts import text_of, value_of
from streamz_core.record import Windowed
from tests.codecs.kinds import ANY_TWO, CLASSES, KINDS, _union


@frozen
class Price:
    amount: Decimal | str
    extra: Any = None


DAY = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS: list[tuple[Any, Any, str]] = [
    (int | str, 5, "5"),
    (int | str, "5", '"5"'),
    (int | str, "a", "a"),
    (Decimal | str, Decimal("1.5"), "1.5"),
    (Decimal | str, "1.5", '"1.5"'),
    (Decimal | float, Decimal("1.5"), "Decimal:1.5"),
    (Decimal | float, 1.5, "float:1.5"),
    (datetime | date, DAY, "2026-01-01T00:00:00+00:00"),
    (date | str, date(2026, 1, 1), "2026-01-01"),
    (date | str, "2026-01-01", '"2026-01-01"'),
    (UUID | str, "6fa459ea-ee8a-3ca4-894e-db77e160355e", '"6fa459ea-ee8a-3ca4-894e-db77e160355e"'),
    (int | None, 5, "5"),
    (str | None, "null", "null"),
    (int | str, "null", "null"),
    (int | str | None, "null", "null"),
    (Any, 5, "5"),
    (Any, "5", '"5"'),
    (Any, "a\nb", r'"a\nb"'),
    (Any, {"a": [1]}, '{"a":[1]}'),
    (str, 'say "5"', 'say "5"'),
    (Price, Price("1.5"), "base64:"),
    (Price, Price(Decimal("1.5")), '{"amount":"1.5","extra":null}'),
    (Any, (1, 2), "base64:"),
    (timedelta, timedelta(days=1, microseconds=1), "86400.000001"),
    (int | str, "int:5", '"int:5"'),
]


@pytest.mark.parametrize(
    "tp, value, text", TEXTS, ids=[f"{tp} {value!r}" for tp, value, _ in TEXTS]
)
def test_a_value_is_printed_so(tp: Any, value: Any, text: str) -> None:
    codec = codec_for(tp)
    told = text_of(codec, value)
    assert told.startswith(text) if text == "base64:" else told == text
    found = value_of(codec, told)
    assert (type(found), found) == (type(value), value)


CODECS: list[tuple[Any, Any]] = [
    (Serdes.string("utf-16"), "5"),
    (Serdes.uuid(), UUID(int=7)),
    (Serdes.integer(), -5),
    (windowed(str, "1m"), Windowed("a", 0, 60_000)),
    (windowed(int | str, "1m"), Windowed("5", 0, 60_000)),
    (key_codec_for(tuple[int, str]), (5, "5")),
]


@pytest.mark.parametrize("codec, value", CODECS, ids=[codec.name for codec, _ in CODECS])
def test_so_is_what_other_codecs_write(codec: Any, value: Any) -> None:
    assert value_of(codec, text_of(codec, value)) == value


def test_what_the_codec_does_not_take_is_only_shown() -> None:
    assert text_of(codec_for(int), "no number") == "no number"


@hypothesis.given(
    st.data(), KINDS | CLASSES | ANY_TWO.map(lambda kinds: _union(kinds[0], kinds[1:]))
)
@hypothesis.settings(max_examples=300, deadline=None)
def test_every_value_of_every_type_comes_back(data: st.DataObject, kind: Any) -> None:
    codec = codec_for(kind.tp)
    value = data.draw(kind.right)
    hypothesis.assume(value is not None)
    stored = codec.encode(value)
    text = text_of(codec, value)
    hypothesis.assume("nan" not in text)  # which has a sign that nobody writes
    assert codec.encode(value_of(codec, text)) == stored
