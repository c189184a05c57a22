"""Kafka's serdes: every recorded line, both ways."""

import math

import pytest

from streamz_core import CodecError, Misuse, Serdes
from tests.codecs.kafka.recorded import LINES, codec, data, value

READ = [line for line in LINES if line.get("direction") != "write"]
# A memoryview has no position: what Java's buffer leaves out does not arise.
WRITTEN = [line for line in LINES if line.get("direction") != "read" and "buffer" not in line]


def named(line):
    return line["id"]


def same(one, other):
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("line", WRITTEN, ids=named)
def test_bytes_are_those_that_kafka_writes(line):
    assert codec(line).encode_all([value(line)]) == [data(line)]


@pytest.mark.parametrize("line", READ, ids=named)
def test_bytes_are_read_as_kafka_reads_them(line):
    if "error" in line:
        with pytest.raises(CodecError):
            codec(line).decode(data(line))
        return
    name = "back" if "back" in line else "value"
    (found,) = codec(line).decode_all([data(line)])
    assert same(found, value(line, name))


def test_every_kind_is_there():
    assert len(LINES) == 139
    assert {line["kind"] for line in LINES} == {
        *("string", "long", "integer", "short", "float", "double", "boolean", "uuid"),
        *("byte-array", "bytes", "byte-buffer", "void", "list-constant", "list-variable"),
    }


def test_an_encoding_that_does_not_exist_is_refused():
    with pytest.raises(Misuse, match="no encoding 'UTF-99'"):
        Serdes.string("UTF-99")


def test_pythons_own_types_have_kafkas_bytes_already():
    for kind, codec_of in ((str, Serdes.string()), (int, Serdes.long()), (float, Serdes.double())):
        from streamz_core.codecs.annotation import codec_for

        one = kind(7)
        assert codec_for(kind).encode(one) == codec_of.encode(one)
