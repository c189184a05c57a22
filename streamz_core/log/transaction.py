"""Building one commit: columns per partition, closed into batches, and moves of offsets."""

from __future__ import annotations

from collections.abc import Sequence

from streamz_core.errors import Misuse, TooLarge
from streamz_core.log.log import Log
from streamz_core.log.records.state import Topic
from streamz_core.log.segments import batch as batches
from streamz_core.log.values import Appended, Output, TaskCommit
from streamz_core.record import Batch, Headers

Column = Sequence[bytes | None]
TIMESTAMP_MAX = (1 << 63) - 1


def pack(  # noqa: PLR0913 - the columns of a partition
    log: Log,
    topic: Topic,
    partition: int,
    keys: Column,
    values: Column,
    timestamps: Sequence[int],
    headers: Sequence[Headers] | None = None,
) -> list[Output]:
    """Batches of these records, each within the limits; TooLarge if a record can never fit."""
    lengths = {len(keys), len(values), len(timestamps), len(keys if headers is None else headers)}
    if len(lengths) > 1:
        raise Misuse(f"columns for {topic.name}[{partition}] of unequal length: {sorted(lengths)}")
    for stamp in (min(timestamps), max(timestamps)) if timestamps else ():
        if not 0 <= stamp <= TIMESTAMP_MAX:
            raise Misuse(
                f"a record for {topic.name}[{partition}] has timestamp {stamp}; "
                "times are ms since 1970, not negative, and below 2**63"
            )
    limit = log.limits.batch_bytes
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
        if len(data) > log.limits.record_bytes and stop - start == 1:
            raise TooLarge(
                f"a record of {len(data)} bytes for {topic.name}[{partition}], key "
                f"{(keys[start] or b'')[:40]!r}: the limit is {log.limits.record_bytes}"
            )
        outputs.append(Output(topic.id, partition, stop - start, data))
        if not pieces or pieces[-1][0] > stop:
            pieces.append((stop, min(stop + log.limits.batch_records, len(keys))))
    return outputs


class Transaction:
    """Everything one commit writes and consumes. Nothing is visible before `commit`."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._outputs: list[Output] = []
        self._moves: dict[str, list[tuple[int, int, int, int]]] = {}
        self._topics: set[str] = set()

    def send(  # noqa: PLR0913 - the columns of a partition
        self,
        topic: str,
        partition: int,
        keys: Column,
        values: Column,
        timestamps: Sequence[int],
        headers: Sequence[Headers] | None = None,
    ) -> None:
        """Records for one partition, as columns of bytes; timestamps in ms UTC."""
        found = self._partition(topic, partition)
        self._topics.add(topic)
        self._outputs += pack(self._log, found, partition, keys, values, timestamps, headers)

    def move(self, group: str, topic: str, partition: int, start: int, stop: int) -> None:
        """The group consumed [start, stop): the commit is Fenced unless its offset is at `start`."""
        found = self._partition(topic, partition)
        self._moves.setdefault(group, []).append((found.id, partition, start, stop))

    def commit(self) -> Appended:
        """Commit everything at once and wait until it is as safe as the log promises. Fenced, StorageFull."""
        tasks: list[TaskCommit] = [
            TaskCommit(group, "", 0, moves) for group, moves in self._moves.items()
        ]
        done = self._log.commit(tasks, self._outputs)
        self._log.acknowledge(done.lsn)
        self._log.ring(self._topics)
        self.clear()
        return done

    def _partition(self, name: str, partition: int) -> Topic:
        """The topic, which has that partition; Misuse, UnknownTopic."""
        found = self._log.topic(name)
        if not 0 <= partition < found.partitions:
            raise Misuse(f"{name} has partitions 0 to {found.partitions - 1}, not {partition}")
        return found

    def clear(self) -> None:
        """Forget what was to be written."""
        self._outputs = []
        self._moves = {}
        self._topics = set()
