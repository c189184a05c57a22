"""Batches come back as they were, and damaged ones do not come back."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamz_core.errors import Corrupt, StreamzError, Unsupported
from streamz_core.log.segments import batch as batches
from streamz_core.record import Batch
from tests.fixtures import check, pinned

blob = st.none() | st.binary(max_size=20)
stamps = st.integers(min_value=-(2**63), max_value=2**63 - 1)
headers = st.lists(st.tuples(st.text(max_size=5), blob), max_size=2).map(tuple)
rows = st.lists(st.tuples(blob, blob, stamps, headers), min_size=1, max_size=20)


@given(rows, st.integers(min_value=0, max_value=2**40))
def test_round_trip(
    found: list[tuple[bytes | None, bytes | None, int, tuple[()]]], base: int
) -> None:
    keys, values, times, tops = (list(column) for column in zip(*found, strict=True))
    data = batches.encode(Batch(base, keys, values, times, tops))
    back = batches.decode(data, base, len(keys))
    assert (back.keys, back.values, back.timestamps) == (keys, values, times)
    assert (back.headers or [()] * len(keys)) == tops
    assert (back.headers is None) == (not any(tops))


KINDS = ("none", "gzip", "zstd")


@given(rows, st.integers(min_value=0, max_value=2**40), st.data(), st.sampled_from(KINDS))
def test_offsets_with_gaps_come_back(found: list[Any], base: int, data: Any, kind: str) -> None:
    keys, values, times, tops = (list(column) for column in zip(*found, strict=True))
    steps = data.draw(st.lists(st.integers(1, 2**20), min_size=len(keys), max_size=len(keys)))
    offsets = [base + sum(steps[: row + 1]) - 1 for row in range(len(keys))]
    stop = offsets[-1] + data.draw(st.integers(1, 2**40))
    batch = Batch(base, keys, values, times, tops, sparse=offsets, next_offset=stop)
    back = batches.decode(batches.compressed(batches.encode(batch), kind), base, len(keys))
    assert (back.keys, back.values, back.timestamps) == (keys, values, times)
    assert (back.base_offset, list(back.offsets), back.next_offset) == (base, offsets, stop)


@pytest.mark.parametrize("shifts, span", [([1, 1], 5), ([2, 1], 5), ([1, 5], 5), ([1], 5)])
def test_offsets_that_do_not_ascend_are_none(shifts: list[int], span: int) -> None:
    stamps = struct.pack("<2q", 1, 2)
    columns = [[b"k", b"l"], [b"v", b"w"], stamps, None]
    body = msgpack.packb([*columns, struct.pack(f"<{len(shifts)}I", *shifts), span])
    with pytest.raises(Corrupt, match="cannot be read"):
        batches.decode(batches.SPARSE + body, 0, 2)


@given(st.binary(max_size=60), st.integers(min_value=0, max_value=5))
def test_any_bytes_give_a_declared_error(data: bytes, count: int) -> None:
    with suppress(StreamzError):
        batches.decode(data, 0, count)
    with suppress(StreamzError):
        batches.decode(batches.SPARSE + data, 0, count)


def test_a_wrong_count_is_noticed() -> None:
    data = batches.encode(Batch(0, [b"a"], [b"1"], [1]))
    with pytest.raises(Corrupt):
        batches.decode(data, 0, 2)
    with pytest.raises(Unsupported):
        batches.decode(b"\x07" + data[1:], 0, 1)


def test_the_bytes_of_other_batches_stay() -> None:
    """What a library makes of the same bytes may differ, so these are only read."""
    keys, values, stamps = [b"k", None, b""], [b"v", None, b"x" * 400], [0, 1_700_000_000_000, 1]
    batch = Batch(5, keys, values, stamps, sparse=[6, 9, 100], next_offset=1 << 40)
    check("batches/sparse", batches.encode(batch))
    for name in ("sparse", "sparse-gzip", "sparse-zstd"):
        back = batches.decode(pinned(f"batches/{name}"), 5, 3)
        assert (back.keys, back.values, back.timestamps) == (keys, values, stamps)
        assert (list(back.offsets), back.next_offset) == ([6, 9, 100], 1 << 40)


@pytest.mark.parametrize("name", ["plain", "headers"])
def test_the_bytes_of_a_batch_stay(name: str) -> None:
    rows = [None, (("trace", b"1"), ("none", None)), ()] if name == "headers" else None
    tops = None if rows is None else [row or () for row in rows]
    batch = Batch(0, [b"k", None, b""], [b"v", None, b"x" * 40], [0, 1_700_000_000_000, 1], tops)
    check(f"batches/{name}", batches.encode(batch))
    back = batches.decode(pinned(f"batches/{name}"), 9, 3)
    assert (back.base_offset, back.keys, back.values) == (9, batch.keys, batch.values)
    assert (back.timestamps, back.headers) == (batch.timestamps, tops)
