"""Logs of RocksDB made by hand: which heads are refused, and at which byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_state.logcheck import BLOCK_BYTES, find_damage

WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def record(payload_bytes, kind=WHOLE):
    return bytes(4) + payload_bytes.to_bytes(2, "little") + bytes((kind,)) + b"p" * payload_bytes


def log(*sizes):
    """Entries of these sizes as RocksDB lays them out."""
    data = b""
    for size in sizes:
        left, begun = size, False
        while True:
            room = BLOCK_BYTES - len(data) % BLOCK_BYTES
            if room < 7:
                data += bytes(room)
                continue
            part = min(left, room - 7)
            ends = part == left
            kind = (LAST if ends else MIDDLE) if begun else (WHOLE if ends else FIRST)
            data += record(part, kind)
            left, begun = left - part, True
            if ends:
                break
    return data


SIZES = st.lists(st.sampled_from([0, 1, 20, 32_740, 32_755, 32_761, 32_768, 70_000]), max_size=5)


@given(SIZES)
def test_whole_logs_pass(sizes):
    for may_be_torn in (False, True):
        assert find_damage(log(*sizes), may_be_torn=may_be_torn) is None


@given(SIZES, st.data())
def test_a_log_cut_short_passes_only_where_that_may_be(sizes, data):
    whole = log(*sizes)
    end = data.draw(st.integers(0, len(whole)))
    assert find_damage(whole[:end], may_be_torn=True) is None
    ends = [len(log(*sizes[:count])) for count in range(len(sizes) + 1)]
    # Zeroes that fill up a block belong to no entry.
    filled = [at + -at % BLOCK_BYTES for at in ends if -at % BLOCK_BYTES < 7]
    clean = end in ends or end in filled
    assert (find_damage(whole[:end], may_be_torn=False) is None) == clean


def test_an_entry_without_its_last_part_is_refused_where_nothing_may_be_torn():
    data = log(70_000)
    assert find_damage(data[:BLOCK_BYTES], may_be_torn=False) == BLOCK_BYTES
    assert find_damage(data[: 2 * BLOCK_BYTES], may_be_torn=False) == 2 * BLOCK_BYTES
    assert find_damage(data[: 2 * BLOCK_BYTES], may_be_torn=True) is None


@pytest.mark.parametrize("kind", [5, 6, 7, 8, 11, 131])
@pytest.mark.parametrize("may_be_torn", [False, True])
def test_recyclable_types_are_refused_in_any_block(kind, may_be_torn):
    data = record(5) + record(5, kind) + record(5)
    assert find_damage(data, may_be_torn=may_be_torn) == 12
    data = log(40_000) + record(5, kind)
    assert find_damage(data, may_be_torn=may_be_torn) == len(log(40_000))


@pytest.mark.parametrize("kind", [9, 10, 77, 130])
def test_types_of_other_releases_are_left_to_rocksdb(kind):
    assert find_damage(record(5, kind) + record(5), may_be_torn=False) is None


def test_space_never_written_is_refused_where_nothing_may_be_torn():
    data = record(5) + bytes(100) + record(5)
    assert find_damage(data, may_be_torn=False) == 12
    assert find_damage(data, may_be_torn=True) is None


def test_a_length_beyond_the_block_is_refused_where_nothing_may_be_torn():
    data = record(5) + b"\x00\x00\x00\x00\xff\xff\x01" + bytes(40_000)
    assert find_damage(data, may_be_torn=False) == 12
