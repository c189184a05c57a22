"""Which small sealed files of a partition are made one: so that each byte is copied a few times only."""

from __future__ import annotations

from streamz_core.log.limits import KIB
from streamz_core.log.records.moved.sealed import Row
from streamz_core.topic_config import TopicConfig

SMALL_BYTES = 64 * KIB  # files below are all of one size
FACTOR = 8  # between the sizes that count as different
LEAST = 2


def choose(files: Row, config: TopicConfig, count: int) -> Row:
    """Neighbours that are to be one file: at least `count` of about one size, the newest; () if there are
    none. Together they are no larger than a segment, nor further apart in time."""
    sizes = [_size(file.bytes) for file in files]
    for size in sorted(set(sizes)):
        begin = len(files)
        while begin and sizes[begin - 1] <= size:
            begin -= 1
        if sizes[begin:].count(size) >= count:  # and the smaller ones among them
            found = _fitting(files[begin:], config)
            if found:
                return found
    return ()


def _size(size: int) -> int:
    """Its order of magnitude."""
    order = 0
    while size > SMALL_BYTES:
        size //= FACTOR
        order += 1
    return order


def _fitting(files: Row, config: TopicConfig) -> Row:
    """The first of them, in order, that may be one file."""
    span_ms = config.segment_ms  # a file goes as a whole: it should not keep what is old for long
    if config.deletes and config.retention_ms >= 0:
        span_ms = min(span_ms, config.retention_ms)
    for begin in range(len(files)):
        total, stop = 0, begin
        while stop < len(files) and total + files[stop].bytes <= config.segment_bytes:
            total += files[stop].bytes
            times = [file.newest_ms for file in files[begin : stop + 1] if file.records]
            if times and max(times) - min(times) > span_ms:
                break
            stop += 1
        if stop - begin >= LEAST:
            return files[begin:stop]
    return ()
