"""Columns of records for one partition as batches, each within the limits."""

from __future__ import annotations

from collections.abc import Sequence

from streamz_core.errors import Misuse, TooLarge
from streamz_core.log.log import Log
from streamz_core.log.records.state import Topic
from streamz_core.log.segments import batch as batches
from streamz_core.log.values import Output
from streamz_core.record import TIMESTAMP_MAX, Batch, Headers

Column = Sequence[bytes | None]


def pack(  # noqa: PLR0913 - the columns of a partition
    log: Log,
    topic: Topic,
    partition: int,
    keys: Column,
    values: Column,
    timestamps: Sequence[int],
    headers: Sequence[Headers] | None = None,
) -> list[Output]:
    """Batches of these records, each within the limits; TooLarge if a record can never fit. Where the topic
    has the time of the append, they have that of this call."""
    lengths = {len(keys), len(values), len(timestamps), len(keys if headers is None else headers)}
    if len(lengths) > 1:
        raise Misuse(f"columns for {topic.name}[{partition}] of unequal length: {sorted(lengths)}")
    _check_timestamps(topic, partition, timestamps)
    limit = min(log.limits.batch_bytes, log.limits.commit_bytes)
    record_limit = min(log.limits.record_bytes, log.limits.commit_bytes)
    config = topic.rules
    if (
        config.compacts and not topic.owner and None in keys
    ):  # what an app keeps for itself has keys
        raise Misuse(
            f"a record for {topic.name}[{partition}] has no key: the topic is compacted (cleanup.policy), which keeps the "
            "last record of each key; Kafka refuses it, too (INVALID_RECORD)"
        )
    kind = config.compression_type
    stamp = log.env.now_ms() if config.stamps else None
    if stamp is not None:
        timestamps = [stamp] * len(timestamps)
    outputs: list[Output] = []
    pieces = [(0, min(log.limits.batch_records, len(keys)))]
    while pieces:
        start, stop = pieces.pop()
        if start >= len(keys):
            continue
        rows = slice(start, stop)
        part = None if headers is None else headers[rows]
        data = batches.encode(Batch(0, keys[rows], values[rows], timestamps[rows], part))
        if len(data) > limit and stop - start > 1:
            middle = (start + stop) // 2
            pieces += [(middle, stop), (start, middle)]
            continue
        if len(data) > record_limit and stop - start == 1:
            raise TooLarge(
                f"a record of {len(data)} bytes for {topic.name}[{partition}], key "
                f"{(keys[start] or b'')[:40]!r}: the limit is {record_limit}"
            )
        if len(data) > log.limits.key_bytes:
            _check_keys(topic, partition, keys[rows], log.limits.key_bytes)
        data = batches.compressed(data, kind)
        outputs.append(Output(topic.id, partition, stop - start, data, stamp))
        if not pieces or pieces[-1][0] > stop:
            pieces.append((stop, min(stop + log.limits.batch_records, len(keys))))
    return outputs


def _check_keys(topic: Topic, partition: int, keys: Column, limit: int) -> None:
    """TooLarge if one is longer than that. All together they seldom are, which is known much sooner."""
    try:
        if len(b"".join(keys)) <= limit:  # type: ignore[arg-type]  # None: the way below
            return
    except TypeError:
        pass
    try:
        if max(map(len, keys)) <= limit:  # type: ignore[arg-type]  # None: the way below
            return
    except TypeError:
        pass
    longest = max((key for key in keys if key is not None), key=len, default=b"")
    if len(longest) > limit:
        raise TooLarge(
            f"a key of {len(longest)} bytes for {topic.name}[{partition}], {longest[:40]!r}...: "
            f"the limit is {limit}"
        )


def _check_timestamps(topic: Topic, partition: int, timestamps: Sequence[int]) -> None:
    """Misuse for one out of bounds; what is no whole number is refused when it is encoded."""
    try:
        bounds = (min(timestamps), max(timestamps)) if timestamps else ()
        wrong = [stamp for stamp in bounds if not 0 <= stamp <= TIMESTAMP_MAX]
    except Exception as error:  # objects that are no numbers raise what they like when compared
        told = f"{type(error).__name__} {error}"
        raise Misuse(f"timestamps for {topic.name}[{partition}] are no numbers: {told}") from error
    if wrong:
        raise Misuse(
            f"a record for {topic.name}[{partition}] has timestamp {wrong[0]}; "
            "times are ms since 1970, not negative, and below 2**63"
        )
