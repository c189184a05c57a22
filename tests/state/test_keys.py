"""The bytes of keys and values, as FORMAT.md draws them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_state import StateCorrupt
from streamz_state.keys import (
    POSITION_KEY,
    SESSION_TAIL,
    STORE_NUMBER_MAX,
    USER_START,
    changelog_window_time,
    newest_start_key,
    pack_segment,
    pack_timestamp,
    pack_version,
    prefix_end,
    segments_range,
    split_changelog_version,
    split_version_key,
    split_window_key,
    stamp,
    store_prefix,
    store_range,
    unpack_version,
    unstamp,
    versions_head,
    window_key,
    window_range,
)

NUMBERS = st.integers(1, STORE_NUMBER_MAX)
STARTS = st.integers(0, 2**63 - 1)
SEGMENTS = st.integers(0, 2**40)
SEQS = st.integers(0, 2**32 - 1)
# Keys that are prefixes of one another, and that look like the tails behind them.
PIECES = st.sampled_from([b"\x00" * 8, b"\xff", b"\x00" * 12, b"k", b"\x00", b"\xff" * 12])
KEYS = st.lists(PIECES, max_size=4).map(b"".join) | st.binary(max_size=30)


def test_the_bytes_of_each_key():
    one = store_prefix(1)
    assert one == b"\x00\x01" == USER_START
    assert store_prefix(0x0203) == b"\x02\x03"
    assert window_key(one, 2, b"key", 3, 4) == bytes.fromhex(
        "0001 0000000000000002 6b6579 0000000000000003 00000004"
    )
    assert window_key(one, 2, b"", 3) == bytes.fromhex(
        "0001 0000000000000002 0000000000000003 00000000"
    )
    assert newest_start_key(one) == bytes.fromhex("0001 ffffffffffffffff")
    assert bytes.fromhex("0000 706f736974696f6e") == POSITION_KEY


def test_the_bytes_of_each_value():
    assert stamp(258, b"raw") == bytes.fromhex("0000000000000102 726177")
    assert stamp(-1, b"") == b"\xff" * 8
    assert unstamp(stamp(258, b"raw")) == (258, b"raw")
    assert unstamp(stamp(-1, b"")) == (-1, b"")
    with pytest.raises(StateCorrupt, match="7 bytes"):
        unstamp(b"1234567")


@pytest.mark.parametrize("number", [-1, 0, STORE_NUMBER_MAX + 1])
def test_store_numbers_have_a_range(number):
    with pytest.raises(ValueError, match="is not within"):
        store_prefix(number)


@given(NUMBERS, NUMBERS, KEYS)
def test_a_store_range_holds_its_rows_and_no_others(mine, other, key):
    start, end = store_range(mine)
    row = store_prefix(other) + key
    assert (start <= row < end) == (mine == other)
    assert not start <= POSITION_KEY < end


@given(st.binary(max_size=6) | KEYS, st.binary(max_size=6) | KEYS)
def test_prefix_end_is_the_smallest_key_behind_the_prefix(prefix, other):
    end = prefix_end(prefix)
    if end is None:
        assert prefix.strip(b"\xff") == b""
        assert other.startswith(prefix) == (other >= prefix)
    else:
        assert other.startswith(prefix) == (prefix <= other < end)


@given(NUMBERS, SEGMENTS, KEYS, STARTS, SEQS)
def test_a_window_key_is_taken_apart_again(number, segment, key, start, seq):
    row_key = window_key(store_prefix(number), segment, key, start, seq)
    assert split_window_key(row_key) == (key, start, seq)
    changelog_key = key + start.to_bytes(8, "big") + seq.to_bytes(4, "big")
    assert row_key.endswith(changelog_key)
    assert changelog_window_time(changelog_key) == start


@given(NUMBERS, SEGMENTS, KEYS, STARTS, STARTS)
def test_a_session_key_has_its_end_before_its_start(number, segment, key, end, start):
    row_key = store_prefix(number) + pack_segment(segment) + key + SESSION_TAIL.pack(end, start)
    assert split_window_key(row_key, SESSION_TAIL) == (key, end, start)
    changelog_key = key + end.to_bytes(8, "big") + start.to_bytes(8, "big")
    assert row_key.endswith(changelog_key)
    assert changelog_window_time(changelog_key, SESSION_TAIL) == end
    low, high = window_range(store_prefix(number), segment, key, end, end, SESSION_TAIL)
    assert low <= row_key < high


def test_keys_that_are_too_short_are_damage():
    with pytest.raises(StateCorrupt, match="too short"):
        split_window_key(bytes(21))
    with pytest.raises(StateCorrupt, match="too short"):
        changelog_window_time(bytes(11))
    with pytest.raises(StateCorrupt, match="too short"):
        split_window_key(bytes(25), SESSION_TAIL)
    with pytest.raises(StateCorrupt, match="too short"):
        changelog_window_time(bytes(15), SESSION_TAIL)
    assert split_window_key(bytes(22)) == (b"", 0, 0)


@given(SEGMENTS, st.tuples(STARTS, SEQS), st.tuples(STARTS, SEQS), KEYS)
def test_windows_of_a_key_are_in_order_of_time(segment, one, other, key):
    keys = [window_key(b"\x00\x01", segment, key, *each) for each in (one, other)]
    assert (one < other) == (keys[0] < keys[1])


@given(KEYS, KEYS, STARTS, SEQS, STARTS, STARTS)
def test_a_window_range_and_the_length_find_exactly_the_windows_of_a_key(
    key, other, start, seq, bound, bound_too
):
    prefix, span = b"\x00\x01", sorted((bound, bound_too))
    begin, end = window_range(prefix, 5, key, *span)
    row_key = window_key(prefix, 5, other, start, seq)
    found = begin <= row_key < end and len(row_key) == 10 + len(key) + 12
    assert found == (other == key and span[0] <= start <= span[1])


def test_a_window_range_holds_both_of_its_ends():
    begin, end = window_range(b"\x00\x01", 5, b"k", 7, 9)
    assert begin == window_key(b"\x00\x01", 5, b"k", 7, 0)
    assert window_key(b"\x00\x01", 5, b"k", 9, 0xFFFFFFFF) < end
    assert end < window_key(b"\x00\x01", 5, b"k", 10, 0)


def test_a_longer_key_does_lie_between():
    begin, end = window_range(b"\x00\x01", 5, b"k", 0, 2**62)
    assert begin <= window_key(b"\x00\x01", 5, b"k" + bytes(7), 9) < end


@given(SEGMENTS, SEGMENTS, SEGMENTS, KEYS, STARTS)
def test_a_range_of_segments_holds_their_rows_and_no_others(first, last, segment, key, start):
    begin, end = segments_range(b"\x00\x01", first, last)
    row_key = window_key(b"\x00\x01", segment, key, start)
    assert (begin <= row_key < end) == (first <= segment <= last)
    assert not begin <= newest_start_key(b"\x00\x01") < end


def test_versions_of_a_key_lie_by_segment_and_key_and_say_when_they_began():
    head = versions_head(store_prefix(3), 7, b"k")
    assert head == b"\x00\x03\x01" + pack_segment(7) + b"k"
    place = head + pack_timestamp(5)
    assert split_version_key(place) == (b"k", 5)
    assert split_changelog_version(b"k" + pack_timestamp(5)) == (b"k", 5)
    assert split_version_key(versions_head(store_prefix(3), 7, b"") + pack_timestamp(5)) == (b"", 5)


def test_a_version_is_a_value_or_a_delete():
    assert pack_version(b"v") == b"\x01v"
    assert pack_version(None) == b"\x00"
    assert [unpack_version(pack_version(value)) for value in (b"v", b"", None)] == [b"v", b"", None]


@pytest.mark.parametrize("data", [b"", b"\x00v", b"\x02v"])
def test_what_is_no_version_is_told(data):
    with pytest.raises(StateCorrupt, match="is no version"):
        unpack_version(data)


def test_keys_of_versions_that_are_cut_are_told():
    with pytest.raises(StateCorrupt, match="too short for the key of a version"):
        split_version_key(b"\x00\x03\x01" + bytes(15))
    with pytest.raises(StateCorrupt, match="too short for a changelog key of a version"):
        split_changelog_version(bytes(7))
