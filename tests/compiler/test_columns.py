"""Whole columns: decoding, and event times by the extractor of the user."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.columns import decode_column, make_extract
from streamz_core.errors import CodecError, Misuse
from streamz_core.record import Record
from streamz_core.topology.plan import make_plan
from tests.topology.graphs import Shop


def extract_of(extractor, partition=3):
    shop = Shop()
    shop.stream("in", extractor=extractor)
    (entry,) = make_plan(shop.graph()).subs[0].inputs
    return make_extract(entry, partition, iter)


def columns(*values):
    keys = [STR.encode("k")] * len(values)
    return keys, [INT.encode(value) for value in values], [100] * len(values)


def test_the_extractor_gets_the_record_and_the_largest_time_so_far():
    seen = []

    def extractor(record, partition_time):
        seen.append((record, partition_time))
        return record.value

    keys, values, times = columns(5, 9, 7)
    found = extract_of(extractor)(keys, values, times, None, range(40, 43), 6)
    assert found == [5, 9, 7]
    assert [time for _, time in seen] == [6, 6, 9]
    assert seen[0][0] == Record("k", 5, 100, topic="in", partition=3, offset=40)


def test_headers_are_part_of_the_record():
    keys, values, times = columns(1)
    tags = (("h", b"7"),)
    extract = extract_of(lambda record, _: int(record.headers[0][1]))
    assert extract(keys, values, times, [tags], [0], -1) == [7]


def test_a_negative_time_drops_and_moves_nothing():
    seen = []

    def extractor(record, partition_time):
        seen.append(partition_time)
        return record.value

    keys, values, times = columns(-50, 4, -1)
    assert extract_of(extractor)(keys, values, times, None, range(3), -1) == [-1, 4, -1]
    assert seen == [-1, -1, 4]


@pytest.mark.parametrize("odd", [None, 1.5, True, "7", 2**63])
def test_a_time_must_be_an_int(odd):
    keys, values, times = columns(1)
    with pytest.raises(Misuse, match="extractor of in gave"):
        extract_of(lambda *_: odd)(keys, values, times, None, [0], -1)


def test_bad_bytes_are_told_with_their_side():
    extract = extract_of(lambda *_: 0)
    with pytest.raises(CodecError) as caught:
        extract([b"\xff"], [INT.encode(1)], [0], None, [0], -1)
    assert caught.value.side == "key"
    with pytest.raises(CodecError) as caught:
        decode_column(INT.decode_all, [b"x"], "value")
    assert caught.value.side == "value"
