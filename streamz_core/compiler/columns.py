"""What is done to whole input columns: decoding them, and taking event times out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar

from streamz_core.errors import CodecError, Misuse
from streamz_core.record import TIMESTAMP_MAX, Headers, Record
from streamz_core.topology.subtopologies import Input

Read = TypeVar("Read")
Column = Sequence[bytes | None]
Follow = Callable[[Iterable[Any]], Iterator[Any]]
Extract = Callable[
    [Column, Column, Sequence[int], Sequence[Headers] | None, Sequence[int], int], list[int]
]


def decode_column(read: Callable[[Column], Read], column: Column, side: str) -> Read:
    """What a codec makes of a column: objects, or nothing if it only looks whether it could.

    A CodecError says in `side` which one it was.
    """
    try:
        return read(column)
    except CodecError as error:
        error.side = side
        raise


def make_extract(entry: Input, partition: int, follow: Follow) -> Extract:
    """The function that finds the event times of a batch, by the extractor of the user.

    It gets the partition time before the batch, and the user's function the largest time taken so
    far (Kafka: RecordQueue.updateHead). -1 stands for a record that is to be dropped. `follow`: see
    program.Binding.
    """
    assert entry.extractor is not None, f"{entry.topic} has no extractor"
    extractor, topic = entry.extractor, entry.topic
    decode_keys, decode_values = entry.key.decode_all, entry.value.decode_all

    def extract(  # noqa: PLR0913 - the columns of a batch
        keys: Column,
        values: Column,
        timestamps: Sequence[int],
        headers: Sequence[Headers] | None,
        offsets: Sequence[int],
        partition_time: int,
    ) -> list[int]:
        found = []
        rows = zip(
            follow(decode_column(decode_keys, keys, "key")),
            decode_column(decode_values, values, "value"),
            timestamps,
            repeat(()) if headers is None else headers,
            offsets,
            strict=False,
        )
        for key, value, timestamp, tags, offset in rows:
            record = Record(
                key, value, timestamp, tags, topic=topic, partition=partition, offset=offset
            )
            time = extractor(record, partition_time)
            if type(time) is not int or time > TIMESTAMP_MAX:
                raise Misuse(
                    f"the timestamp extractor of {topic} gave {time!r:.80}; it has to be ms since 1970, "
                    "UTC, as an int below 2**63, or less than 0 for a record that is to be dropped"
                )
            found.append(max(time, -1))
            partition_time = max(partition_time, time)
        return found

    return extract
