"""Columns are cut into batches, and what nobody could read is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from streamz_core.errors import Misuse, TooLarge
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from tests.log.conftest import read, send

Open = Callable[..., Log]


def test_large_transactions_are_cut_into_batches(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    values = [b"%d" % i for i in range(10_000)]
    send(writer, values)
    topic = writer.topic("t")
    writer.watch(["t"])
    assert len(writer.fetch(topic.id, 0, 0)) == 3
    assert read(writer) == values
    assert read(writer, 4096) == values[4096:]


def test_batches_are_cut_by_bytes_too(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    values = [b"%03d" % i * 100_000 for i in range(9)]
    send(writer, values)
    assert read(writer) == values


def test_a_record_beyond_the_limit_is_refused(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    with pytest.raises(Misuse, match=r"for t\[0\].*limit is 1048576"):
        send(writer, [bytes(1 << 20)])
    assert read(writer) == []


def test_a_key_beyond_the_limit_is_refused(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    topic, most = log.topic("t"), b"k" * log.limits.key_bytes
    for keys in ([most, most, None], [most], [None, None]):
        found = pack(log, topic, 0, keys, [b""] * len(keys), [0] * len(keys))
        assert sum(one.count for one in found) == len(keys)
    for keys in ([b"a", most + b"k", None], [most + b"k"]):
        with pytest.raises(TooLarge, match=r"a key of 65537 bytes for t\[0\], b'kkk.*is 65536"):
            pack(log, topic, 0, keys, [b""] * len(keys), [0] * len(keys))


def test_columns_of_unequal_length_are_refused(opened: Open) -> None:
    """Nobody could read the batch."""
    log = opened("process")
    log.create_topic("t", 1, {})
    for columns in (
        ([None], [b"a", b"b"], [1, 2], None),
        ([None], [b"a"], [1, 2], None),
        ([None], [b"a"], [1], []),
    ):
        with pytest.raises(Misuse, match=r"columns for t\[0\]"):
            pack(log, log.topic("t"), 0, *columns)
    with pytest.raises(Misuse, match="timestamp 9223372036854775808"):
        pack(log, log.topic("t"), 0, [None], [b"a"], [1 << 63])


class Unlike:
    """As arrays are: asked for an order, it raises what nobody expects."""

    def __lt__(self, _: object) -> bool:
        raise ValueError("no truth in it")

    __gt__ = __le__ = __ge__ = __lt__


@pytest.mark.parametrize("wrong", [Decimal("sNaN"), Unlike(), None, "now"], ids=repr)
def test_what_is_no_time_is_refused_whatever_it_raises(opened: Open, wrong: Any) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    for timestamps in ([1, wrong], [wrong, 1], [wrong]):
        with pytest.raises((Misuse, TypeError)):
            pack(
                log,
                log.topic("t"),
                0,
                [None] * len(timestamps),
                [b"a"] * len(timestamps),
                timestamps,
            )


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_batches_are_compressed_as_the_topic_says(opened: Open, kind: str) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {"compression.type": kind})
    topic = writer.topic("t")
    values = [b"%03d" % i * 1000 for i in range(900)]
    packed = pack(writer, topic, 0, [None] * 900, values, [1] * 900)
    assert sum(len(one.data) for one in packed) < 100_000
    assert len(packed) > 2, "the limit is that of what is unpacked"
    send(writer, values)
    assert read(writer) == values


def test_what_a_later_version_compresses_with_is_not_used(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {"compression.type": "brotli"})
    (one,) = pack(writer, writer.topic("t"), 0, [None], [b"v" * 999], [1])
    assert len(one.data) > 999


@pytest.mark.parametrize("policy", ["compact", "compact,delete"])
def test_a_topic_that_is_compacted_takes_no_records_without_a_key(
    opened: Open, policy: str
) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {"cleanup.policy": policy})
    writer.create_topic("u", 1, {"cleanup.policy": "delete"})
    columns = [b"k", None], [b"v", b"w"], [1, 1]
    with pytest.raises(Misuse, match=r"a record for t\[0\] has no key: the topic is compacted"):
        pack(writer, writer.topic("t"), 0, *columns)
    assert pack(writer, writer.topic("u"), 0, *columns)
    assert pack(writer, writer.topic("t"), 0, [b"k"], [None], [1])
