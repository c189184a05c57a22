"""Batches come back as they were, and damaged ones do not come back."""

from __future__ import annotations

from contextlib import suppress

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


def test_since_drops_what_was_read() -> None:
    batch = Batch(10, [b"a", b"b", b"c"], [b"1", b"2", b"3"], [1, 2, 3])
    rest = batch.since(12)
    assert (rest.base_offset, rest.keys, rest.timestamps) == (12, [b"c"], [3])
    assert batch.since(10) is batch


@given(st.binary(max_size=60), st.integers(min_value=0, max_value=5))
def test_any_bytes_give_a_declared_error(data: bytes, count: int) -> None:
    with suppress(StreamzError):
        batches.decode(batches.PLAIN + data, 0, count)


def test_a_wrong_count_is_noticed() -> None:
    data = batches.encode(Batch(0, [b"a"], [b"1"], [1]))
    with pytest.raises(Corrupt):
        batches.decode(data, 0, 2)
    with pytest.raises(Unsupported):
        batches.decode(b"\x07" + data[1:], 0, 1)


@pytest.mark.parametrize("name", ["plain", "headers"])
def test_the_bytes_of_a_batch_stay(name: str) -> None:
    rows = [None, (("trace", b"1"), ("none", None)), ()] if name == "headers" else None
    tops = None if rows is None else [row or () for row in rows]
    batch = Batch(0, [b"k", None, b""], [b"v", None, b"x" * 40], [0, 1_700_000_000_000, 1], tops)
    check(f"batches/{name}", batches.encode(batch))
    back = batches.decode(pinned(f"batches/{name}"), 9, 3)
    assert (back.base_offset, back.keys, back.values) == (9, batch.keys, batch.values)
    assert (back.timestamps, back.headers) == (batch.timestamps, tops)
