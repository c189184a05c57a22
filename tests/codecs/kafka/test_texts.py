"""Text with Java's replacements, UUIDs, buffers."""

import array

import pytest

from streamz_core.codecs.kafka.texts import BUFFER, UUID_TEXT, TextCodec
from streamz_core.errors import CodecError

UTF_8, UTF_16, LATIN = TextCodec("UTF-8"), TextCodec("UTF-16"), TextCodec("ISO-8859-1")

# What `new String(bytes, UTF_8)` of Java 17 gives: one U+FFFD for each piece that is malformed.
MALFORMED = [
    ("eda08041", "\ufffdA"),  # a surrogate of three bytes is one piece
    ("eda041", "\ufffdA"),  # and of two, if the third is no continuation
    ("eda0", "\ufffd"),
    ("e08080", "\ufffd\ufffd\ufffd"),
    ("41ff42", "A\ufffdB"),
    ("f0808080", "\ufffd\ufffd\ufffd\ufffd"),
]


@pytest.mark.parametrize("data, text", MALFORMED)
def test_what_is_no_utf_8_is_replaced_piece_by_piece(data, text):
    assert UTF_8.decode(bytes.fromhex(data)) == text


def test_characters_that_cannot_be_written_are_replaced():
    assert UTF_8.encode("a\ud800b") == b"a?b"
    assert LATIN.encode("日") == b"?"
    assert UTF_16.decode(UTF_16.encode("\ud800")) == "\ufffd"


def test_utf_16_is_read_with_and_without_a_mark():
    assert UTF_16.decode("ä日".encode("utf-16-le").join([b"\xff\xfe", b""])) == "ä日"
    assert UTF_16.decode("ä日".encode("utf-16-be")) == "ä日"
    assert UTF_16.decode(b"\xd8\x00") == "\ufffd"


@pytest.mark.parametrize("data", [b"1-2-3-4", b"1-2-3-4-5-6", b"1-2-3-4-", b"x-2-3-4-5", b"1" * 37])
def test_what_is_no_uuid_is_refused(data):
    with pytest.raises(CodecError, match="no UUID as text"):
        UUID_TEXT.decode(data)


def test_other_types_are_refused():
    for codec, wrong in ((UTF_8, b"a"), (UUID_TEXT, "1-2-3-4-5"), (BUFFER, array.array("b"))):
        with pytest.raises(CodecError, match="expected"):
            codec.encode(wrong)


def test_whatever_holds_bytes_is_a_buffer():
    assert [BUFFER.encode(each) for each in (b"ab", bytearray(b"ab"), memoryview(b"xab")[1:])] == [
        b"ab"
    ] * 3
