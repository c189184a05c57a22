"""Which files are merged."""

from __future__ import annotations

import pytest

from streamz_core.log.records.moved.sealed import SealedFile
from streamz_core.log.upkeep.merging import choose
from streamz_core.topic_config import TopicConfig

K = 1024


def row(*sizes: int, newest_ms: list[int] | None = None) -> tuple[SealedFile, ...]:
    times = newest_ms or [0] * len(sizes)
    return tuple(
        SealedFile(at, at + 1, b"n", size, 1, time)
        for at, (size, time) in enumerate(zip(sizes, times, strict=True))
    )


@pytest.mark.parametrize(
    "sizes, chosen",
    [
        ((), range(0)),
        ((1, 1), range(0)),
        ((1, 1, 1), range(3)),
        ((1 << 20, 1, 64 * K, 1), range(1, 4)),
        ((1 << 20, 1, 1), range(0)),
        ((200 * K, 200 * K, 1, 1), range(0)),
        ((200 * K, 1, 200 * K, 1, 200 * K, 1), range(6)),
        ((200 * K, 200 * K, 1, 1, 1), range(2, 5)),
        ((200 * K, 1, 1, 200 * K, 1), range(0)),
    ],
)
def test_neighbours_of_about_one_size_are_merged(sizes: tuple[int, ...], chosen: range) -> None:
    files = row(*sizes)
    assert choose(files, TopicConfig(), 3) == tuple(files[at] for at in chosen)


def test_together_they_are_no_larger_than_a_segment() -> None:
    files = row(600, 600, 300, 300, 300)
    assert choose(files, TopicConfig(segment_bytes=K), 3) == files[1:4][:2]
    assert choose(row(600, 600, 600), TopicConfig(segment_bytes=K), 3) == ()
    assert choose(row(600, 600, 400), TopicConfig(segment_bytes=K), 3) == row(600, 600, 400)[1:]


def test_together_they_are_not_too_far_apart_in_time() -> None:
    files = row(1, 1, 1, 1, newest_ms=[0, 200, 250, 400])
    assert choose(files, TopicConfig(segment_ms=100), 3) == files[1:3]
    assert choose(files, TopicConfig(segment_ms=1000, retention_ms=100), 3) == files[1:3]
    assert choose(files, TopicConfig(segment_ms=400), 3) == files


def test_each_byte_is_copied_a_few_times_only() -> None:
    """A thousand files, one after the other."""
    copied, files = 0, ()
    for at in range(1000):
        files = (*files, SealedFile(at, at + 1, b"n", 64 * K, 1, 0))
        while chosen := choose(files, TopicConfig(), 8):
            size = sum(file.bytes for file in chosen)
            copied += size
            begin = files.index(chosen[0])
            merged = SealedFile(chosen[0].base, chosen[-1].stop, b"m", size, 1, 0)
            files = (*files[:begin], merged, *files[begin + len(chosen) :])
    assert copied < 4 * 1000 * 64 * K
    assert len(files) < 32
