"""Buffers of outputs: marks, encoding by columns, partitions."""

from zlib import crc32

import pytest

from streamz_core.codecs.plain import INT
from streamz_core.errors import CodecError
from streamz_core.operators.exits.buffers import Buffer


def filled(*rows, **settings):
    output = Buffer("out")
    for name, value in settings.items():
        setattr(output, name, value)
    for key, value, timestamp, *headers in rows:
        if headers:
            output.headers[len(output.timestamps)] = headers[0]
        output.keys.append(key)
        output.values.append(value)
        output.timestamps.append(timestamp)
    return output


def test_records_are_divided_by_crc32_of_the_key_in_order():
    rows = [(b"key%d" % at, b"%d" % at, at) for at in range(50)]
    parts = filled(*rows).take(4)
    assert [part.partition for part in parts] == [0, 1, 2, 3]
    for part in parts:
        mine = [row for row in rows if crc32(row[0]) % 4 == part.partition]
        assert list(zip(part.keys, part.values, part.timestamps, strict=True)) == mine
        assert part.headers is None


def test_one_key_of_another_partition_is_enough_to_divide_them():
    alike = [key for key in (b"key%d" % at for at in range(400)) if crc32(key) % 3 == 1]
    rows = [(key, b"", at) for at, key in enumerate(alike)]
    (part,) = filled(*rows).take(3)
    assert (part.partition, part.timestamps) == (1, list(range(len(rows))))
    other = next(key for key in (b"k%d" % at for at in range(9)) if crc32(key) % 3 == 2)
    parts = filled(*rows, (other, b"", 999)).take(3)
    assert [(part.partition, len(part.keys)) for part in parts] == [(1, len(rows)), (2, 1)]


def test_windows_of_a_key_stay_together():
    rows = [(b"k" + start.to_bytes(8, "big"), b"", start) for start in range(40)]
    (part,) = filled(*rows, tail_bytes=8).take(7)
    assert part.partition == crc32(b"k") % 7
    assert part.timestamps == list(range(40))


def test_null_keys_go_round():
    parts = filled(*[(None, b"", at) for at in range(9)]).take(3)
    assert [len(part.keys) for part in parts] == [3, 3, 3]


def test_null_keys_do_not_move_the_others():
    parts = filled((b"a", b"", 0), (None, b"", 1), (b"a", b"", 2)).take(5)
    place = {part.partition: part.timestamps for part in parts}
    assert {0, 2} <= set(place[crc32(b"a") % 5])


def test_headers_stay_with_their_records():
    tags = (("h", b"1"),)
    parts = filled((b"a", b"", 0), (b"b", b"", 1, tags), (b"a", b"", 2)).take(64)
    found = {part.keys[0]: part.headers for part in parts}
    assert found == {b"a": None, b"b": [tags]}
    assert filled((b"a", b"", 0), (b"b", b"", 1, tags)).take(1)[0].headers == [(), tags]


def test_columns_with_a_codec_are_encoded_in_one_go():
    output = filled((b"a", 1, 0), (b"b", None, 1), value_codec=INT)
    output.settle()
    assert output.values == [INT.encode(1), None]
    output.values.append(5)
    output.keys.append(b"c")
    output.timestamps.append(2)
    assert output.take(1)[0].values == [INT.encode(1), None, INT.encode(5)]


def test_a_value_that_does_not_fit_is_told_when_settling():
    output = filled((b"a", 1, 0), value_codec=INT)
    output.settle()
    mark = output.mark()
    for column, one in ((output.keys, b"b"), (output.values, "no int"), (output.timestamps, 1)):
        column.append(one)
    with pytest.raises(CodecError):
        output.settle()
    output.truncate(mark)
    assert output.take(1)[0].keys == [b"a"]


def test_truncate_forgets_also_what_was_half_appended():
    output = filled((b"a", b"1", 0), (b"b", b"2", 1, (("h", b""),)))
    output.keys.append(b"half")
    output.truncate(1)
    assert (output.keys, output.values, output.timestamps) == ([b"a"], [b"1"], [0])
    assert output.headers == {}
    assert len(output) == 1


def test_what_comes_after_a_truncate_is_encoded_too():
    output = filled((b"a", 1, 0), (b"b", 2, 1), value_codec=INT)
    output.settle()
    output.truncate(0)
    output.keys.append(b"c")
    output.values.append(3)
    output.timestamps.append(2)
    assert output.take(1)[0].values == [INT.encode(3)]


def test_clear_leaves_taken_columns_alone():
    output = filled((b"a", b"1", 0))
    (part,) = output.take(1)
    output.clear()
    output.keys.append(b"b")
    assert part.keys == [b"a"]
    assert filled().take(3) == []
