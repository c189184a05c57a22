"""Batches get smaller, and nothing gets larger than it says."""

from __future__ import annotations

import sys

import pytest

from streamz_core.errors import Corrupt, Unsupported
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments import compression
from streamz_core.record import Batch

KINDS = ("none", "gzip", "zstd")


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_compressed_if_it_gets_smaller(kind: str) -> None:
    large = Batch(0, [b"k"] * 100, [b"v" * 100] * 100, [1] * 100)
    plain = batches.encode(large)
    data = batches.compressed(plain, kind)
    assert (len(data) < len(plain) / 10) == (kind != "none")
    assert data.records == 100
    back = batches.decode(data, 7, 100)
    assert (back.keys, back.values, back.timestamps) == (large.keys, large.values, large.timestamps)
    assert (back.size, list(back.offsets)) == (len(plain), list(range(7, 107)))
    small = batches.encode(Batch(0, [b"k"], [b"v"], [1]))
    assert batches.compressed(small, kind) is small


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_nothing_is_unpacked_that_is_larger_than_it_says(kind: str) -> None:
    data = batches.compressed(batches.encode(Batch(0, [b"k"], [b"v" * 10_000], [1])), kind)
    size = len(batches.encode(Batch(0, [b"k"], [b"v" * 10_000], [1]))) - 1
    assert data[1:5] == size.to_bytes(4, "little")
    for wrong in (size - 1, size + 1, 0):
        with pytest.raises(Corrupt, match=f"a batch of {wrong} bytes unpacks to"):
            batches.decode(data[:1] + wrong.to_bytes(4, "little") + data[5:], 0, 1)
    with pytest.raises(Corrupt, match="says it is larger"):
        batches.decode(data[:1] + b"\xff" * 4 + data[5:], 0, 1)
    with pytest.raises(Corrupt):
        batches.decode(data[:-3], 0, 1)
    with pytest.raises(Corrupt, match="cannot be unpacked"):
        batches.decode(data[:5] + b"\xff" + data[6:], 0, 1)


def test_what_is_too_large_to_be_unpacked_is_not_compressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compression, "UNPACKED_MAX", 999)
    data = batches.encode(Batch(0, [b"k"], [b"v" * 1000], [1]))
    assert batches.compressed(data, "gzip") is data


def test_who_has_no_zstd_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = batches.encode(Batch(0, [b"k"], [b"v" * 1000], [1]))
    packed = batches.compressed(data, "zstd")
    compression._zstd.cache_clear()
    monkeypatch.setitem(sys.modules, "compression", None)
    monkeypatch.setitem(sys.modules, "backports", None)
    for use in (
        lambda: batches.compressed(data, "zstd"),
        lambda: batches.decode(packed, 0, 1),
    ):
        with pytest.raises(Unsupported, match=r"pip install 'streamz-core\[zstd\]'"):
            use()
    monkeypatch.undo()
    assert batches.decode(packed, 0, 1).keys == [b"k"]
