"""What flows: records as values, and what their parts may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.errors import Misuse
from streamz_core.record import Batch, Record, headers_of, joined, timestamp_of


class Name(str):
    """Text, but not only that."""

    __slots__ = ()


@pytest.mark.parametrize(
    "given_, expected",
    [
        ((), ()),
        ({}, ()),
        ({"a": b"1", "b": None}, (("a", b"1"), ("b", None))),
        ([("a", "ä")], (("a", b"\xc3\xa4"),)),
        ((["a", b"1"], ("a", b"2")), (("a", b"1"), ("a", b"2"))),
        (iter([("a", bytearray(b"1"))]), (("a", b"1"),)),
        ([(Name("a"), Name("b"))], (("a", b"b"),)),
        ([("", b"")], (("", b""),)),
    ],
)
def test_headers_are_pairs_or_a_dict(given_, expected):
    found = headers_of(given_)
    assert found == expected
    assert {type(part) for pair in found for part in pair} <= {str, bytes, type(None)}


@pytest.mark.parametrize(
    "given_, told",
    [
        (5, "headers are 5"),
        (None, "headers are None"),
        ("ab", "headers are 'ab'"),
        (b"ab", "headers are b'ab'"),
        ([("a",)], r"a header is \('a',\)"),
        (["ab"], "a header is 'ab'"),
        ([(b"a", b"1")], r"a header is \(b'a', b'1'\)"),
        ({"a": 1}, r"a header is \('a', 1\)"),
        ({"a": ["x"]}, r"a header is \('a', \['x'\]\)"),
        ([("a", b"1", b"2")], "a header is"),
        ({"a": "\ud800"}, "cannot be written as UTF-8"),
        ({"\ud800": b""}, "cannot be written as UTF-8"),
    ],
)
def test_what_is_no_header_is_told(given_, told):
    with pytest.raises(TypeError, match=told):
        headers_of(given_)


@given(st.integers(0, 2**63 - 1))
def test_times_are_whole_and_fit(time):
    assert timestamp_of(time) is time


@pytest.mark.parametrize("time", [-1, 2**63, -(2**70)])
def test_times_out_of_bounds_are_refused(time):
    with pytest.raises(Misuse, match="times are ms since 1970, UTC"):
        timestamp_of(time)


@pytest.mark.parametrize("time", [1.0, float("nan"), True, "1", None, b"1"])
def test_what_is_no_time_is_refused(time):
    with pytest.raises(TypeError, match="has to be ms since 1970, UTC, as an int"):
        timestamp_of(time)


def test_a_record_is_a_value():
    record = Record("k", 1, 5, topic="in", partition=1, offset=7)
    changed = record.with_key("l").with_value(2).with_timestamp(6).with_headers({"a": "b"})
    assert changed == Record("l", 2, 6, (("a", b"b"),), topic="in", partition=1, offset=7)
    assert record == Record("k", 1, 5, topic="in", partition=1, offset=7)
    assert record != changed
    assert repr(changed) == "<Record 'l': 2 at 6 in[1]@7>"


def sparse_batch() -> Batch:
    """Rows at 12, 15, 16 and 20, of the offsets from 10 to 24."""
    columns = [b"a", b"b", b"c", b"d"], [b"1", b"2", b"3", b"4"], [1, 2, 3, 4]
    return Batch(10, *columns, [()] * 4, 40, sparse=[12, 15, 16, 20], next_offset=25)


def shape(batch: Batch) -> tuple[int, list[int], int]:
    assert len(batch) == len(batch.keys) == len(batch.offsets) == len(batch.timestamps)
    assert batch.headers is None or len(batch.headers) == len(batch)
    assert [batch.offset_of(row) for row in range(len(batch))] == list(batch.offsets)
    return batch.base_offset, list(batch.offsets), batch.next_offset


def test_offsets_have_no_gaps_unless_they_are_said():
    dense = Batch(7, [b"a", b"b"], [b"1", b"2"], [1, 2])
    assert shape(dense) == (7, [7, 8], 9)
    assert shape(Batch(7, [], [], [])) == (7, [], 7)
    assert shape(sparse_batch()) == (10, [12, 15, 16, 20], 25)


@pytest.mark.parametrize("at", range(9, 28))
@pytest.mark.parametrize("batch", [sparse_batch(), Batch(10, *[list(range(15))] * 3)])
def test_a_batch_is_cut_at_any_offset(batch: Batch, at: int):
    before, after = batch.until(at), batch.since(at)
    assert shape(before) == (10, [n for n in batch.offsets if n < at], min(max(at, 10), 25))
    assert shape(after) == (max(at, 10), [n for n in batch.offsets if n >= at], max(at, 25))
    assert [*before.values, *after.values] == batch.values


def test_a_row_alone():
    assert shape(sparse_batch().row(1)) == (15, [15], 16)
    assert shape(Batch(7, [b"a", b"b"], [b"1", b"2"], [1, 2]).row(1)) == (8, [8], 9)


def test_batches_that_follow_each_other_are_one():
    first, second = Batch(8, [b"x", b"y"], [b"7", b"8"], [6, 7]), sparse_batch()
    both = joined([first, second])
    assert shape(both) == (8, [8, 9, 12, 15, 16, 20], 25)
    assert both.values == [b"7", b"8", b"1", b"2", b"3", b"4"]
    assert both.headers == [()] * 6
    dense = joined([first, Batch(10, [b"z"], [b"9"], [8])])
    assert (dense.sparse, shape(dense)) == (None, (8, [8, 9, 10], 11))
    assert joined([second]) is second
