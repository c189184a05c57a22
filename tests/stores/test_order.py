"""The order of keys as users see it."""

import pytest

from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.errors import CodecError
from streamz_core.stores.order import place_of, spans, stem_of


def test_spans_of_text_are_one_and_include_the_end():
    assert spans(STR, b"a", b"b") == [(b"a", b"b\x00")]
    assert spans(STR, None, None) == [(b"", None)]


def test_a_span_of_ints_across_zero_is_two():
    low, high = INT.encode(-5), INT.encode(5)
    assert spans(INT, low, high) == [(low, None), (b"", high + b"\x00")]


def test_ints_are_compared_as_numbers_and_text_by_its_bytes():
    assert sorted([3, -1, 0], key=place_of(INT)) == [-1, 0, 3]
    assert sorted(["b", "a", "é", "z"], key=place_of(STR)) == ["a", "b", "z", "é"]


def test_only_text_and_bytes_begin_with_others():
    assert stem_of(STR, "é") == "é".encode()
    assert stem_of(BYTES, b"\xff") == b"\xff"
    with pytest.raises(CodecError, match="keys of int have no prefixes"):
        stem_of(INT, 5)
