"""JSON by msgspec, by the standard library and shape by shape: the same text, the same values, the same errors."""

import json
from contextlib import contextmanager
from unittest import mock

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streamz_core.codecs.json import codec as module
from streamz_core.codecs.json.codec import JsonOf, JsonShapes
from streamz_core.codecs.json.fast import dumps, loads
from streamz_core.codecs.json.text import dumps_plainly, loads_plainly
from streamz_core.errors import CodecError, Misuse
from tests.codecs.kinds import CLASSES, KINDS, PLAIN
from tests.codecs.test_text import MANY, result, seen

pytest.importorskip("msgspec", reason="msgspec comes with the extra `fast`")


@contextmanager
def without_msgspec():
    with (
        mock.patch.object(module, "dumps", dumps_plainly),
        mock.patch.object(module, "loads", loads_plainly),
    ):
        yield


def both(tp, unknown="refuse", *, is_key=False):
    """A codec of a type that has msgspec, and one that has not."""
    try:
        fast = JsonOf(tp, JsonShapes(unknown, is_key=is_key))
    except Misuse:
        assume(False)
    with without_msgspec():
        plain = JsonOf(tp, JsonShapes(unknown, is_key=is_key))
        plain._write()
    return fast, plain


def altered(data, plain):
    """The same at heart: something in it replaced, added or left out."""
    if not isinstance(plain, list | dict) or data.draw(st.integers(0, 4)) == 0:
        return data.draw(JSON_PLAIN)
    if isinstance(plain, list):
        changed = [altered(data, item) if data.draw(st.booleans()) else item for item in plain]
        return changed[: data.draw(st.integers(0, len(changed)))] if data.draw(RARELY) else changed
    names = [name for name in plain if not data.draw(RARELY)]
    more = {"more": 1} if data.draw(RARELY) else {}
    return {
        name: altered(data, plain[name]) if data.draw(RARELY) else plain[name] for name in names
    } | more


RARELY = st.integers(0, 4).map(lambda number: number == 4)
JSON_PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
PIECES = st.sampled_from(
    [
        *(
            '{"a":',
            "[",
            "]",
            "}",
            ",",
            ":",
            '"',
            "\\ud800",
            "\\ude00",
            "\\u0061",
            "\\x",
            "\\",
            " ",
            "\n",
            "\t",
        ),
        *(
            "1e400",
            "-1e400",
            "1E5",
            "1e-400",
            "-0",
            "-0.0",
            "01",
            "1.",
            ".5",
            "NaN",
            "Infinity",
            "null",
            "true",
        ),
        *(
            "9" * 30,
            "9" * 400 + ".0",
            "0.1",
            "1.0",
            "é",
            "\x01",
            "\x7f",
            "//",
            "'",
            '"a"',
            "-",
            "+1",
            "tru",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join) | JSON_PLAIN.map(json.dumps)


@MANY
@given(st.data(), KINDS | CLASSES)
def test_values_are_written_alike_and_come_back(data, kind):
    fast, plain = both(kind.tp)
    some = kind.loose.filter(lambda value: value is not None)
    values = data.draw(st.lists(some, max_size=4))
    for value in values:
        text = result(fast.encode, value)
        assert text == result(plain.encode, value) == result(plain._encode, value)
    good = [value for value in values if not isinstance(result(fast.encode, value), str)]
    column = [*good, None]
    texts = fast.encode_all(column)
    assert texts == plain.encode_all(column) == [fast.encode(value) for value in good] + [None]
    assert seen(fast.decode_all(texts)) == seen(plain.decode_all(texts))
    for value, text in zip(good, texts, strict=False):
        back = fast.decode(text)
        assert seen(back) == seen(plain.decode(text)) == seen(plain._decode(text))
        assert back == value
        assert fast.encode(back) == text


@MANY
@given(st.data(), KINDS | CLASSES, st.sampled_from(["refuse", "ignore"]))
def test_texts_are_read_alike(data, kind, unknown):
    fast, plain = both(kind.tp, unknown)
    value = data.draw(kind.right.filter(lambda value: value is not None))
    try:
        right = json.loads(plain.encode(value))
    except CodecError:
        right = data.draw(JSON_PLAIN)
    for _ in range(4):
        text = json.dumps(altered(data, right)).encode()
        told = result(fast.decode, text)
        assert told == result(plain.decode, text) == result(plain._decode, text)
        column = [text, plain_or_none(plain, value)]
        assert result(fast.decode_all, column) == result(plain.decode_all, column)


def plain_or_none(codec, value):
    try:
        return codec.encode(value)
    except CodecError:
        return None


@MANY
@given(st.data(), KINDS | CLASSES)
def test_equal_keys_are_equal_texts(data, kind):
    fast, plain = both(kind.tp, is_key=True)
    key = data.draw(kind.right.filter(lambda value: value is not None))
    text = result(fast.encode, key)
    assert text == result(plain.encode, key)
    if not isinstance(text, str):
        assert fast.encode(fast.decode(fast.encode(key))) == fast.encode(key)


@MANY
@given(TEXTS)
def test_any_text_is_read_alike(text):
    data = text.encode("utf-8", "surrogatepass")
    assert result(loads, data) == result(loads_plainly, data)


@MANY
@given(st.binary())
def test_any_bytes_are_read_alike(data):
    assert result(loads, data) == result(loads_plainly, data)


@MANY
@given(JSON_PLAIN | st.floats() | PLAIN.filter(lambda value: "b'" not in repr(value)))
def test_what_json_knows_is_written_alike(value):
    if "nan" in repr(value) or "inf" in repr(value):
        return  # no shape gives it
    assert result(dumps, value) == result(dumps_plainly, value)
