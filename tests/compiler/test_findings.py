"""When a column of an output may be encoded late, in one go."""

import pytest

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.findings import Findings, Known
from streamz_core.lines.sides import Side

OBJECT = Side(INT, obj="value")
BYTES = Side(INT, raw="raw")
COLUMN = ("out", "value")


class OneByOne(type(INT)):
    encode_all = Codec.encode_all


def late(*written):
    found = Findings()
    for held, codec in written:
        found.written(COLUMN, held, codec)
    return found.known(dynamic=False).late


def test_a_column_of_objects_of_one_codec_is_encoded_late():
    assert late((OBJECT, INT), (OBJECT, INT)) == {COLUMN: INT}


@pytest.mark.parametrize(
    "written",
    [
        [(OBJECT, INT), (BYTES, INT)],
        [(OBJECT, INT), (OBJECT, STR)],
        [(Side(JSON, obj="value"), JSON)],
        [(OBJECT, OneByOne())],
    ],
    ids=["bytes too", "two codecs", "values that can be changed", "no faster by the column"],
)
def test_others_are_encoded_at_once(written):
    assert late(*written) == {}


def test_where_topics_are_chosen_nothing_is_late():
    found = Findings()
    found.written(COLUMN, OBJECT, INT)
    found.as_bytes.add("hits")
    assert found.known(dynamic=True) == Known({}, frozenset({"hits"}))
